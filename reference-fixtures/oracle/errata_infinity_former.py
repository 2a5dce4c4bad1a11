"""The other reading of each erratum of the ∞-former, in the order of ERRATA.md: (words of the page, figures), a figure for each {}."""

import struct
from fractions import Fraction
from unittest import mock

from mpmath import mp

import infinity_former as inf
import infinity_former_reference_code as inf_code
import infinity_former_reference_code_attention as inf_code_attention
from arithmetic import Exact, Perturbed, value_of
from dtypes import F32, F64
from errata_figures import (
    Figure, a, case_of, norm, outputs_of, outputs_with, relative_rho, rho_of, size, size_where, size_with, stored
)
from nested import each, flat
from tolerance import RUNS


def prior_mean():
    """The paper's divergence without a mean term; in gpt2-positive, where the code leaves it out, the one with it."""
    released, positive = "inf-ref.regulariser.kl/gpt2-released", "inf-ref.regulariser.kl/gpt2-positive"
    inputs, attributes = case_of(released)
    without = inf.regulariser_kl(a, **inputs, sigma_0=attributes["sigma_0"])
    kl, rest = max(zip(flat(outputs_of(released)["kl"]), flat(without)))
    yield "kl: {} at the released settings", [size(released, "kl", without)]
    yield "with {} of {} from the mean term at one entry", [Figure(released, "kl", kl - rest), Figure(released, "kl", kl)]
    inputs, attributes = case_of(positive)
    with_mean = inf.regulariser_kl(a, **inputs, sigma_0=attributes["sigma_0"], mu_0=attributes["mu_0"])
    yield "{} in gpt2-positive, where it is missing", [size(positive, "kl", with_mean)]


def padding_continued(a, samples, length, tau, positions=inf_code.positions_recurrent):
    """`positions_recurrent` with the padding's grid shifted by 1/(2(M + L)), which continues the spacing of M + L points."""
    past, joint, _ = positions(a, samples, length, tau)
    points = samples + length
    grid = [Fraction(1, 2 * points) - Fraction(1, 2) + Fraction(k, points) for k in range(2 * points)]
    return past, joint, [a.rational(t) for t in grid if t < 0] + joint + [a.rational(t) for t in grid if t > 1]


def shift_of_the_padding():
    """Where the padding of both shifts begins; then the code's layer with the other one."""
    published = "inf-ref.positions.recurrent/published-512"
    _, attributes = case_of(published)
    for words, positions in (
        ("first point below 0 at {}", inf_code.positions_recurrent),
        ("not {}, at the published size", padding_continued),
    ):
        yield words, [Figure(published, "t_padded", max(t for t in positions(a, **attributes)[2] if t < 0))]
    for name in ("sorting-widths", "typical"):
        case_id = f"inf-ref.layer/{name}"
        yield f"{{}} in {case_id}", [size_where(case_id, "C_next", inf_code, positions_recurrent=padding_continued)]


def right_ends():
    """The paper's positions of a first segment for the code's."""
    case_id = "inf-ref.positions.first/typical"
    pairs = zip(inf.positions_segment(a, **case_of(case_id)[1]), outputs_of(case_id)["t"])
    (shift,) = {end - midpoint for end, midpoint in pairs}
    yield "every position by ½/L: {} at L = 16", [Figure(case_id, "t", shift)]

    def moved(a, length, positions=inf_code.positions_first):
        """Points and padding, all by half a step."""
        return each(lambda t: t + a.rational(Fraction(1, 2 * length)), positions(a, length))

    first = size_where("inf-ref.layer/first-segment", "C_next", inf_code, positions_first=moved)
    yield "C_next: {} with padding and all moved along", [first]


def floor():
    """Variances without a floor, where it changes them."""

    def raised(case_id):
        pairs = zip(flat(outputs_with(case_id, variance_floor=0.0)["var"]), flat(outputs_of(case_id)["var"]))
        return [(low, high) for low, high in pairs if low != high]

    sorting, dialogue = (f"inf-ref.attention.density/{name}-floor" for name in ("sorting", "dialogue"))
    counts = {case_id: [len(raised(case_id)), len(flat(outputs_of(case_id)["var"]))] for case_id in (sorting, dialogue)}
    ratio = max(high / low for low, high in raised(sorting))
    for words, case_id, values in (
        ("{} of {} variances raised, by up to {} times", sorting, [*counts[sorting], ratio]),
        ("{} of {}, from {} to {}", dialogue, [*counts[dialogue], *min(raised(dialogue))]),
    ):
        yield words, [Figure(case_id, "var", value) for value in values]


def biases():
    """The paper's affine maps, whose biases the code has not: ½ is a choice of this page. The code's floor stays."""
    case_id = "inf-ref.attention.density/typical"
    inputs, attributes = case_of(case_id)
    half = a.number(0.5)
    mu, var = inf.attention_density(a, **inputs, **attributes, b_mu=half, b_sigma=half)
    yield "with biases of ½, mu: {}", [size(case_id, "mu", mu)]
    yield "var: {}", [size(case_id, "var", var)]


def never_emptied():
    """The code's rollout without its reset."""
    cases = "inf-ref.rollout/reset-after-four", "inf-ref.rollout/reset-between"
    for output in ("Z_ltm", "C_S"):
        yield f"{output}: {{}} and {{}}", [size_with(case_id, output, reset=0) for case_id in cases]


def offsets():
    """The middle of each bin, the mean of what lies anywhere in it, where the code has the left edge."""

    def middles(a, b, bins, positions=inf_code.sticky_positions):
        return each(lambda t: t + a.rational(Fraction(1, 2 * bins)), positions(a, b, bins))

    case_id = "inf-ref.sticky.positions/dialogue"
    inputs, attributes = case_of(case_id)
    (shift,) = {t - edge for t, edge in zip(flat(middles(a, **inputs, **attributes)), flat(outputs_of(case_id)["t_past"]))}
    yield "half a bin on the mean, {} with 128 bins", [Figure(case_id, "t_past", shift)]
    moved = size_where("inf-ref.layer/sticky", "C_next", inf_code, sticky_positions=middles)
    yield "C_next: {} with the middles of 16 bins", [moved]


def float32_grids():
    """The positions rounded to float32, which is all that the code's cast does to them."""
    case_id = "inf-ref.positions.recurrent/published-512"
    positions = [t for output in outputs_of(case_id).values() for t in output]
    moved = (abs(struct.unpack("<f", struct.pack("<f", t))[0] - t) for t in positions)
    yield "a position by up to {}", [Figure(case_id, "t_padded", max(moved))]


def cancelling_jacobian():
    """Not a difference of readings: what rounding does to two forms of one number, as committed with the cases."""
    yield "in float64 {} for the code's form", [relative_rho("inf-ref.attention.softmax/small-variance", "f64", "J")]
    stable = "inf.attention.expectation_jacobian/small-variance-24"
    yield "and {} for the stable one", [relative_rho(stable, "f64", "J")]
    code = "inf-ref.attention.softmax/cancelling-24"
    yield "in float32 {} and {}", [relative_rho(code, "f32", "J"), relative_rho(stable, "f32", "J")]


def backward_by_hand():
    """Deviations of the code's backward pass under noise, beside those of the tape, which are the case's ρ."""
    case_id = "inf.attention.basis_expectation.vjp/small-variance-24"
    tensors = stored(case_id)
    inputs = {name.removeprefix("input."): tensor for name, tensor in tensors.items() if name.startswith("input.")}

    def gradients(a, mu, var, mu_j, sigma_j, grad_r):
        _, J = inf_code_attention.softmax_expectation(a, mu, var, mu_j, sigma_j)
        pairs = [
            [a.dot(row, cotangent) for row in rows]
            for rows, cotangent in zip(*([row for b in X for h in b for row in h] for X in (J, grad_r)))
        ]
        by_mean = [first / v for (first, _), v in zip(pairs, flat(var))]
        by_variance = [second / (2 * (v * v)) - first * m / (v * v) for (first, second), m, v in zip(pairs, flat(mu), flat(var))]
        return {"grad_mu": by_mean, "grad_var": by_variance}

    def noise(dtype, output):
        golden, deviations = flat(tensors[f"golden.{output}"]), []
        for run in range(RUNS):
            arithmetic = Perturbed(dtype, run, [])
            result = gradients(arithmetic, **{name: each(arithmetic.number, tensor) for name, tensor in inputs.items()})[output]
            deviations += [value_of(x) - g for x, g in zip(result, golden, strict=True)]
        return Figure(case_id, f"{output}, {dtype.name}", norm(deviations) / mp.sqrt(RUNS) / norm(golden))

    for words, dtype, output in (
        ("to grad_mu in float64: {} in the code's form and {} in the derivative of r", F64, "grad_mu"),
        ("to grad_var: {} and {}", F64, "grad_var"),
        ("in float32, to grad_mu: {} and {}", F32, "grad_mu"),
        ("of which no digit is left: {} and {}", F32, "grad_var"),
    ):
        yield words, [noise(dtype, output), relative_rho(case_id, dtype.name, output)]


def sparsemax():
    """The expectation under the Gaussian of the same mean and variance; and what rounding does to the code's."""
    case_id = "inf-ref.attention.sparsemax/typical"
    r = inf.attention_basis_expectation(a, **case_of(case_id)[0])
    yield "r: {} against the Gaussian", [size(case_id, "r", r)]
    yield "ρ of r in float64 {}", [relative_rho("inf-ref.attention.sparsemax/small-variance", "f64", "r")]


def moments():
    """ρ relative to the variance, entry by entry; the cancellation is in single entries, which a norm would hide."""
    cases = (f"inf-ref.attention.density_moments/{name}" for name in ("sharp", "large-scores"))
    worst, case_id = max((rho / var, case_id) for case_id in cases for rho, var in zip(*rho_of(case_id, "f64", "var")))
    yield "ρ of single variances in float64 up to {}", [Figure(case_id, "ρ of var, f64", worst)]


def padding():
    """The system without the padding's positions; in the first segment with the paper's right ends as well."""

    def first_unpadded(a, length, positions=inf_code.positions_first):
        return [positions(a, length)[0]] * 2

    def papers_first(a, length):
        return [inf.positions_segment(a, length)] * 2

    def recurrent_unpadded(a, samples, length, tau, positions=inf_code.positions_recurrent):
        past, joint, _ = positions(a, samples, length, tau)
        return past, joint, joint

    later = [
        size_where(f"inf-ref.layer/{name}", "C_next", inf_code, positions_recurrent=recurrent_unpadded)
        for name in ("typical", "sorting-widths")
    ]
    first, with_right_ends = (
        size_where("inf-ref.layer/first-segment", "C_next", inf_code, positions_first=positions)
        for positions in (first_unpadded, papers_first)
    )
    yield "C_next without padding: {}, {} and {}", [*later, first]
    yield "the first segment with the paper's positions as well: {}", [with_right_ends]


def read_before_stored():
    """Keys and values of the memory that comes in, where the code projects what it has just stored."""

    def of_incoming(case_id):
        C = case_of(case_id)[0]["C"]
        project = inf.attention_project
        return size_where(case_id, "Z_ltm", inf, attention_project=lambda a, X, _, *weights: project(a, X, C, *weights))

    cases = "inf-ref.layer/odd-extents", "inf-ref.layer/sorting-widths"
    yield "Z_ltm from the memory that came in: {} and {}", [of_incoming(case_id) for case_id in cases]


def first_read():
    """The paper reads 0 in the first segment, so the difference is all that the code reads there."""
    case_id = "inf-ref.rollout/typical"
    Z_ltm = outputs_of(case_id)["Z_ltm"]
    yield "Z_ltm of segment 1 has norm {}", [Figure(case_id, "Z_ltm", norm(Z_ltm[0]))]
    yield "{} % of that of all five", [Figure(case_id, "Z_ltm", 100 * norm(Z_ltm[0]) / norm(Z_ltm))]


def outer_edges():
    """The paper's edges, 0 and 1, for the code's."""
    for words, name in (("p: {} with 128 bins", "dialogue-bins"), ("{} where a density is as narrow", "outer-edges")):
        case_id = f"inf-ref.sticky.histogram/{name}"
        inputs, attributes = case_of(case_id)
        yield words, [size(case_id, "p", inf.sticky_histogram(a, **inputs, **attributes))]


def samples_left_in_place():
    """Samples stay at τt, where what was drawn at t lies after the contraction; the code spreads them evenly on (0,τ]."""
    case_id = "inf-ref.layer/sticky"
    inputs, attributes = case_of(case_id)
    samples, tau = attributes["samples"], a.attribute(attributes["tau"])
    C_next = []
    # Each batch element has positions of its own, so each is a layer of its own.
    for i, drawn in enumerate(inf_code.sticky_positions(a, inputs["b"], attributes["bins"])):

        def in_place(*arguments, positions=inf_code.positions_recurrent, drawn=drawn):
            past, joint, padded = positions(*arguments)
            side = (len(padded) - len(joint)) // 2
            return past, joint, [*padded[:side], *(tau * t for t in drawn), *padded[side + samples :]]

        alone = {name: inputs[name][i : i + 1] for name in ("X_query", "X_new", "C", "b")}
        with mock.patch.object(inf_code, "positions_recurrent", in_place):
            C_next += outputs_with(case_id, **alone)["C_next"]
    yield "C_next moves by {} in the last case", [size(case_id, "C_next", C_next)]


class Unbounded(Exact):
    """Exact, but what lies outside [0,1] is infinitely far outside."""

    def rational(self, x):
        return super().rational(x) if 0 <= x <= 1 else mp.inf * (1 if x > 1 else -1)


def mass_outside():
    """The outer bins reach to infinity, so no mass is dropped."""
    case_id = "inf-ref.sticky.histogram/mass-outside"
    inputs, attributes = case_of(case_id)
    p = inf_code.sticky_histogram(Unbounded(), **inputs, **attributes)
    yield "given to the outer bins, p moves by {}", [size(case_id, "p", p)]


READINGS = {
    "I1": prior_mean,
    "I3": shift_of_the_padding,
    "I4": right_ends,
    "I11": floor,
    "I12": biases,
    "I14": never_emptied,
    "I16": offsets,
    "I20": float32_grids,
    "I22": cancelling_jacobian,
    "I23": sparsemax,
    "I32": moments,
    "I37": padding,
    "I38": read_before_stored,
    "I39": first_read,
    "I40": outer_edges,
    "I41": backward_by_hand,
    "P8": samples_left_in_place,
    "P15": mass_outside,
}
NOT_COMPUTED = {
    "I2": [("an error for every odd L", "an error, not a number")],
    "I8": [("an error at L = 1", "an error, not a number")],
    "I20": [
        (
            "the operator by up to 4e-6 of its largest entry",
            "from the recordings of the authors' code at their sizes; the case has positions alone",
        )
    ],
    "I21": [
        ("the authors' own float32 coefficients are 1–13 % off", "recorded from the authors' code"),
        ("NumPy: .4 % (sorting, first segment, L = 512) to 10.4 %", "a float32 product and inverse, which depend on the BLAS"),
    ],
}
