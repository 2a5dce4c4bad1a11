"""The cases of the `inf-ref.*` equations of the memory: positions, regression, update, sticky samples, layer, rollout."""

from functools import partial

from arithmetic import Exact
from case import Case, Draw
from cases_infinity_former_both import histogram_case, layer_matrices, smoothing, tiny_symmetric_histogram
from infinity_former_reference_code import positions_first, positions_recurrent
from infinity_inputs import basis, psi_of, rounded, segment
from tolerance import to_float64

EXACT = Exact()


def all_cases():
    yield from first_positions()
    yield from recurrent_positions()
    yield from regression_operator()
    yield from memory_update()
    yield from sticky_histogram()
    yield from sticky_positions()
    yield from smooth_linear()
    yield from read()
    yield from layer()
    yield from rollout()


def padded_first(length, family):
    """t_padded of a first segment as an input tensor."""
    return [rounded(to_float64(t), family) for t in positions_first(EXACT, length)[1]]


def padded_recurrent(samples, length, tau, family):
    """t_padded of a later segment as an input tensor."""
    return [rounded(to_float64(t), family) for t in positions_recurrent(EXACT, samples, length, tau)[2]]


def first_positions():
    equation = "inf-ref.positions.first"

    def of(name, note, flags, length):
        return Case(equation, name, note, flags, "dtype-exact", {"length": length}, {})

    yield of("tiny-2", "¼, ¾, and with padding -¼, ¼, ¾, 5/4. The paper's right ends would be ½, 1.", ("tiny",), 2)
    yield of("tiny-3", "Odd: 1/6, ½, 5/6 and one point on each side, 5 in all, not 6.", ("tiny", "odd-extents"), 3)
    yield of("tiny-4", "⅛, ⅜, ⅝, ⅞ and two points on each side, down to -⅜.", ("tiny",), 4)
    yield of("typical", "16 midpoints: linspace(0, 1, L) or left ends.", ("typical",), 16)
    yield of("prime", "31 midpoints, padded by 15 on each side.", ("odd-extents",), 31)
    yield of("sorting", "8 tokens, as in a short segment.", ("typical",), 8)
    yield of("49", "(i+½)·(1/49) is off by a rounding where (2i+1)/98 is not.", ("odd-extents",), 49)
    yield of("accumulated-step", "A step of 1/567 added up drifts.", ("extreme",), 567)
    yield of("published-512", "The published length.", ("typical", "extreme"), 512)


def recurrent_positions():
    equation = "inf-ref.positions.recurrent"

    def of(name, note, flags, samples, length, tau):
        attributes = {"samples": samples, "length": length, "tau": tau}
        return Case(equation, name, note, flags, "dtype-exact", attributes, {})

    yield of(
        "tiny", "τ = ½: t_past ½, 1; t_joint ¼, ½, ¾, 1, right ends where the first segment has midpoints. The padding is the grid from "
        "-⅓ to 4/3 in 8 points: -⅓, -2/21 and 23/21, 4/3; the shift is 1/(2L+M) = 1/6, where 1/(2(L+M)) would give -⅜.",
        ("tiny",), 2, 2, 0.5,
    )
    yield of(
        "tiny-one-sample", "3 points, so one of padding on each side: -.3 and 1.3.",
        ("tiny", "odd-extents"), 1, 2, 0.25,
    )
    yield of("sorting", "τ = ¾, the released sorting value.", ("typical",), 16, 8, 0.75)
    yield of("dialogue", "τ = ½, the released dialogue value.", ("typical",), 16, 16, 0.5)
    yield of(
        "odd-samples", "An odd number of samples: the padding is ⌊(M+L)/2⌋ on each side, and the middle is not at half of all points.",
        ("odd-extents",), 7, 12, 0.3,
    )
    yield of("more-tokens-than-samples", "samples and length exchanged.", ("odd-extents",), 3, 14, 0.6)
    yield of("more-samples-than-tokens", "The shift with samples and length exchanged.", ("odd-extents",), 29, 4, 0.75)
    yield of("small-tau", "Almost no room for the past.", ("extreme",), 5, 4, 0.001)
    yield of("large-tau", "Almost no room for the segment: 1-τ is exact from the float64 τ.", ("extreme",), 4, 6, 0.999)
    yield of(
        "published-512", "512 samples and 512 tokens: the padding starts at -.00041, not at -.00049.",
        ("typical", "extreme"), 512, 512, 0.5,
    )


def regression_operator():
    equation = "inf-ref.regression.operator"

    def of(name, note, flags, family, t, kept, count, widths, ridge):
        psi = psi_of(t, **basis(count, widths, family), family=family)
        return Case(equation, name, note, flags, family, {"ridge": ridge, "kept": kept}, {"psi": psi})

    def first(name, note, flags, family, length, count, widths, ridge):
        return of(name, note, flags, family, padded_first(length, family), length, count, widths, ridge)

    def recurrent(name, note, flags, family, samples, length, tau, count, widths, ridge):
        return of(name, note, flags, family, padded_recurrent(samples, length, tau, family), samples + length, count, widths, ridge)

    yield Case(
        equation, "tiny-one-function",
        "psi = 1, 2, 2 and λ = 1: the system is 9 + 1, so the middle row is 2/10 = .2; without the padding it is 2/5 = .4.",
        ("tiny",), "dtype-exact", {"ridge": 1.0, "kept": 1}, {"psi": [[1.0], [2.0], [2.0]]},
    )
    yield Case(
        equation, "tiny-kept-all",
        "kept = P: nothing is padding, and the operator is the paper's: psiᵀpsi + I = diag(2, 5), rows (½, 0) and (0, .4).",
        ("tiny",), "dtype-exact", {"ridge": 1.0, "kept": 2}, {"psi": [[1.0, 0.0], [0.0, 2.0]]},
    )
    draw = Draw(f"{equation}/typical", "dtype-exact")
    yield Case(
        equation, "typical", "The first rows kept instead of the middle ones.",
        ("typical",), "dtype-exact", {"ridge": 0.5, "kept": 3}, {"psi": draw.tensor(7, 4, low=-1.0, high=2.0)},
    )
    draw = Draw(f"{equation}/odd-extents", "full-53")
    yield Case(
        equation, "odd-extents", "More functions than positions kept.",
        ("odd-extents",), "full-53", {"ridge": 0.7, "kept": 5}, {"psi": draw.tensor(13, 7, low=-1.0, high=2.0)},
    )
    yield first("first-even", "The padding left out of the system.", ("typical",), "full-24", 8, 8, [0.05, 0.2], 1.0)
    yield first("first-odd", "2L - 1 positions: the slice one row off.", ("odd-extents",), "full-53", 17, 8, [0.05, 0.2], 0.5)
    yield first(
        "first-sorting-widths", "The published sorting setting in small.",
        ("typical",), "full-53", 16, 8, [0.01, 0.05], 1.0,
    )
    yield first(
        "first-sorting-widths-24", "The same in float32.",
        ("typical",), "full-24", 20, 8, [0.01, 0.05], 1.0,
    )
    yield recurrent(
        "recurrent", "The padding on one side only, or not in the system.",
        ("typical",), "full-24", 6, 6, 0.75, 6, [0.1, 0.25], 1.0,
    )
    yield recurrent(
        "recurrent-odd-samples", "An odd number of positions kept.",
        ("odd-extents",), "full-53", 7, 6, 0.6, 5, [0.15], 0.5,
    )
    yield recurrent(
        "recurrent-sorting-widths", "The published sorting setting in small.",
        ("typical",), "full-53", 16, 8, 0.75, 8, [0.01, 0.05], 1.0,
    )
    yield recurrent(
        "recurrent-dialogue-widths", "The published dialogue setting in small.",
        ("ill-conditioned",), "full-53", 16, 16, 0.5, 16, [0.005, 0.01], 0.5,
    )
    yield recurrent(
        "recurrent-narrow-32", "N = 32 at the dialogue widths: condition of ten thousands; a float32 inverse for a float64 one.",
        ("ill-conditioned",), "full-53", 32, 32, 0.5, 32, [0.005, 0.01], 0.5,
    )


def memory_update():
    equation = "inf-ref.memory.update"

    def drawn(name, note, flags, family, B, L, M, N, e, widths, ridge, tau, per_batch=False, bins=0, padding=None, spread=2.0, mixed=False):
        draw = Draw(f"{equation}/{name}", family)
        wide, family_of_wide = (draw.wide(), "full-24") if mixed else (draw, family)
        if bins:
            t_past = [sorted(draw.random.randrange(bins) / bins for _ in range(M)) for _ in range(B)]
        elif per_batch:
            t_past = [sorted(draw.tensor(M, low=0.0, high=1.0)) for _ in range(B)]
        else:
            t_past = segment(M, family_of_wide)
        inputs = {
            "C": wide.tensor(B, N, e, low=-spread, high=spread),
            "X_new": draw.tensor(B, L, e, low=-2.0, high=2.0),
            "t_past": t_past,
            "t_padded": padding or padded_recurrent(M, L, tau, family_of_wide),
            **basis(N, widths, family_of_wide),
        }
        return Case(equation, name, note, flags, family, {"ridge": ridge}, inputs)

    yield Case(
        equation, "tiny-one-function",
        "All positions at mu_j, sigma_j = 1: psi = .39894…, X_past = 2psi, four positions of which two are padding: "
        "C_next = psi(X_past + 3)/(4psi² + 1) = .925771…; without the padding 1.149302….",
        ("tiny",), "dtype-exact", {"ridge": 1.0},
        {"C": [[[2.0]]], "X_new": [[[3.0]]], "t_past": [0.5], "t_padded": [0.5] * 4, "mu_j": [0.5], "sigma_j": [1.0]},
    )
    dyadic = [k / 16 for k in range(-4, 20, 2)] + [1.25, 1.375, 1.5, 1.625]
    yield drawn(
        "typical", "Past and new rows in the wrong order; targets at the padding that are not zero.",
        ("typical",), "dtype-exact", 1, 4, 4, 5, 3, [0.25], 0.5, 0.5, padding=dyadic,
    )
    yield drawn(
        "odd-padding", "An odd number of rows kept, three of padding on each side.",
        ("odd-extents",), "dtype-exact", 2, 3, 4, 4, 2, [0.25], 1.0, 0.5, padding=[k / 8 for k in range(-3, 10)],
    )
    yield drawn(
        "mixed", "Tokens of 16 bits, positions and coefficients of 24: a regression, positions or a memory in 16 bits.",
        ("typical", "batch"), "dtype-exact", 2, 4, 7, 6, 3, [0.1, 0.25], 1.0, 0.7, mixed=True,
    )
    yield drawn(
        "mixed-one-sample", "The same with one sample of the past.",
        ("odd-extents",), "dtype-exact", 1, 6, 1, 5, 2, [0.2], 0.5, 0.6, mixed=True,
    )
    yield drawn("recurrent", "The padding left out of the system.", ("typical",), "full-24", 1, 6, 6, 6, 3, [0.1, 0.25], 1.0, 0.75)
    yield drawn(
        "batch", "Regression shared by the batch but not its signals.",
        ("batch",), "full-24", 3, 4, 8, 6, 4, [0.1, 0.25], 1.0, 0.75,
    )
    yield drawn(
        "batched-positions", "t_past [B,M]: every batch element resamples at its own positions.",
        ("batch",), "full-53", 2, 4, 6, 6, 3, [0.1, 0.3], 0.5, 0.75, per_batch=True,
    )
    yield drawn(
        "left-edges", "Sticky left edges, repeated: the k-th smallest sample is re-placed at k·τ/M, not left where it was read.",
        ("typical", "batch"), "full-53", 2, 6, 8, 6, 3, [0.1, 0.2], 0.5, 0.5, bins=16,
    )
    yield drawn("odd-extents", "An odd number of samples; extents prime.", ("odd-extents",), "full-53", 2, 6, 11, 5, 3, [0.2], 0.5, 0.75)
    yield drawn("one-sample", "One sample of the past.", ("extreme",), "full-53", 1, 8, 1, 6, 2, [0.1, 0.2], 1.0, 0.5)
    yield drawn(
        "sorting-widths", "The published sorting setting in small.",
        ("typical",), "full-53", 2, 8, 16, 8, 6, [0.01, 0.05], 1.0, 0.75,
    )
    yield drawn(
        "sorting-widths-24", "The same in float32.",
        ("typical",), "full-24", 1, 10, 20, 8, 4, [0.01, 0.05], 1.0, 0.75,
    )
    yield drawn(
        "dialogue-widths", "The published dialogue setting in small, with left edges of 128 bins.",
        ("ill-conditioned",), "full-53", 1, 16, 16, 16, 3, [0.005, 0.01], 0.5, 0.5, bins=128,
    )
    yield drawn(
        "published-sorting", "N = L = M = 512 as published: condition 9e5. A float32 regression is off by 1 to 4 % of the largest entry, "
        "by inverse, LU or Cholesky alike: F Fᵀ must be formed and solved in float64.",
        ("ill-conditioned", "published-size"), "full-24", 1, 512, 512, 512, 2, [0.01, 0.05], 1.0, 0.75,
    )
    yield drawn(
        "published-dialogue", "The published dialogue setting, with left edges of 128 bins: condition 1e6, float32 off by 1 to 6 %.",
        ("ill-conditioned", "published-size"), "full-24", 1, 512, 512, 512, 2, [0.005, 0.01], 0.5, 0.5, bins=128,
    )


def sticky_histogram():
    equation = "inf-ref.sticky.histogram"

    drawn = partial(histogram_case, equation)
    yield tiny_symmetric_histogram(equation)
    yield Case(
        equation, "outer-edges",
        "Densities of deviation 1e-6 at 0 and 1e-2 at ½: the first bin reaches down to -1e-6 and holds Φ(1) = .8413 of the first, not ½: "
        "p = (.8413 + ½)/1.8413 = .7284593…, .2715406… instead of ⅔, ⅓.",
        ("extreme",), "full-53", {"bins": 2}, {"mu": [[[0.0, 0.5]]], "var": [[[1e-12, 1e-4]]]},
    )
    yield drawn("typical", "Normalised per density before the sum over heads and queries.", ("typical",), "dtype-exact", 1, 2, 4, 8)
    yield drawn("odd-extents", "A density at bin centres instead of a mass.", ("odd-extents",), "full-53", 1, 3, 5, 7)
    yield drawn("batch", "Normalised over the batch.", ("batch", "odd-extents"), "full-24", 3, 2, 3, 6)
    yield drawn(
        "mass-outside", "Wide densities: the mass outside is dropped before all are normalised together, so they weigh less.",
        ("extreme",), "full-53", 1, 2, 4, 5, reach=(-0.5, 1.5), least=0.05, most=0.5,
    )
    yield drawn(
        "mass-outside-24", "The same in float32.",
        ("extreme", "batch"), "full-24", 2, 1, 4, 4, reach=(-0.25, 1.25), least=0.05, most=0.5,
    )
    yield drawn(
        "three-bins-exact", "Few wide bins, for 16-bit types.",
        ("batch",), "dtype-exact", 2, 2, 4, 3, least=0.015625, most=0.0625,
    )
    yield drawn("one-bin", "One bin holds everything: both outer edges moved.", ("extreme",), "full-24", 2, 2, 3, 1)
    yield drawn("dialogue-bins", "The published 128 bins.", ("typical",), "full-53", 1, 2, 4, 128, least=1e-3, most=0.02)
    yield drawn("at-the-floor", "Variances at the code's floor of 1e-4.", ("extreme",), "full-53", 1, 2, 3, 16, least=1e-4, most=2e-4)


def sticky_positions():
    equation = "inf-ref.sticky.positions"

    def given(name, note, flags, bins, b):
        return Case(equation, name, note, flags, "full-53", {"bins": bins}, {"b": b})

    def drawn(name, note, flags, B, D, M):
        source = Draw(f"{equation}/{name}", "full-53").random
        return given(name, note, flags, D, [[float(source.randrange(D)) for _ in range(M)] for _ in range(B)])

    yield given(
        "tiny", "Bins 1 and 3 of 4: ¼ and ¾, the left edges; with an offset inside the bin they would lie above, as midpoints at ⅜, ⅞.",
        ("tiny",), 4, [[1.0, 3.0]],
    )
    yield given("tiny-unsorted", "Sorted ascending: 0, ¼, ½.", ("tiny",), 4, [[2.0, 0.0, 1.0]])
    yield given("repeated", "The same bin three times stays three samples.", ("typical",), 4, [[3.0, 3.0, 0.0, 3.0]])
    yield given(
        "outer-bins", "The edges are the unshifted ones: 0, not -1e-6, and 127/128.",
        ("extreme",), 128, [[127.0, 0.0, 127.0, 0.0]],
    )
    yield given("one-bin", "Everything at 0.", ("extreme",), 1, [[0.0, 0.0, 0.0]])
    yield drawn("batch", "Each row sorted by itself.", ("batch",), 3, 128, 7)
    yield drawn("primes", "k/7 rounded once.", ("odd-extents", "batch"), 2, 7, 5)
    yield drawn("dialogue", "128 bins, 16 samples.", ("typical",), 1, 128, 16)
    yield drawn("more-samples-than-bins", "Many samples in few bins.", ("odd-extents",), 1, 3, 13)


def layer_weights(draw, N, e, affine, smooth):
    """Weights without bias with which means and variances differ between the queries."""
    inputs = layer_matrices(draw, e)
    if affine:
        inputs |= {"w_mu": draw.tensor(N, low=-1.0, high=1.0), "w_sigma": draw.tensor(N, low=-2.5, high=2.5)}
    if smooth:
        inputs |= smoothing(draw, e)
    return inputs


def layer_attributes(heads, N, widths, ridge, M, tau, affine, floor, smooth, sticky, bins):
    return {
        "heads": heads, "count": N, "widths": widths, "ridge": ridge, "samples": M, "tau": tau, "affine": affine,
        "variance_floor": floor, "smooth": smooth, "sticky": sticky, "bins": bins,
    }


def further_of_layer(draw, inputs, e, L, density=None, linear_mask=False, o=None):
    """What a case has beyond the layer's defaults: adds the inputs and returns the attributes."""
    if o:
        inputs["W_O"] = draw.tensor(e, o)
    if linear_mask:
        inputs |= {"W_mask": draw.tensor(L, L), "b_mask": draw.tensor(L)}
    return ({"linear_mask": True} if linear_mask else {}) | ({"density": density} if density else {})


def smooth_linear():
    equation = "inf-ref.smooth.linear"

    def drawn(name, note, flags, family, B, L, e, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"X": draw.tensor(B, L, e, low=-reach, high=reach), "W_mask": draw.tensor(L, L, low=-weight, high=weight), "b_mask": draw.tensor(L)}
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny-half", "y = 2·1 - 1·2 = 0 at both tokens: half of (1,2); with W as [out, in] y is 0 and -1.",
        ("tiny",), "dtype-exact", {}, {"X": [[[1.0], [2.0]]], "W_mask": [[2.0, -2.0], [-1.0, 1.0]], "b_mask": [0.0, 0.0]},
    )
    yield Case(
        equation, "tiny-bias", "No weights: (8 σ(1), 8 σ(-1)) = (5.8484…, 2.1515…): a bias of a token, not of a feature.",
        ("tiny",), "dtype-exact", {}, {"X": [[[8.0], [8.0]]], "W_mask": [[0.0, 0.0], [0.0, 0.0]], "b_mask": [1.0, -1.0]},
    )
    yield drawn("typical", "A map along the features.", ("typical",), "dtype-exact", 1, 4, 3)
    yield drawn("equal-extents", "L = e: only the values tell the axes apart.", ("typical",), "full-24", 1, 4, 4)
    yield drawn("equal-extents-53", "The weight as [out, in].", ("typical", "batch"), "full-53", 2, 5, 5)
    yield drawn("odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", 3, 7, 2)
    yield drawn("batch", "The gate of another batch element.", ("batch",), "full-24", 2, 4, 6)
    yield drawn("one-feature", "A single feature.", ("extreme",), "full-24", 2, 6, 1)
    yield drawn("saturated", "Arguments of tens: gates that are open or closed.", ("extreme",), "full-53", 1, 4, 3, reach=8.0, weight=4.0)


def read():
    equation = "inf-ref.read"

    def drawn(
        name, note, flags, family, B, T, N, e, o, widths, heads=1, affine=True, floor=2.0**-10, density="softmax", reach=1.5, mixed=False,
    ):
        draw = Draw(f"{equation}/{name}", family)
        wide = draw.wide() if mixed else draw
        inputs = {"X_query": draw.tensor(B, T, e, low=-reach, high=reach), "C": wide.tensor(B, N, e)}
        inputs |= layer_weights(draw, N, e, affine, smooth=False) | {"W_O": draw.tensor(e, o)}
        attributes = {
            "heads": heads, "count": N, "widths": widths, "affine": affine, "variance_floor": floor, "density": density,
        }
        return Case(equation, name, note, flags, family, attributes, inputs)

    one = {"X_query": [[[1.0]]], "C": [[[2.0]]], **{W: [[1.0]] for W in ("W_Q", "W_K", "W_V")}, "W_O": [[1.0, 3.0]]}
    still = {"w_mu": [0.0], "w_sigma": [0.0]}
    sole = {"heads": 1, "count": 1, "widths": [0.5], "affine": True, "variance_floor": 0.0, "density": "softmax"}
    yield Case(
        equation, "tiny-softmax", "mu = ½, var = ln 2, r = N(½; 0, ln 2 + ¼) = .3597…: Z = (2r, 6r), two columns from a width of one.",
        ("tiny",), "dtype-exact", sole, one | still,
    )
    yield Case(
        equation, "tiny-sparsemax", "The same through the parabola of half width (3/2 ln 2)^⅓ about ½.",
        ("tiny",), "dtype-exact", sole | {"density": "sparsemax"}, one | still,
    )
    yield drawn("typical", "A wider model than memory.", ("typical",), "full-24", 1, 3, 6, 4, 6, [0.1, 0.25], heads=2)
    yield drawn("narrower", "A narrower model than memory; √d for √dh.", ("typical", "batch"), "full-53", 2, 3, 5, 6, 2, [0.2], heads=3)
    yield drawn("sparsemax", "The Gaussian density.", ("typical",), "full-24", 1, 3, 6, 4, 4, [0.1, 0.25], heads=2, density="sparsemax")
    yield drawn(
        "sparsemax-batch", "A support that is cut to [0,1].", ("batch",), "full-53", 2, 4, 5, 4, 3, [0.2], heads=2, density="sparsemax",
    )
    yield drawn("moments", "The affine map.", ("typical",), "full-53", 1, 3, 6, 4, 5, [0.1, 0.25], heads=2, affine=False)
    yield drawn(
        "moments-sparsemax", "Moments for the parabola's scale.", ("odd-extents",), "full-24", 1, 5, 7, 3, 2, [0.15], affine=False, density="sparsemax",
    )
    yield drawn("floor", "A floor among the variances.", ("typical", "batch"), "full-24", 2, 6, 6, 4, 4, [0.1, 0.2], heads=2, floor=0.5)
    yield drawn("odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", 3, 7, 5, 3, 2, [0.2])
    yield drawn("one-query", "Token by token, as generating does.", ("extreme", "batch"), "full-53", 2, 1, 4, 4, 4, [0.2], heads=2)
    yield drawn("mixed", "Coefficients of 24 bits.", ("typical",), "dtype-exact", 1, 3, 4, 4, 6, [0.375], heads=2, mixed=True)
    yield drawn("mixed-batch", "The same in a batch.", ("batch",), "dtype-exact", 2, 2, 3, 4, 4, [0.375], heads=2, mixed=True)
    yield drawn("mixed-one-query", "The same for one token.", ("extreme",), "dtype-exact", 1, 1, 4, 4, 2, [0.375], heads=1, mixed=True)
    yield drawn("mixed-narrow", "The same from a narrow memory.", ("typical",), "dtype-exact", 1, 2, 3, 2, 3, [0.5], heads=1, mixed=True)


def layer():
    equation = "inf-ref.layer"

    def drawn(
        name, note, flags, family, B, T, L, N, e, M, widths, heads=1, ridge=1.0, tau=0.75, affine=True, floor=2.0**-10,
        smooth=False, sticky=False, bins=8, start=True, reach=1.5, mixed=False, **further,
    ):
        draw = Draw(f"{equation}/{name}", family)
        wide = draw.wide() if mixed else draw
        inputs = {"X_query": draw.tensor(B, T, e, low=-reach, high=reach), "X_new": draw.tensor(B, L, e, low=-reach, high=reach)}
        if start:
            inputs["C"] = wide.tensor(B, N, e, low=-1.0, high=1.0)
        inputs |= layer_weights(draw, N, e, affine, smooth)
        if sticky:
            inputs["b"] = [[float(draw.random.randrange(bins)) for _ in range(M)] for _ in range(B)]
        attributes = layer_attributes(heads, N, widths, ridge, M, tau, affine, floor, smooth, sticky, bins)
        attributes |= further_of_layer(draw, inputs, e, L, **further)
        return Case(equation, name, note, flags, family, attributes, inputs)

    yield drawn(
        "first-segment", "Nothing stored yet: the segment itself is read, regressed on midpoints with padding; the paper reads 0.",
        ("tiny",), "full-53", 1, 1, 2, 2, 2, 2, [0.25], start=False,
    )
    yield drawn(
        "typical", "The incoming memory attended instead of the updated one.",
        ("typical",), "full-24", 1, 3, 4, 6, 4, 6, [0.1, 0.25], heads=2,
    )
    yield drawn(
        "first-segment-batch", "Right ends i/L instead of midpoints; no padding.",
        ("typical", "batch"), "full-24", 2, 4, 6, 5, 4, 6, [0.2], heads=2, start=False,
    )
    yield drawn(
        "moments", "Density by moments: the affine map, or a floor on its variance.",
        ("typical",), "full-53", 2, 3, 4, 6, 4, 6, [0.1, 0.25], heads=2, affine=False, floor=0.5,
    )
    yield drawn(
        "moments-first-segment", "The same without a memory.",
        ("odd-extents",), "full-24", 1, 5, 4, 7, 6, 5, [0.15], heads=3, affine=False, start=False,
    )
    yield drawn(
        "sticky", "Left edges b/D sorted per batch element, re-placed evenly on (0,τ].",
        ("batch",), "full-53", 2, 3, 4, 6, 4, 7, [0.1, 0.2], heads=2, sticky=True, bins=16, tau=0.5,
    )
    yield drawn(
        "sticky-first-segment", "Bins given although nothing is stored: ignored.",
        ("typical",), "full-24", 1, 3, 4, 5, 3, 6, [0.2], sticky=True, start=False,
    )
    yield drawn(
        "smooth", "The gate on what is stored, not on the query or the resampled past.",
        ("batch",), "full-53", 2, 3, 6, 5, 4, 5, [0.2], heads=2, smooth=True,
    )
    yield drawn(
        "floor-reached-by-some", "A floor among the variances: ignored, added, or applied to all queries alike.",
        ("typical", "batch"), "full-24", 2, 6, 4, 6, 4, 6, [0.1, 0.2], heads=2, floor=0.5,
    )
    yield drawn(
        "odd-extents", "More queries than tokens; odd samples.",
        ("odd-extents",), "full-53", 1, 7, 2, 5, 6, 11, [0.15], heads=3, tau=0.6,
    )
    yield drawn(
        "sorting-widths", "The published sorting setting in small.",
        ("ill-conditioned",), "full-53", 1, 4, 8, 16, 6, 16, [0.01, 0.05], heads=2, floor=1e-6,
    )
    yield drawn(
        "dialogue-widths", "The published dialogue setting in small: sticky and smooth.",
        ("ill-conditioned",), "full-53", 1, 4, 8, 12, 4, 16, [0.005, 0.01], heads=2, ridge=0.5, tau=0.5, floor=1e-4,
        smooth=True, sticky=True, bins=128,
    )
    yield drawn(
        "mixed", "Samples of a seventh, coefficients of 24 bits: a regression, positions or a memory in 16 bits.",
        ("typical",), "dtype-exact", 1, 3, 4, 4, 4, 7, [0.375], heads=2, tau=0.7, mixed=True,
    )
    yield drawn(
        "mixed-first-segment", "Sixths of a first segment, with a batch.",
        ("batch",), "dtype-exact", 2, 2, 6, 4, 2, 5, [0.5], start=False, mixed=True,
    )
    yield drawn(
        "mixed-moments-sticky", "Densities by moments over positions of 24 bits; left edges of 5 bins.",
        ("odd-extents",), "dtype-exact", 1, 3, 4, 4, 4, 5, [0.375], heads=2, affine=False, sticky=True, bins=5, mixed=True,
    )
    yield drawn(
        "sparsemax", "The Gaussian density for the parabola.",
        ("typical",), "full-24", 1, 3, 4, 6, 4, 6, [0.1, 0.25], heads=2, density="sparsemax",
    )
    yield drawn(
        "sparsemax-moments-first-segment", "Moments as the parabola's scale, of a segment that is the memory.",
        ("batch",), "full-53", 2, 3, 4, 5, 4, 6, [0.2], heads=2, affine=False, start=False, density="sparsemax",
    )
    yield drawn(
        "linear-mask", "A mask along the features, or on the query and the resampled past.",
        ("typical",), "full-24", 1, 3, 4, 6, 4, 6, [0.1, 0.25], heads=2, linear_mask=True,
    )
    yield drawn(
        "linear-mask-first-segment", "No mask where nothing is stored yet; L = e.",
        ("batch",), "full-53", 2, 3, 4, 5, 4, 6, [0.2], heads=2, start=False, linear_mask=True,
    )
    yield drawn(
        "wide-output", "W_O leads from the memory's width to the model's.",
        ("odd-extents", "batch"), "full-53", 2, 3, 4, 5, 3, 7, [0.2], o=5,
    )


def rollout():
    equation = "inf-ref.rollout"

    def drawn(
        name, note, flags, family, S, B, T, L, N, e, M, widths, heads=1, ridge=1.0, tau=0.75, affine=True, floor=2.0**-10,
        smooth=False, sticky=False, bins=8, start=False, reset=0, mixed=False, begins=None, **further,
    ):
        draw = Draw(f"{equation}/{name}", family)
        wide = draw.wide() if mixed else draw
        inputs = {
            "X_query": draw.tensor(S, B, T, e, low=-1.5, high=1.5), "X_new": draw.tensor(S, B, L, e, low=-1.5, high=1.5),
        }
        if start:
            inputs["C_0"] = wide.tensor(B, N, e, low=-1.0, high=1.0)
        inputs |= layer_weights(draw, N, e, affine, smooth)
        if sticky:
            inputs["b"] = [[[float(draw.random.randrange(bins)) for _ in range(M)] for _ in range(B)] for _ in range(S)]
        attributes = layer_attributes(heads, N, widths, ridge, M, tau, affine, floor, smooth, sticky, bins) | {"reset": reset}
        attributes |= further_of_layer(draw, inputs, e, L, **further)
        if begins:
            inputs["new_doc"] = [float(s in begins) for s in range(S)]
        return Case(equation, name, note, ("rollout", *flags), family, attributes, inputs)

    yield drawn(
        "one-segment", "One segment from nothing is stored on midpoints, then read.",
        ("tiny",), "full-53", 1, 1, 2, 2, 2, 2, 2, [0.25],
    )
    yield drawn(
        "typical", "Five segments without a reset: the default of 2048 tokens is far away.",
        ("typical",), "full-24", 5, 1, 3, 4, 6, 4, 6, [0.1, 0.25], heads=2, reset=2048,
    )
    yield drawn(
        "reset-after-four", "reset = 4L, as 2048 is for 512 tokens: segment 5 starts from nothing, segment 6 does not.",
        ("typical",), "full-53", 6, 1, 3, 4, 5, 3, 5, [0.2], reset=16,
    )
    yield drawn(
        "reset-between", "reset = 2½ L: the memory is emptied before a segment once at least so many tokens are stored, after every third.",
        ("typical", "batch"), "full-24", 7, 2, 2, 4, 5, 4, 4, [0.2], heads=2, reset=10,
    )
    yield drawn(
        "reset-every-segment", "reset = 1: every segment starts from nothing, so C_S knows the last one only.",
        ("extreme",), "full-53", 5, 1, 3, 4, 5, 3, 5, [0.2], reset=1,
    )
    yield drawn(
        "from-a-memory", "With C_0 the counter still starts at 0: segment 4 is the first to start from nothing.",
        ("odd-extents",), "full-53", 5, 1, 3, 2, 5, 3, 7, [0.2], start=True, reset=6,
    )
    yield drawn(
        "sticky", "b of the wrong segment; b of segment 1 is ignored.",
        ("typical",), "full-24", 5, 1, 3, 4, 6, 4, 6, [0.1, 0.25], heads=2, sticky=True, bins=16,
    )
    yield drawn(
        "sticky-reset", "b of segments 1 and 4 is ignored: they start from nothing.",
        ("batch",), "full-53", 6, 2, 2, 4, 5, 4, 5, [0.2], heads=2, sticky=True, reset=12,
    )
    yield drawn(
        "moments", "Five segments with densities by moments.",
        ("typical",), "full-53", 5, 1, 3, 4, 6, 4, 6, [0.1, 0.25], heads=2, affine=False,
    )
    yield drawn(
        "smooth", "Stored tokens gated, the first segment's as well.",
        ("batch",), "full-24", 5, 2, 2, 4, 5, 3, 5, [0.2], smooth=True,
    )
    yield drawn(
        "long", "Nine segments: drift of the carried coefficients.",
        ("odd-extents",), "full-53", 9, 1, 3, 2, 5, 4, 7, [0.2], heads=2,
    )
    yield drawn(
        "sorting-widths", "The published sorting setting in small.",
        ("ill-conditioned",), "full-53", 5, 1, 3, 8, 12, 4, 16, [0.01, 0.05], heads=2, floor=1e-6,
    )
    yield drawn(
        "dialogue-widths", "The published dialogue setting in small: sticky, 128 bins, reset after four segments.",
        ("ill-conditioned",), "full-53", 6, 1, 3, 8, 12, 4, 12, [0.005, 0.01], heads=2, ridge=0.5, tau=0.5, floor=1e-4,
        sticky=True, bins=128, reset=32,
    )
    yield drawn(
        "mixed", "Five segments over coefficients of 24 bits: a memory that is rounded to 16 between the segments.",
        ("typical",), "dtype-exact", 5, 1, 3, 4, 4, 4, 7, [0.375], heads=2, tau=0.7, start=True, mixed=True,
    )
    yield drawn(
        "mixed-two-segments", "Two segments that keep more of the past: positions in 16 bits.",
        ("typical",), "dtype-exact", 2, 1, 3, 4, 4, 4, 7, [0.375], heads=2, tau=0.8, start=True, mixed=True,
    )
    yield drawn(
        "mixed-from-nothing", "From nothing, with a reset: first segments at sixths, their regression in 16 bits.",
        ("batch",), "dtype-exact", 3, 2, 2, 6, 4, 2, 5, [0.5], reset=12, mixed=True,
    )
    yield drawn(
        "mixed-sticky", "Left edges of 5 bins.",
        ("odd-extents",), "dtype-exact", 3, 1, 3, 4, 4, 4, 5, [0.375], heads=2, start=True, sticky=True, bins=5, mixed=True,
    )
    yield drawn(
        "new-documents", "Documents begin with segments 1, 3 and 4: the memory is empty before, not after, them.",
        ("typical",), "full-24", 6, 1, 3, 4, 5, 3, 5, [0.2], begins={0, 2, 3},
    )
    yield drawn(
        "new-document-and-reset", "A document's beginning starts the counter again: with reset = 3L segment 6 is the next to start from nothing.",
        ("batch",), "full-53", 6, 2, 2, 4, 5, 4, 5, [0.2], heads=2, start=True, reset=12, begins={2},
    )
    yield drawn(
        "no-new-document", "Flags that are all 0, of which the first finds C_0.",
        ("odd-extents",), "full-53", 5, 1, 3, 2, 5, 3, 7, [0.2], start=True, begins={9},
    )
    yield drawn(
        "sparsemax-linear-mask-wide-output", "Attributes that are not handed on.",
        ("typical",), "full-24", 5, 1, 3, 4, 6, 4, 6, [0.1, 0.25], heads=2, density="sparsemax", linear_mask=True, o=6,
    )
