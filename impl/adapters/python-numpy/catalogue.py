"""Which function computes which equation of the catalogue, and whether inputs fit it.

    @equation("lm2.align")
    def align(X, *, rows): ...

The function keeps its plain form: tensors and attributes as keywords, one array or a tuple of arrays as the result.

    @gradient("lm2.align")
    def align_vjp(grad_Y, X, *, rows): ...

is its backward pass, the equation lm2.align.vjp: the cotangent of every output, then inputs and attributes as above; the result is the
gradient of every input that is not a constant, in the catalogue's order, or all of them by name where they are many. None stands for that
of an optional input that was not given.
"""

import dataclasses
import inspect
from typing import Callable

import numpy as np
from harness_conformance import catalogue as harness

_CONDITIONS = {
    ">0": lambda x: x > 0,
    ">=0": lambda x: x >= 0,
    "in (0,1)": lambda x: (x > 0) & (x < 1),
    "in [0,1)": lambda x: (x >= 0) & (x < 1),
    "mass": lambda x: (x >= 0) & (x.sum(axis=-1, keepdims=True) > 0),
}


@dataclasses.dataclass(frozen=True)
class Equation:
    known: harness.Equation
    function: Callable

    def __call__(self, tensors, attributes, dtype):
        """{output: array}. The dtype is for equations that have no tensors to take it from."""
        if "dtype" in inspect.signature(self.function).parameters:
            attributes = {**attributes, "dtype": dtype}
        results = self.function(**tensors, **attributes)
        if not isinstance(results, dict):
            results = dict(zip(self.known.outputs, results if isinstance(results, tuple) else (results,)))
        return {name: array for name, array in results.items() if array is not None}

    def check(self, tensors, attributes):
        """ValueError says which tensor or attribute does not fit."""
        extents = self.known.check({name: tensor.shape for name, tensor in tensors.items()}, attributes)
        for attribute in self.known.attributes:
            condition = next((text for text in _CONDITIONS if f" {text}" in attribute["rule"]), None)
            if condition and attribute["name"] in attributes and not np.all(_CONDITIONS[condition](np.asarray(attributes[attribute["name"]]))):
                raise ValueError(f"{self.known.id}: attribute {attribute['name']} is not {condition}")
        for tensor in self.known.inputs:
            if tensor["name"] in tensors:
                self._check_entries(tensor["name"], tensors[tensor["name"]], tensor.get("domain"), extents)

    def _check_entries(self, name, array, domain, extents):
        if not np.isfinite(array).all():
            raise ValueError(f"{self.known.id}: tensor {name} has an entry that is not finite")
        if domain is None:
            return
        if domain.startswith("index "):
            symbol = domain.split()[1]
            if not symbol.isdigit() and symbol not in extents:
                raise ValueError(f"{self.known.id}: tensor {name} is given without the attribute that says {symbol}")
            count = int(symbol) if symbol.isdigit() else extents[symbol]
            if not np.all((array == np.floor(array)) & (array >= 0) & (array < count)):
                raise ValueError(f"{self.known.id}: tensor {name} has an entry that is not a whole number in 0…{count - 1}")
        elif not np.all(_CONDITIONS[domain](array)):
            raise ValueError(f"{self.known.id}: tensor {name} is not {domain}")


EQUATIONS = {}


def equation(id):
    """Registers a function, which stays as it is."""

    def register(function):
        EQUATIONS[id] = Equation(harness.EQUATIONS[id], function)
        return function

    return register


def gradient(id):
    """Registers the backward pass of an equation, which stays as it is."""

    def register(function):
        EQUATIONS[f"{id}.vjp"] = Equation(harness.EQUATIONS[f"{id}.vjp"], function)
        return function

    return register
