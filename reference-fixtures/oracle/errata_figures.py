"""What the readings behind ERRATA.md share: a figure, a case by the code's reading, and the size of a difference."""

from dataclasses import dataclass
from unittest import mock

from mpmath import mp

import generate
import safetensors
from arithmetic import Exact
from equations import EQUATIONS, evaluate
from nested import each, flat

a = Exact()


@dataclass(frozen=True)
class Figure:
    """A number that the page rounds: of which output of which case, and its value."""

    case: str
    output: str
    value: object


def case_of(case_id):
    """The inputs and the attributes of a case."""
    case = generate.CASES[case_id]
    return {name: each(a.number, tensor) for name, tensor in case.inputs.items()}, case.attributes


def outputs_of(case_id):
    return evaluate(generate.CASES[case_id], a)


def outputs_with(case_id, **changed):
    """The outputs of a case by name, some of its inputs or attributes changed."""
    inputs, attributes = case_of(case_id)
    equation = EQUATIONS[generate.CASES[case_id].equation]
    results = equation.formula(a, **inputs | attributes | changed)
    return dict(zip(equation.outputs, results if len(equation.outputs) > 1 else [results], strict=True))


def norm(x):
    return mp.norm(flat(x))


def size(case_id, output, other):
    """‖other − the code's output‖ / ‖the code's output‖."""
    code = outputs_of(case_id)[output]
    difference = [x - y for x, y in zip(flat(other), flat(code), strict=True)]
    return Figure(case_id, output, norm(difference) / norm(code))


def size_with(case_id, output, **changed):
    """The size of the difference that other inputs or attributes make."""
    return size(case_id, output, outputs_with(case_id, **changed)[output])


def size_where(case_id, output, module, **functions):
    """The size of the difference where functions of a module of the oracle give way to others and all else is left as it is."""
    with mock.patch.multiple(module, **functions):
        other = outputs_of(case_id)[output]
    return size(case_id, output, other)


def always(value):
    """A function that has this value whatever it is given."""
    return lambda *_, **__: value


def stored(case_id):
    """The tensors of a case, as committed."""
    return safetensors.decode((generate.FOLDER / f"{case_id}.safetensors").read_bytes())


def rho_of(case_id, dtype, output):
    """ρ and golden values of an output, as committed."""
    tensors = stored(case_id)
    return flat(tensors[f"rho.{dtype}.{output}"]), flat(tensors[f"golden.{output}"])


def relative_rho(case_id, dtype, output):
    """‖ρ‖ / ‖golden‖."""
    rho, golden = rho_of(case_id, dtype, output)
    return Figure(case_id, f"ρ of {output}, {dtype}", norm(rho) / norm(golden))
