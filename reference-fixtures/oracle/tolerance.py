"""Golden values and their tolerances ρ: which dtypes a case is judged in, and how far honest rounding may go in each."""

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context

import dtypes
from arithmetic import Exact, NotJudgeable, Perturbed, value_of
from dtypes import DType
from gradients import equation_of, evaluate, is_gradient
from nested import each, flat, of_shape, shape_of

RUNS = 8
LARGEST_SHARE = 2.0**-6  # of the golden's norm that ρ may have; above, a pass would mean nothing
SAFE_MARGIN = 16  # in units of u

# At the published sizes the noise of float64 is made in float64 numbers, 2¹³ times as large, and its effect, which is linear in it,
# divided by that: 50-digit numbers would take hours.
MAGNIFIED = DType("f64", "float64", 40, -1022, 1023)
MAGNIFICATION = 2.0**13


@dataclass(frozen=True)
class Judgement:
    """`golden`: output → nested floats. `rho`: dtype name → output → nested floats. `not_judged`: dtype name → reason.

    `faint`: dtype name → output → why this one is not judged in a dtype in which others are; `rho` has none of it.
    """

    golden: dict
    rho: dict
    not_judged: dict
    faint: dict


def judge(case):
    exact = Exact()
    precise = evaluate(case, exact)
    golden = {name: each(to_float64, tensor) for name, tensor in precise.items()}
    rho, not_judged, faint = {}, {}, {}
    for dtype in dtypes.ALL:
        try:
            _require_judgeable(case, dtype, exact.decisions)
            rho[dtype.name], faint[dtype.name] = _rho(case, dtype, precise, golden, exact.decisions)
        except NotJudgeable as reason:
            not_judged[dtype.name] = str(reason)
    return Judgement(golden, rho, not_judged, faint)


def to_float64(x):
    """The float64 nearest to a 50-digit number, below the normal range as well (where mpmath would round twice)."""
    sign, mantissa, exponent, bits = x._mpf_
    if exponent + bits < -1080:
        return 0.0
    mantissa = int(mantissa)  # Where gmpy2 is installed, mpmath's integers are its, whose quotient is no float.
    magnitude = float(mantissa << exponent) if exponent >= 0 else mantissa / (1 << -exponent)
    return -magnitude if sign else magnitude


def _require_judgeable(case, dtype, decisions):
    if dtype is not dtypes.F64 and case.is_of_published_size:
        raise NotJudgeable(f"at the published sizes rounding F Fᵀ + λI in {dtype.title} moves the coefficients by per cents")
    for name, tensor in case.inputs.items():
        its = _dtype_of(case, name, dtype)
        if not all(its.holds(x) for x in flat(tensor)):
            raise NotJudgeable(f"input {name} is not exact in {its.title}")
    dtype = _dtype_throughout(case, dtype)
    for decision in decisions:
        deliberate_tie = decision.margin == 0 and "tie" in case.flags
        if decision.margin < SAFE_MARGIN * dtype.u and not deliberate_tie:
            raise NotJudgeable(f"a rank or a bin is nearer to another than 16 units of {dtype.title}'s roundoff")


def _dtype_of(case, tensor, dtype):
    """Where the dtype has 16 bits, positions, regression and state are float32."""
    return dtypes.F32 if dtype.is_16_bit and tensor in equation_of(case).wide else dtype


def _dtype_throughout(case, dtype):
    """float32 where nothing of a 16-bit case has 16 bits."""
    if is_gradient(case):
        return dtype
    tensors = (*case.inputs, *equation_of(case).outputs)
    return dtypes.F32 if all(_dtype_of(case, tensor, dtype) is dtypes.F32 for tensor in tensors) else dtype


def _rho(case, dtype, precise, golden, decisions):
    # float64 deviations need the digits behind the golden's; for the narrower dtypes the golden itself is precise enough.
    reference = precise if dtype is dtypes.F64 else golden
    noise, magnification = (MAGNIFIED, MAGNIFICATION) if case.is_of_published_size else (dtype, 1.0)
    deviations = {name: [[] for _ in flat(tensor)] for name, tensor in golden.items()}
    for run in range(RUNS):
        results = evaluate(case, Perturbed(noise, f"{case.id}/{dtype.name}/{run}", decisions))
        for name, tensor in results.items():
            for entries, value, target in zip(deviations[name], flat(tensor), flat(reference[name]), strict=True):
                entries.append(float(value_of(value) - target) / magnification)
    rho, faint = {}, {}
    for name, entries in deviations.items():
        shape = shape_of(golden[name])
        axis = equation_of(case).columns.get(name)
        if axis is not None:
            shape, entries = _by_column(shape, axis, entries)
        rho[name] = of_shape(shape, (rounded_up(_root_mean_square(e)) for e in entries))
        if reason := _faintness(case, name, rho[name], golden[name], dtype):
            faint[name] = reason
            del rho[name]
    # One gradient may vanish, such as that of a bias of all keys under a softmax, and the others be as good as ever.
    if faint and not (rho and is_gradient(case)):
        raise NotJudgeable(next(iter(faint.values())))
    return rho, faint


def _by_column(shape, axis, entries):
    """The entries of each column joined; the shape has extent 1 where the column ran."""
    inner = math.prod(shape[axis + 1 :])
    extent = shape[axis]
    joined = []
    for outer in range(math.prod(shape[:axis])):
        for i in range(inner):
            first = outer * extent * inner + i
            joined.append([d for n in range(extent) for d in entries[first + n * inner]])
    return shape[:axis] + [1] + shape[axis + 1 :], joined


def _root_mean_square(deviations):
    """√(Σ d²/RUNS): over the runs of one entry, or of the norm of one column."""
    scale = max(abs(d) for d in deviations)  # so that no square underflows
    return scale * math.sqrt(math.fsum((d / scale) ** 2 for d in deviations) / RUNS) if scale else 0.0


def rounded_up(x):
    """The next number with four significant digits: enough for a tolerance, and stable against the last bit of a library."""
    return float(Context(prec=4, rounding=ROUND_CEILING).create_decimal_from_float(x))


def _faintness(case, name, rho, golden, dtype):
    """Why a pass of an output would mean nothing; None where it means something."""
    size = math.hypot(*flat(golden))
    if not size and any(flat(rho)) and is_gradient(case):
        return f"{name} vanishes: what {dtype.title} leaves of it is rounding errors"
    if size and math.hypot(*flat(rho)) > LARGEST_SHARE * size:
        return f"in {dtype.title} the tolerance of {name} exceeds 2^-6 of its norm"
    return None


def share_of_tolerance(case, dtype, result, golden, rho, name):
    """The largest |e| / (8·max(ρ, u·|g|, smallest normal)) of output `name`, by entries or columns; infinite where a structural zero is
    missed."""
    dtype = _dtype_of(case, name, dtype)
    errors = [float(value_of(x)) - g for x, g in zip(flat(result), flat(golden), strict=True)]
    axis = equation_of(case).columns.get(name)
    extent = shape_of(golden)[axis] if axis is not None else 1
    inner = math.prod(shape_of(golden)[axis + 1 :]) if axis is not None else 1
    worst = 0.0
    for i, r in enumerate(flat(rho)):
        first = i // inner * extent * inner + i % inner
        e = math.hypot(*errors[first : first + extent * inner : inner])
        g = math.hypot(*flat(golden)[first : first + extent * inner : inner])
        if g == 0 and r == 0:
            worst = math.inf if e else worst
        else:
            worst = max(worst, e / (8 * max(r, dtype.u * g, dtype.tiny)))
    return worst
