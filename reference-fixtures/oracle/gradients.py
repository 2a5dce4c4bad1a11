"""The gradient equations `ID.vjp`, derived from the catalogue: inputs, outputs, and their values in any arithmetic.

For outputs y of ID and ℓ = Σ ⟨grad_y, y⟩ the gradient equation takes the inputs and attributes of ID and grad_y for every output, and gives
grad_x = ∂ℓ/∂x for every input x that is given and no constant. `bptt` is an attribute of those that carry a state through segments:
`full`, or `truncated`, where the state that enters a segment after the first is a constant.
"""

from dataclasses import dataclass

import equations
from equations import DESCRIPTIONS, EQUATIONS
from nested import each
from tape import Tape, traced

SUFFIX = ".vjp"

# What has passed the adjoint of a ridge system is judged by columns, as its solution is: coefficients over N, a signal over its tokens.
SOLVING = {
    "inf.memory.update", "inf-ref.memory.update", "inf.layer", "inf-ref.layer", "inf.rollout", "inf-ref.rollout",
    "inf.transformer.block", "inf.transformer.stack", "inf-ref.transformer.layer",
}
AXES = {"C": "N", "C_0": "N", "X_new": "L", "X": "L"}


@dataclass(frozen=True)
class GradientEquation:
    """`of`: the id of the equation it belongs to. `inputs`: those with a gradient. `columns`: gradient → axis, where judged norm-wise.

    `wide`: the inputs of the equation that are, their gradients, and the cotangents of its outputs that are.
    """

    of: str
    inputs: tuple
    columns: dict
    wide: frozenset
    carries: bool


def is_constant(tensor):
    """Whether an input of the catalogue has no gradient. An index is one always."""
    return tensor.get("constant", False) or tensor.get("domain", "").startswith("index ")


def _carries_state(description):
    """From X_0 to X_S, through segments."""
    inputs = {tensor["name"] for tensor in description["inputs"]}
    return any(name.endswith("_S") and f"{name[:-1]}0" in inputs for name in (output["name"] for output in description["outputs"]))


def _derived():
    for description in DESCRIPTIONS:
        of = description["id"]
        inputs = [tensor for tensor in description["inputs"] if not is_constant(tensor)]
        if not inputs:
            continue
        columns = {
            f"grad_{tensor['name']}": tensor["shapes"][0].strip("[]").split(",").index(AXES[tensor["name"]])
            for tensor in inputs
            if of in SOLVING and tensor["name"] in AXES
        }
        names = tuple(tensor["name"] for tensor in inputs)
        wide = EQUATIONS[of].wide - set(EQUATIONS[of].outputs)
        wide |= {f"grad_{name}" for name in EQUATIONS[of].wide if name in (*names, *EQUATIONS[of].outputs)}
        yield of + SUFFIX, GradientEquation(of, names, columns, wide, _carries_state(description))


GRADIENT_EQUATIONS = dict(_derived())


def is_gradient(case):
    return case.equation.endswith(SUFFIX)


def equation_of(case):
    """The equation of a case: of the catalogue, or derived."""
    return GRADIENT_EQUATIONS[case.equation] if is_gradient(case) else EQUATIONS[case.equation]


def evaluate(case, arithmetic):
    """The outputs of a case in an arithmetic, by name: gradients where it is a case of a gradient equation."""
    if not is_gradient(case):
        return equations.evaluate(case, arithmetic)
    of = EQUATIONS[GRADIENT_EQUATIONS[case.equation].of]
    names = {f"grad_{name}" for name in of.outputs}
    cotangents = {name.removeprefix("grad_"): each(arithmetic.number, case.inputs[name]) for name in names}
    inputs = {name: tensor for name, tensor in case.inputs.items() if name not in names}
    attributes = dict(case.attributes)
    truncated = attributes.pop("bptt", "full") == "truncated"
    asked = GRADIENT_EQUATIONS[case.equation].inputs
    gradient = gradients(arithmetic, of.formula, of.outputs, inputs, attributes, cotangents, asked, truncated, of.wide)
    return {f"grad_{name}": tensor for name, tensor in gradient.items()}


def gradients(arithmetic, formula, outputs, inputs, attributes, cotangents, asked, truncated=False, wide=()):
    """∂ Σ ⟨cotangent, output⟩ / ∂ input by name, for the inputs that are given and `asked`, in their order.

    Outputs that have no cotangent do not count. `cotangents` are numbers of the arithmetic, `inputs` anything it makes numbers of.
    """
    tape = Tape(arithmetic, truncated)
    numbers = {name: each(tape.variable if name in asked else tape.number, tensor) for name, tensor in inputs.items()}
    results = traced(formula, tape, **numbers, **attributes)
    results = dict(zip(outputs, results if len(outputs) > 1 else [results], strict=True))
    results = {name: result for name, result in results.items() if name in cotangents}
    return tape.gradient(results, cotangents, {name: numbers[name] for name in asked if name in inputs}, wide)
