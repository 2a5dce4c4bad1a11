"""Holds outputs against golden values and their ρ, by the rules of `harness verify` (reference-fixtures/README.md, Tolerances).

    assert_conforms("lm2.align", "pool-7-to-3", outputs, dtype="f32")

An entry passes where |error| ≤ 8·max(ρ, u·|golden|, smallest normal number); of an output that is judged by columns, a column by its
2-norm; an entry that is zero whatever the rounding must be exactly 0. Everything here is computed in doubles, in the order in which
the harness computes it, so that both say the same to the last bit. What the errors of all cases say together (whole tensors), and fresh
inputs, are the harness's alone.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any

from . import arrays
from .catalogue import EQUATIONS
from .fixtures import Case, case as case_of, index_text, known_equation
from .protocol import SAFETENSORS_DTYPES

MULTIPLE = 8
WORST = 5
_NAMES_SHOWN = 4

# Unit roundoff and smallest normal number.
FORMATS = {"f64": (2.0**-53, 2.0**-1022), "f32": (2.0**-24, 2.0**-126), "bf16": (2.0**-8, 2.0**-126), "f16": (2.0**-11, 2.0**-14)}
ACCEPTED = {"f64": ("F64",), "f32": ("F32", "F64"), "bf16": ("BF16", "F32", "F64"), "f16": ("F16", "F32", "F64")}


@dataclasses.dataclass(frozen=True)
class Entry:
    """An entry, or a column (whose running axis is ':' in its index; found and expected are then 2-norms), against its golden value."""

    index: str
    found: float
    expected: float
    error: float
    allowed: float

    @property
    def share(self) -> float:
        """The error as a share of its tolerance; infinite where nothing may deviate."""
        return 0.0 if self.error == 0 else math.inf if self.allowed == 0 else self.error / self.allowed


@dataclasses.dataclass(frozen=True)
class Judged:
    """How far one output is from its golden values: why it could not be compared, or its worst entries, worst first."""

    name: str
    fault: str | None
    worst: tuple[Entry, ...] = ()

    @property
    def passed(self) -> bool:
        return self.fault is None and self.worst[0].share <= 1

    def __str__(self) -> str:
        if self.fault is not None:
            return self.fault
        worst = self.worst[0]
        if worst.allowed == 0:
            return f"{self.name}{worst.index}: found {worst.found:.9G}, expected exactly 0"
        found, expected = f"{worst.found:.9G}", f"{worst.expected:.9G}"
        off = f" (off by {worst.error:.3G})" if found == expected else ""
        return f"{self.name}{worst.index}: found {found}, expected {expected}{off}: {_times(worst.share)} times the tolerance"


def assert_conforms(equation: str, case: Case | str, outputs: Any, dtype: str | None = None, omitted: Iterable[str] = ()) -> None:
    """Raises AssertionError unless outputs are those of a golden case, within its tolerances.

    equation  the equation's id, such as lm2.align
    case      a Case, or the name of one of the equation's
    outputs   {name: array}; what else is in there is not looked at. Or a tuple in the catalogue's order, or the one output
    dtype     what was computed in: f64, f32, bf16 or f16; by default the narrowest dtype of the outputs
    omitted   names of outputs that the implementation does not show

    ValueError if the question makes no sense: an equation, a case, a name that does not exist, a dtype in which the case is not judged.
    """
    __tracebackhide__ = True  # pytest shows where it was called
    omitted = tuple(omitted)
    known = known_equation(equation)
    if not isinstance(case, Case):
        case = case_of(f"{equation}/{case}")
    if case.equation != equation:
        raise ValueError(f"case: found {case.id}, expected a case of {equation}")
    named = name_outputs(known.id, list(case.outputs), outputs)
    for name in omitted:
        if name not in case.outputs:
            raise ValueError(f"omitted: found {name!r}, expected one of {', '.join(case.outputs)}")
    case = case.in_dtype(dtype or _narrowest(named))
    faults = [each for each in judge(case, named, omitted) if not each.passed]
    if faults:
        raise AssertionError(describe(case, faults))


def judge(case: Case, outputs: dict[str, Any], omitted: Iterable[str] = ()) -> list[Judged]:
    """The judgement on every output that the case judges in its dtype and that is not omitted.

    outputs  {name: array}; more names than the equation's are no fault
    """
    plain, judged = {}, []
    for name in case.outputs:
        if name in outputs:
            try:
                plain[name] = arrays.to_plain(outputs[name])
            except ValueError as failure:
                plain[name] = str(failure)
    for name, expected in case.outputs.items():
        if name not in omitted and case.dtype not in expected.get("not_judged", {}):
            fault = _fault(case, name, expected, plain.get(name), outputs)
            judged.append(Judged(name, fault) if fault else Judged(name, None, _worst(case, name, expected, plain[name][2])))
    return judged


def describe(case: Case, faults: list[Judged]) -> str:
    """What is wrong, for people: every output, the worst entries of the first with their tolerances, and what the case is there to catch."""
    lines = [f"{case} fails"]
    for fault in faults:
        lines.append(f"    {fault}")
        if fault is faults[0] and fault.fault is None:
            lines.append(f"        {'entry':<14} {'found':>17} {'expected':>17} {'error':>10} {'tolerance':>10}   times")
            lines += [f"        {worst.index:<14} {worst.found:>17.9G} {worst.expected:>17.9G} {worst.error:>10.3G} {worst.allowed:>10.3G}"
                      f"   {_times(worst.share)}" for worst in fault.worst if worst.share > 1]
    return "\n".join([*lines, f"    the case catches: {case.note}"])


def name_outputs(what: str, names: list[str], outputs: Any) -> dict[str, Any]:
    """{name: array} of what a function returns: by name already, a tuple or list in the order of the names, or the one array there is."""
    if isinstance(outputs, dict):
        return outputs
    returned = tuple(outputs) if isinstance(outputs, tuple) or (isinstance(outputs, list) and len(names) > 1) else (outputs,)
    if len(returned) != len(names):
        raise ValueError(f"{what}: found {len(returned)} output{'s' * (len(returned) != 1)}, expected {len(names)}: {', '.join(names)}")
    return dict(zip(names, returned))


def _narrowest(outputs):
    found = {arrays.dtype_of(output) for output in outputs.values() if hasattr(output, "dtype")}
    return next((dtype for dtype in ("f16", "bf16", "f32") if SAFETENSORS_DTYPES[dtype] in found), "f64")


def _fault(case, name, expected, plain, outputs):
    """Why an output cannot be compared; None if it can."""
    golden, shape = case.values(f"golden.{name}"), tuple(expected["shape"])
    if plain is None:
        return f'output "{name}": found nothing, expected {_text(shape)}{_other_names(name, outputs, case.outputs)}'
    if isinstance(plain, str):
        return f'output "{name}": {plain}'
    dtype, found, values = plain
    if dtype not in ACCEPTED[case.dtype]:
        return f'output "{name}": found dtype {dtype}, expected {" or ".join(ACCEPTED[case.dtype])}'
    if found != shape:
        return f'output "{name}": found shape {_text(found)}, expected {_text(shape)}'
    strange = next((i for i, value in enumerate(values) if not math.isfinite(value)), None)
    if strange is not None:
        word = "NaN" if math.isnan(values[strange]) else "Infinity" if values[strange] > 0 else "-Infinity"
        return f'output "{name}": found {word} at {index_text(shape, strange)}, expected {golden[strange]:.17G}'
    return None


def _worst(case, name, expected, values):
    golden, rho = case.values(f"golden.{name}"), case.values(f"rho.{case.dtype}.{name}")
    roundoff, smallest = FORMATS[EQUATIONS[case.equation].dtype_of(name, case.dtype)]
    shape = tuple(expected["shape"])
    axis = expected["axis"] if expected["judge"] == "columns" else None
    sizes, errors = _sizes(golden, shape, axis), _sizes([value - target for value, target in zip(values, golden)], shape, axis)
    allowed = [0.0 if deviation == 0 and size == 0 else MULTIPLE * max(deviation, max(roundoff * size, smallest))
               for deviation, size in zip(rho, sizes)]
    found, targets = (values, golden) if axis is None else (_sizes(values, shape, axis), sizes)
    units = shape if axis is None else (*shape[:axis], 1, *shape[axis + 1:])

    def index(unit):
        positions = index_text(units, unit)[1:-1].split(",")
        return f"[{','.join(':' if i == axis else position for i, position in enumerate(positions))}]"

    entries = (Entry(str(unit), found[unit], targets[unit], errors[unit], allowed[unit]) for unit in range(len(allowed)))
    worst = sorted(entries, key=lambda entry: -entry.share)[:WORST]
    return tuple(dataclasses.replace(entry, index=index(int(entry.index))) for entry in worst)


def _sizes(values, shape, axis):
    """|x| of every entry, or the 2-norm of every column along an axis."""
    if axis is None:
        return [abs(value) for value in values]
    stride = math.prod(shape[axis + 1:])
    columns = [[] for _ in range(len(values) // shape[axis])]
    for i, value in enumerate(values):
        columns[i // (shape[axis] * stride) * stride + i % stride].append(value)
    return [_norm(column) for column in columns]


def _norm(values):
    """√Σx², the squares added up in order; scaled where they would leave the range."""
    plain = magnified = reduced = 0.0
    for x in values:
        plain += x * x
        magnified += (x * 2.0**512) * (x * 2.0**512)
        reduced += (x / 2.0**512) * (x / 2.0**512)
    return math.sqrt(magnified) / 2.0**512 if plain < 1e-240 else math.sqrt(reduced) * 2.0**512 if math.isinf(plain) else math.sqrt(plain)


def _other_names(missing, found, expected):
    """What is there where an output is not: most that are missing go by another name."""
    others = sorted(str(name) for name in found if name not in expected)
    if not others:
        return ""

    def letters(name):
        return "".join(character for character in name if character.isalnum()).upper()

    last = {name: name.replace("/", ".").replace(":", ".").rpartition(".")[2] for name in others}
    like = next((name for name in others if letters(missing) in (letters(name), letters(last[name]))), None)
    if like:
        return f'; the answer has "{like}": is that meant?'
    more = f" and {len(others) - _NAMES_SHOWN} more" if len(others) > _NAMES_SHOWN else ""
    return "; the answer has " + ", ".join(f'"{name}"' for name in others[:_NAMES_SHOWN]) + more


def _times(share):
    if share < 1000:
        return f"{share:.3G}"
    if math.isinf(share):
        return "Infinity"
    digits, exponent = f"{share:.1e}".split("e")
    return f"{digits}e{int(exponent)}"


def _text(shape):
    return f"[{','.join(map(str, shape))}]"
