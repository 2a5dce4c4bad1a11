"""Which function computes which equation of the catalogue, and whether inputs fit it.

    @equation("inf.regression.operator", "psi[P,N]; ridge >0 -> G[P,N]")
    def regression_operator(psi, *, ridge): ...

Tensors come before the semicolon, constrained attributes behind it, outputs behind the arrow. An axis is named, and has one extent
wherever the name occurs; alternatives of different rank are separated by |; ? marks what may be absent. The function keeps its
plain form: tensors as positional arguments, attributes as keywords, one array or a tuple of arrays as the result.
"""

import dataclasses
import inspect
import re
from typing import Callable

import numpy as np

_TERM = re.compile(r"(?P<name>\w+)(?P<optional>\??)(?P<shapes>[\[\]\w,|]*)(?: (?P<condition>.*))?")

_CONDITIONS = {
    ">0": lambda x: x > 0,
    ">=0": lambda x: x >= 0,
    "in (0,1)": lambda x: (x > 0) & (x < 1),
    "in [0,1)": lambda x: (x >= 0) & (x < 1),
}


@dataclasses.dataclass(frozen=True)
class Equation:
    id: str
    function: Callable
    tensors: list
    attributes: list
    outputs: list

    def __call__(self, tensors, attributes, dtype):
        """{output: array}. ValueError or TypeError says which input does not fit."""
        self._check(tensors, attributes)
        if "dtype" in inspect.signature(self.function).parameters:
            attributes = {**attributes, "dtype": dtype}
        results = self.function(**tensors, **attributes)
        return dict(zip(self.outputs, results if isinstance(results, tuple) else (results,)))

    def _check(self, tensors, attributes):
        extents = {}
        for term in self.tensors:
            name = term["name"]
            if name in tensors:
                self._check_shape(name, tensors[name].shape, term["shapes"], extents)
                if not np.isfinite(tensors[name]).all():
                    raise ValueError(f"{self.id}: tensor {name} has an entry that is not finite")
                self._check_condition("tensor", term, tensors[name])
            elif not term["optional"]:
                raise ValueError(f"{self.id}: tensor {name} is missing")
        for term in self.attributes:
            if term["name"] in attributes:
                self._check_condition("attribute", term, attributes[term["name"]])

    def _check_shape(self, name, shape, alternatives, extents):
        for alternative in alternatives.split("|"):
            axes = [axis for axis in alternative[1:-1].split(",") if axis]
            if len(axes) == len(shape):
                break
        else:
            raise ValueError(f"{self.id}: tensor {name} has shape {list(shape)}, expected {alternatives}")
        for axis, extent in zip(axes, shape):
            expected = int(axis) if axis.isdigit() else extents.setdefault(axis, extent)
            if extent != expected or extent == 0:
                raise ValueError(f"{self.id}: tensor {name} {alternative} has shape {list(shape)}, expected {axis} = {expected or '1…'}")

    def _check_condition(self, kind, term, value):
        if term["condition"] and not np.all(_CONDITIONS[term["condition"]](np.asarray(value))):
            raise ValueError(f"{self.id}: {kind} {term['name']} is not {term['condition']}")


EQUATIONS = {}


def equation(id, signature):
    """Registers a function, which stays as it is."""
    inputs, outputs = signature.split(" -> ")
    tensors, _, attributes = inputs.partition("; ")

    def terms(text):
        return [_TERM.fullmatch(term) for term in text.split(", ") if term]

    def register(function):
        EQUATIONS[id] = Equation(id, function, terms(tensors), terms(attributes), [term["name"] for term in terms(outputs)])
        return function

    return register
