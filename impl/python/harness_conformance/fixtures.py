"""The golden cases: inputs, attributes and, behind them, the values that are right to 50 digits.

    for case in cases("lm2.align"):                       # or "lm2.gate.*", or "lm2.align/pool-*"
        outputs = align(**case.inputs(torch), **case.attributes)
        case.assert_conforms(outputs)
"""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import functools
import hashlib
import json
import pathlib
from collections.abc import Iterable
from typing import Any

from . import arrays
from .catalogue import EQUATIONS, FIXTURES, Equation
from .protocol import SAFETENSORS_DTYPES, read_safetensors

FOLDER = FIXTURES / "cases"


class FixtureError(Exception):
    """A golden case that cannot be trusted. The message names the file and what is wrong with it."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One golden case, asked in one dtype.

    equation    the equation's id
    name        unique within the equation; id is both, as in lm2.align/pool-7-to-3
    note        which class of mistake it catches
    flags       what is special about it: tiny, typical, odd-extents, batch, extreme, tie, ill-conditioned, rollout, published-size
    attributes  every attribute of the equation that has a value, by name
    shapes      of the inputs, by name
    outputs     by name: {"shape": […], "judge": "entries" or "columns", …}
    judged      the dtypes in which it is judged
    not_judged  why not in the others, by dtype
    dtype       what it is asked in: f64, f32, bf16 or f16
    """

    equation: str
    name: str
    note: str
    flags: tuple[str, ...]
    attributes: dict[str, Any]
    shapes: dict[str, tuple[int, ...]]
    outputs: dict[str, dict[str, Any]]
    judged: tuple[str, ...]
    not_judged: dict[str, str]
    sha256: str
    file: pathlib.Path
    dtype: str = "f64"

    @property
    def id(self) -> str:
        return f"{self.equation}/{self.name}"

    def __str__(self) -> str:
        return f"{self.id} {self.dtype}"

    def in_dtype(self, dtype: str) -> Case:
        """The same case, asked in another dtype. ValueError if it is not judged in it, with the reason."""
        if dtype not in SAFETENSORS_DTYPES:
            raise ValueError(f"dtype: found {dtype!r}, expected one of {', '.join(SAFETENSORS_DTYPES)}")
        if dtype not in self.judged:
            raise ValueError(f"{self.id} is not judged in {dtype}: {self.not_judged[dtype]}")
        return dataclasses.replace(self, dtype=dtype)

    def inputs(self, library: Any = None, device: Any = None) -> dict[str, Any]:
        """The inputs by name, new arrays at every call.

        library  the module whose arrays they shall be: torch, numpy, jax.numpy, …; by default the one that the program has imported
        device   a torch.device

        They are in the case's dtype, positions, regression and state of 16-bit runs in float32 (conformance/PROTOCOL.md, 16 bits).
        """
        library = library or arrays.imported_library()
        if library is None:
            raise ValueError("found no array library, expected one that is imported (torch, numpy, jax.numpy, …), or its module as the argument")
        known = EQUATIONS[self.equation]
        return {name: arrays.to_array(library, known.dtype_of(name, self.dtype), shape, self.values(f"input.{name}"), device)
                for name, shape in self.shapes.items()}

    def values(self, tensor: str) -> list[float]:
        """The doubles of input.NAME, golden.NAME or rho.DTYPE.NAME of its file. FixtureError if that is damaged."""
        stored = _tensors(self.file, self.sha256)
        if tensor not in stored:
            raise FixtureError(f"{self.file}: tensor {tensor!r}: found nothing")
        dtype, _, data = stored[tensor]
        return arrays.to_doubles(dtype, data)

    def assert_conforms(self, outputs: Any, omitted: Iterable[str] = ()) -> None:
        """assert_conforms(equation, case, outputs), in the case's dtype."""
        from .judgement import assert_conforms  # which is built on this

        __tracebackhide__ = True
        assert_conforms(self.equation, self, outputs, dtype=self.dtype, omitted=omitted)


def cases(pattern: str = "*") -> list[Case]:
    """The golden cases whose equation or id matches a glob, in order, each in float64.

    ValueError if there is none, with the nearest ids.
    """
    equation, _, name = pattern.partition("/")
    if not any(character in equation for character in "*?["):
        found = _cases_of(known_equation(equation).id)
    else:
        found = [case for id in sorted(EQUATIONS) if fnmatch.fnmatchcase(id, equation) for case in _cases_of(id)]
    found = [case for case in found if fnmatch.fnmatchcase(case.name, name or "*")]
    if not found:
        near = difflib.get_close_matches(name, [case.name for case in cases(equation)], 3, 0.4) if name else []
        raise ValueError(f"found no golden case {pattern!r}{_or(near, equation + '/')}")
    return found


def case(id: str) -> Case:
    """The golden case of an id such as lm2.align/pool-7-to-3. ValueError if there is none, with the nearest ids."""
    if "/" not in id:
        raise ValueError(f"found the id {id!r} of a case, expected EQUATION/NAME such as lm2.align/pool-7-to-3")
    return cases(id)[0]


def known_equation(id: str) -> Equation:
    """The equation of an id. ValueError if there is none, with the nearest ids."""
    if id not in EQUATIONS:
        raise ValueError(f"found the equation {id!r}, which the catalogue does not have{_or(difflib.get_close_matches(str(id), EQUATIONS, 3, 0.4))}")
    return EQUATIONS[id]


def _or(near, prefix=""):
    return f"; nearest: {', '.join(prefix + each for each in near)}" if near else ""


@functools.lru_cache(maxsize=None)
def _cases_of(equation):
    return [_read(file) for file in sorted((FOLDER / equation).glob("*.json"))]


def _read(file):
    try:
        told = json.loads(file.read_text(encoding="utf-8-sig"))
        return Case(told["equation"], told["name"], told["note"], tuple(told["flags"]), told["attributes"],
                    {name: tuple(shape) for name, shape in told["inputs"].items()}, told["outputs"], tuple(told["judged"]),
                    told["not_judged"], told["sha256"], file.with_suffix(".safetensors"))
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise FixtureError(f"{file}: {type(failure).__name__}: {failure}") from None


@functools.lru_cache(maxsize=8)
def _tensors(file, sha256):
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as failure:
        raise FixtureError(f"{file}: {failure.strerror}") from None
    if found != sha256:
        raise FixtureError(f"{file}: checksum: found {found}, expected {sha256}")
    return read_safetensors(file)


def index_text(shape: tuple[int, ...], entry: int) -> str:
    """Where an entry is, as [0,2,1]."""
    index = []
    for extent in reversed(shape):
        entry, position = divmod(entry, extent)
        index.append(str(position))
    return f"[{','.join(reversed(index))}]"
