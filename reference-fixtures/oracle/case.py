"""A case, and the three families its inputs are drawn from."""

import math
import random
import struct
from dataclasses import dataclass

from nested import of_shape

FAMILIES = ("dtype-exact", "full-24", "full-53")


@dataclass(frozen=True)
class Case:
    """An equation, its attributes (all of them, defaults included) and its inputs as nested lists of floats."""

    equation: str
    name: str
    note: str
    flags: tuple
    family: str
    attributes: dict
    inputs: dict

    @property
    def id(self):
        return f"{self.equation}/{self.name}"

    @property
    def is_of_published_size(self):
        """Hundreds of functions and thousands of positions: minutes instead of milliseconds."""
        return "published-size" in self.flags


class Draw:
    """A stream of inputs of one family from a seed; never 0, so that an exact zero in an output always has a reason.

    dtype-exact: at most 8 significant bits. full-24: float32 numbers. full-53: float64 numbers.
    """

    def __init__(self, seed, family):
        self.seed = seed
        self.random = random.Random(f"{seed}/{family}")
        self.family = family

    def wide(self):
        """A stream of float32 numbers beside this one: for positions, regression and state of a case that is judged in 16 bits."""
        return Draw(f"{self.seed}/wide", "full-24")

    def tensor(self, *shape, low=-1.0, high=1.0):
        """Entries uniform in [low, high]; no argument but the range draws a single number."""
        entries = [self._number(low, high) for _ in range(math.prod(shape))]
        return of_shape(shape, iter(entries))

    def _number(self, low, high):
        while True:
            x = self.random.uniform(low, high)
            if self.family == "dtype-exact":
                step = 2.0 ** (math.frexp(max(abs(low), abs(high)))[1] - 7)
                x = round(x / step) * step
            elif self.family == "full-24":
                (x,) = struct.unpack("<f", struct.pack("<f", x))
            if x != 0 and low <= x <= high:
                return x
