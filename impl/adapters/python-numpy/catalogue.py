"""Which function computes which equation of the catalogue, and whether inputs fit it.

    @equation("lm2.align", "X[B,T,d]; rows=R -> Y[B,R,d]")
    def align(X, *, rows): ...

Tensors come before the semicolon, attributes that fix an extent or have a condition behind it, outputs behind the arrow. An axis has
one extent, at least 1, wherever its name occurs, be it alone or as a factor (H*dh); alternatives of different rank are separated by |;
? marks what may be absent; "index V" stands behind a tensor of whole numbers 0…V−1. The function keeps its plain form: tensors and
attributes as keywords, one array or a tuple of arrays as the result.
"""

import dataclasses
import inspect
import math
import re
from typing import Callable

import numpy as np

_TERM = re.compile(r"(?P<name>\w+)(?P<optional>\??)(?P<shapes>[\[\]\w,+*/()|]*)(?:=(?P<axis>\w+))?(?: (?P<condition>.*))?")

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
        """{output: array}. The dtype is for equations that have no tensors to take it from."""
        if "dtype" in inspect.signature(self.function).parameters:
            attributes = {**attributes, "dtype": dtype}
        results = self.function(**tensors, **attributes)
        return dict(zip(self.outputs, results if isinstance(results, tuple) else (results,)))

    def check(self, tensors, attributes):
        """ValueError says which tensor or attribute does not fit. Names that are missing or unknown among attributes are left to the call."""
        for name in tensors.keys() - {term["name"] for term in self.tensors}:
            raise ValueError(f"{self.id}: tensor {name} is not one of its inputs")
        extents = {}
        for term in self.attributes:
            name = term["name"]
            if name in attributes:
                if term["axis"]:
                    extents[term["axis"]] = attributes[name]
                    if attributes[name] < 1:
                        raise ValueError(f"{self.id}: attribute {name} is {attributes[name]}, expected at least 1")
                self._check_condition("attribute", term, attributes[name], extents)
        for term in self.tensors:
            name = term["name"]
            if name in tensors:
                self._check_shape(name, tensors[name].shape, term["shapes"], extents)
                if not np.isfinite(tensors[name]).all():
                    raise ValueError(f"{self.id}: tensor {name} has an entry that is not finite")
            elif not term["optional"]:
                raise ValueError(f"{self.id}: tensor {name} is missing")
        for term in self.tensors:  # now that all extents are known
            if term["name"] in tensors:
                self._check_condition("tensor", term, tensors[term["name"]], extents)

    def _check_shape(self, name, shape, alternatives, extents):
        for alternative in alternatives.split("|"):
            axes = [axis for axis in alternative[1:-1].split(",") if axis]
            if len(axes) == len(shape):
                break
        else:
            raise ValueError(f"{self.id}: tensor {name} has shape {list(shape)}, expected {alternatives}")
        for axis, extent in zip(axes, shape):
            expected = _expected_extent(axis, extent, extents)
            if extent != expected or extent == 0:
                raise ValueError(f"{self.id}: tensor {name} {alternative} has shape {list(shape)}, expected {axis} = {expected or '1…'}")

    def _check_condition(self, kind, term, value, extents):
        condition = term["condition"]
        if condition is None:
            return
        if condition.startswith("index "):
            axis = condition.split()[1]
            if axis not in extents:
                raise ValueError(f"{self.id}: {kind} {term['name']} is given without the attribute that says {axis}")
            count = extents[axis]
            if not np.all((value == np.floor(value)) & (value >= 0) & (value < count)):
                raise ValueError(f"{self.id}: {kind} {term['name']} has an entry that is not a whole number in 0…{count - 1}")
        elif not np.all(_CONDITIONS[condition](np.asarray(value))):
            raise ValueError(f"{self.id}: {kind} {term['name']} is not {condition}")


def _expected_extent(axis, found, extents):
    """The extent that a sum of names, or a product of names and numbers, must have. A factor not known yet is bound by what was found."""
    if "+" in axis:
        return sum(extents[summand] for summand in axis.split("+"))
    factors = {factor: int(factor) if factor.isdigit() else extents.get(factor) for factor in axis.split("*")}
    known = math.prod(extent for extent in factors.values() if extent is not None)
    for factor, extent in factors.items():
        if extent is None:
            extents[factor] = max(found // known, 1)
            known *= extents[factor]
    return known


EQUATIONS = {}


def stacked(tensors):
    """The same tensors with a leading axis S: "w[d], b[], u[M] in [0,1)" becomes "w[S,d], b[S], u[S,M] in [0,1)"."""
    return re.sub(r"(?<! )\[", "[S,", tensors).replace(",]", "]")


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
