"""The catalogue of equations, as `harness list --json` writes it, and whether what an equation is asked fits it.

    EQUATIONS["lm2.align"].check({"X": (2, 5, 8)}, {"rows": 3})    # ValueError says what does not fit

Only shapes, names and attributes are looked at here. Entries are the caller's, who knows what its arrays are: an input's "domain" says
what they may be, its "kind" what they usually are.

GRADIENTS has those that are the gradient ID.vjp of another: its inputs are those of ID and a cotangent grad_y for every output y, its
outputs a gradient grad_x for every input x that is not a constant, all of ℓ = Σ ⟨grad_y, y⟩.
"""

import json
import math
import pathlib
import re

_PACKAGE = pathlib.Path(__file__).resolve().parent

# Catalogue and golden cases: beside this file in a wheel, the repository's own in a checkout.
FIXTURES = _PACKAGE / "fixtures" if (_PACKAGE / "fixtures").is_dir() else _PACKAGE.parents[2] / "reference-fixtures"


class Equation:
    """One equation: inputs, attributes and outputs as in the catalogue, each a dictionary with a name."""

    def __init__(self, description):
        self.id = description["id"]
        self.inputs = description["inputs"]
        self.attributes = description["attributes"]
        self.outputs = [output["name"] for output in description["outputs"]]
        # What is computed on the way, by the names of the wiring.
        self.intermediates = sorted(set(_assigned(description.get("wiring", []))) - {*self.outputs, *(tensor["name"] for tensor in self.inputs)})
        # Positions, regression and state, which are float32 where a run has 16 bits.
        self.wide = {tensor["name"] for tensor in self.inputs + description["outputs"] if "precision" in tensor}
        # {output: axis} of those that are judged by the norm of their columns along that axis.
        self.columns = {output["name"]: output["shapes"][0].strip("[]").split(",").index(output["judged_by_columns_along"])
                        for output in description["outputs"] if "judged_by_columns_along" in output}

    def dtype_of(self, tensor, dtype):
        """The dtype of an input or output in a run of a dtype."""
        return "f32" if tensor in self.wide and dtype in ("bf16", "f16") else dtype

    def check(self, shapes, attributes):
        """The extents by symbol. ValueError unless shapes {name: tuple} and attributes fit; other attributes are left to the call."""
        extents, absent = {}, set()
        for attribute in self.attributes:
            bound = re.match(r"\w+=(\S+)", attribute["rule"])
            if bound and attribute["name"] in attributes:
                self._bind(f"attribute {attribute['name']}", bound[1], attributes[attribute["name"]], extents)
        for name in shapes.keys() - {tensor["name"] for tensor in self.inputs}:
            raise ValueError(f"{self.id}: tensor {name} is not one of its inputs")
        for tensor in self.inputs:
            if tensor["name"] in shapes:
                if self.id in GRADIENTS and tensor["name"].startswith("grad_"):
                    # What has an axis of an optional tensor, as [B,C+T,d] of a cache [B,C,d], is without it where that is not given.
                    extents.update(dict.fromkeys(absent - extents.keys(), 0))
                self._fit(tensor, shapes[tensor["name"]], extents, shapes)
            elif not tensor.get("optional") or self._is_needed(tensor, shapes, attributes):
                raise ValueError(f"{self.id}: tensor {tensor['name']} is missing")
            else:
                absent.update(axis for text in tensor["shapes"] for axis in _axes(text))
        return extents

    def _is_needed(self, tensor, shapes, attributes):
        word = re.fullmatch(r"(\w+) is (\w+)", tensor.get("when", ""))
        return (tensor.get("with") in shapes or bool(word and attributes.get(word[1]) == word[2])
                or any(attributes.get(attribute["name"]) and tensor["name"] in attribute["rule"].partition(" needs ")[2].split()
                       for attribute in self.attributes))

    def _fit(self, tensor, shape, extents, shapes):
        if "like" in tensor:
            if shape != shapes[tensor["like"]]:
                raise ValueError(f"{self.id}: tensor {tensor['name']} has shape {list(shape)}, expected {list(shapes[tensor['like']])}")
            return
        fitting = [text for text in tensor["shapes"] if len(_axes(text)) == len(shape)]
        if not fitting:
            raise ValueError(f"{self.id}: tensor {tensor['name']} has shape {list(shape)}, expected {' or '.join(tensor['shapes'])}")
        for axis, extent in zip(_axes(fitting[0]), shape):
            self._bind(f"tensor {tensor['name']} {fitting[0]} of shape {list(shape)}", axis, extent, extents)
        symbol, _, product = tensor.get("where", "").partition("=")
        if fitting[0] != tensor["shapes"][0] and all(part in extents for part in product.split("*")):
            self._bind(f"tensor {tensor['name']} {fitting[0]} of shape {list(shape)}", symbol, math.prod(extents[part] for part in product.split("*")), extents)

    def _bind(self, what, axis, found, extents):
        """An extent is a symbol, a number, or a sum or product of two; the one symbol that has no value yet gets it."""
        operator = "+" if "+" in axis else "*"
        parts = [part.strip() for part in axis.split(operator)]
        known = [int(part) if part.isdigit() else extents[part] for part in parts if part.isdigit() or part in extents]
        value = sum(known) if operator == "+" else math.prod(known)
        unknown = [part for part in parts if not part.isdigit() and part not in extents]
        if len(unknown) == 1:
            rest = found - value if operator == "+" else found / value
            if rest < 1 or rest != int(rest):
                raise ValueError(f"{self.id}: {what}: found {axis} = {found}, expected {'more than' if operator == '+' else 'a multiple of'} {value}")
            extents[unknown[0]] = int(rest)
        elif not unknown and found != value:
            raise ValueError(f"{self.id}: {what}: found {axis} = {found}, expected {value}")


def _assigned(wiring):
    for step in wiring:
        names = [*step.get("outputs", []), *([step["name"]] if "name" in step else [])]
        yield from (name for name in names if "[" not in name)
        for part in ("then", "else", "do"):
            yield from _assigned(step.get(part, []))


def _axes(text):
    return [axis for axis in text.strip("[]").split(",") if axis]


def load(file=FIXTURES / "catalogue.json"):
    """The descriptions of all equations."""
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))["equations"]
    except FileNotFoundError:
        raise SystemExit(f"{file} is missing: install the wheel, or run from a whole checkout of the repository") from None


_DESCRIPTIONS = load()
EQUATIONS = {each["id"]: Equation(each) for each in _DESCRIPTIONS}
GRADIENTS = {each["id"]: EQUATIONS[each["id"]] for each in _DESCRIPTIONS if "gradient_of" in each}
