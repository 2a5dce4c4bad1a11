"""The cases of the ∞-former's gate, basis, regression and signal: extents, families, and the mistake each is there to catch."""

from case import Case, Draw
from infinity_inputs import basis, psi_of, rounded, segment


def all_cases():
    yield from smooth_gate()
    yield from basis_grid()
    yield from basis_evaluate()
    yield from positions_segment()
    yield from regression_operator()
    yield from regression_coefficients()
    yield from signal_evaluate()


def smooth_gate():
    equation = "inf.smooth.gate"

    def drawn(name, note, flags, family, B, L, e, reach=1.5, weight=0.75):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "X": draw.tensor(B, L, e, low=-reach, high=reach),
            "W_conv": draw.tensor(e, e, 3, low=-weight, high=weight),
            "b_conv": draw.tensor(e, low=-weight, high=weight),
        }
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny-first-tap",
        "Only tap 0 is 1: y_i = X_(i-1), so y = 0, 1, 2 and X_s = σ(0)·1, σ(1)·2, σ(2)·4; a reversed kernel reads X_(i+1).",
        ("tiny",), "dtype-exact", {}, {"X": [[[1.0], [2.0], [4.0]]], "W_conv": [[[1.0, 0.0, 0.0]]], "b_conv": [0.0]},
    )
    yield Case(
        equation, "tiny-last-tap", "Only tap 2 is 1: y_i = X_(i+1), so y = 2, 4, 0 past the end; b = -1 shifts each.",
        ("tiny",), "dtype-exact", {}, {"X": [[[1.0], [2.0], [4.0]]], "W_conv": [[[0.0, 0.0, 1.0]]], "b_conv": [-1.0]},
    )
    yield Case(
        equation, "tiny-channels",
        "One token, so only the middle tap acts: W[o,c] = [[1,2],[0,1]], X = (1,2): y = (5,2); in/out exchanged gives (1,4).",
        ("tiny",), "dtype-exact", {},
        {
            "X": [[[1.0, 2.0]]],
            "W_conv": [[[9.0, 1.0, 9.0], [9.0, 2.0, 9.0]], [[9.0, 0.0, 9.0], [9.0, 1.0, 9.0]]],
            "b_conv": [0.0, 0.0],
        },
    )
    yield drawn("typical", "The gate applied to the convolution's output instead of X.", ("typical",), "dtype-exact", 1, 6, 4)
    yield drawn("odd-extents", "Taps, inputs and outputs exchanged: extents 7 and 5.", ("odd-extents",), "full-53", 1, 7, 5)
    yield drawn(
        "width-3", "e = 3 equals the number of taps: only the values tell the axes apart.",
        ("typical",), "full-24", 1, 5, 3,
    )
    yield drawn("batch", "Neighbours taken across batch elements.", ("batch",), "full-53", 3, 4, 4)
    yield drawn("one-token", "L = 1: both neighbours are outside.", ("extreme",), "full-24", 2, 1, 3)
    yield drawn(
        "two-tokens", "L = 2: each token has one neighbour; a wrap-around convolution gives it two.",
        ("extreme",), "dtype-exact", 2, 2, 3,
    )
    yield drawn("saturated", "Gates saturated at both ends.", ("extreme",), "full-53", 1, 5, 3, reach=12.0, weight=4.0)
    yield drawn("width-1", "A single channel, prime length.", ("odd-extents", "batch"), "full-24", 2, 11, 1)
    draw = Draw(f"{equation}/overflowing", "full-24")
    yield Case(
        equation, "overflowing", "y near 115, 800 and their negatives: e^x/(1+e^x) overflows, 800 in float64 as well.",
        ("extreme",), "full-24", {},
        {
            "X": draw.tensor(1, 5, 4, low=-1.5, high=1.5),
            "W_conv": draw.tensor(4, 4, 3, low=-2.0, high=2.0),
            "b_conv": [115.0, 800.0, -115.0, -800.0],
        },
    )


def basis_grid():
    def of(name, note, flags, count, widths):
        return Case("inf.basis.grid", name, note, flags, "dtype-exact", {"count": count, "widths": widths}, {})

    yield of(
        "tiny", "Centres 0 and 1, each with widths ½ and ¼: mu_j = 0,0,1,1 and sigma_j = ½,¼,½,¼.",
        ("tiny",), 4, [0.5, 0.25],
    )
    yield of("three-centres", "0, ½, 1: a grid without its ends, or i/N.", ("tiny",), 3, [0.125])
    yield of("sole-centre", "One centre is 0, not ½.", ("extreme",), 1, [0.25])
    yield of("sole-centre-two-widths", "One centre with two widths.", ("extreme",), 2, [0.01, 0.05])
    yield of(
        "dialogue", "The published dialogue widths, small: widths outer and centres inner instead.",
        ("typical",), 16, [0.005, 0.01],
    )
    yield of("sorting", "The published sorting widths: decreasing or sorted differently.", ("typical",), 24, [0.01, 0.05])
    yield of("three-widths", "Three widths, five centres: quarters are exact.", ("odd-extents",), 15, [0.02, 0.1, 0.3])
    yield of("descending-widths", "The widths stay in the order given.", ("odd-extents",), 14, [0.3, 0.07])
    yield of("sevenths", "Centres i/7: an accumulated step drifts, and the last must be exactly 1.", ("odd-extents",), 8, [0.1])
    yield of("many-centres", "Centres i/61.", ("odd-extents",), 62, [1.0])
    yield of("repeated-width", "The same width twice gives equal neighbours.", ("extreme",), 6, [0.05, 0.05])
    yield of("accumulated-step", "i/567: a step of 1/567 added up drifts by a hundred roundings.", ("extreme",), 568, [0.25])


def basis_evaluate():
    equation = "inf.basis.evaluate"

    def given(name, note, flags, family, t, mu_j, sigma_j):
        return Case(equation, name, note, flags, family, {}, {"t": t, "mu_j": mu_j, "sigma_j": sigma_j})

    def drawn(name, note, flags, family, P, N, B=0, narrowest=0.0625, widest=0.5, low=0.0, high=1.0):
        draw = Draw(f"{equation}/{name}", family)
        t = draw.tensor(*((B, P) if B else (P,)), low=low, high=high)
        return given(name, note, flags, family, t, draw.tensor(N, low=0.0, high=1.0), draw.tensor(N, low=narrowest, high=widest))

    yield given(
        "tiny", "One deviation away with sigma = ¼: 4·e^(-1/2)/√(2π) = .9678828981…; without the factor 1/sigma .2419….",
        ("tiny",), "dtype-exact", [0.75], [0.5], [0.25],
    )
    yield drawn("typical", "Variance taken for deviation.", ("typical",), "dtype-exact", 6, 4)
    yield drawn("odd-extents", "psi transposed: [7,5], not [5,7].", ("odd-extents",), "full-53", 7, 5)
    yield drawn("square", "P = N: only the values tell psi from its transpose.", ("typical",), "full-24", 5, 5)
    yield drawn(
        "batched-positions", "t [B,P]: positions of the first batch element used for all.",
        ("batch",), "full-24", 4, 3, B=3,
    )
    yield drawn("batched-positions-exact", "t [B,P] with B = P = N.", ("batch",), "dtype-exact", 3, 3, B=3)
    yield drawn("batched-positions-odd", "t [B,P] of prime extents.", ("batch", "odd-extents"), "full-53", 7, 5, B=2)
    yield given(
        "dialogue-widths", "Widths .005 and .01: arguments of the exponential down to -20000, values that underflow to 0.",
        ("extreme",), "full-53", segment(6, "full-53"), *basis(8, [0.005, 0.01], "full-53").values(),
    )
    yield given(
        "sorting-widths-24", "Widths .01 and .05 in float32: the square of t - mu_j formed as t² - 2t·mu_j + mu_j².",
        ("typical",), "full-24", segment(9, "full-24"), *basis(8, [0.01, 0.05], "full-24").values(),
    )
    yield drawn("outside", "Positions outside [0,1], as padding uses them.", ("extreme",), "full-53", 5, 4, low=-1.5, high=2.5)
    yield drawn(
        "near-centres", "Very wide functions: almost flat, so the normalisation is all there is.",
        ("extreme",), "full-24", 4, 3, narrowest=4.0, widest=32.0,
    )

    def beside_centres(name, note, family):
        draw = Draw(f"{equation}/{name}", family)
        mu_j = [*draw.tensor(2, low=0.3, high=0.6), *draw.tensor(2, low=0.6, high=0.9)]
        sigma_j = [rounded(s, family) for s in (0.005, 0.01, 0.005, 0.01)]
        distances = (-2.0, -0.5, -0.01, 0.1, 1.0), (2.0, 0.5, 0.01, -0.1, -1.0)
        t = [rounded(m + s * x, family) for j, (m, s) in enumerate(zip(mu_j, sigma_j)) for x in distances[j % 2]]
        return given(name, note, ("ill-conditioned",), family, t, mu_j, sigma_j)

    yield beside_centres(
        "beside-narrow-centres", "Within two deviations of .005 and .01: t² - 2t·mu_j + mu_j² for (t - mu_j)².", "full-53",
    )
    yield beside_centres("beside-narrow-centres-24", "The same in float32.", "full-24")


def positions_segment():
    def of(name, note, flags, length):
        return Case("inf.positions.segment", name, note, flags, "dtype-exact", {"length": length}, {})

    yield of("tiny-1", "One token sits at 1, not at 0 or ½.", ("tiny",), 1)
    yield of("tiny-2", "½ and 1: from 0, or half-cell centres.", ("tiny",), 2)
    yield of("tiny-4", "¼, ½, ¾, 1.", ("tiny",), 4)
    yield of("thirds", "1/3 rounded once.", ("odd-extents",), 3)
    yield of("sevenths", "i/7: a step of 1/7 added up drifts.", ("odd-extents",), 7)
    yield of("49", "49·(1/49) is not 1: the quotient must be rounded once.", ("odd-extents",), 49)
    yield of("typical", "Sixteen tokens, exact.", ("typical",), 16)
    yield of("prime", "A prime length.", ("odd-extents",), 97)
    yield of("512", "The published dialogue segment.", ("typical", "extreme"), 512)
    yield of("accumulated-step", "i/567: a step of 1/567 added up drifts by a hundred roundings.", ("extreme",), 567)


def regression_operator():
    equation = "inf.regression.operator"

    def given(name, note, flags, family, psi, ridge):
        return Case(equation, name, note, flags, family, {"ridge": ridge}, {"psi": psi})

    def drawn(name, note, flags, family, P, N, ridge, low=-1.0, high=1.0):
        return given(name, note, flags, family, Draw(f"{equation}/{name}", family).tensor(P, N, low=low, high=high), ridge)

    def of_basis(name, note, flags, family, P, N, widths, ridge):
        return given(
            name, note, flags, family, psi_of(segment(P, "full-53"), *basis(N, widths, "full-53").values(), family), ridge,
        )

    yield given(
        "tiny-one-function", "F = (1 2), λ = 1: F Fᵀ + λ = 6, so G = (1/6, 1/3); λ forgotten gives 1/5, λ² or λP something else.",
        ("tiny",), "dtype-exact", [[1.0], [2.0]], 1.0,
    )
    yield given(
        "tiny-two-functions",
        "psi = [[1,1],[0,1]], λ = 1: F Fᵀ + λI = [[2,1],[1,3]], inverse [[3,-1],[-1,2]]/5, G = [[2,1],[-1,2]]/5: Gᵀ for G.",
        ("tiny",), "dtype-exact", [[1.0, 1.0], [0.0, 1.0]], 1.0,
    )
    yield drawn("typical", "F Fᵀ exchanged with Fᵀ F, or a missing transpose.", ("typical",), "dtype-exact", 8, 4, 0.5)
    yield drawn(
        "more-functions-than-positions", "N > P: without λ the system is singular.",
        ("odd-extents",), "dtype-exact", 3, 7, 0.25,
    )
    yield drawn(
        "odd-extents", "λ of 1/3, which no dtype holds: ridge rounded to float32.",
        ("odd-extents",), "full-53", 11, 5, 1 / 3,
    )
    yield drawn(
        "positive-entries", "Entries of one sign: a strong common component.",
        ("odd-extents",), "full-24", 7, 5, 0.75, low=0.25, high=2.0,
    )
    # Positions lie densely enough for every function to see several: a function that sees almost none makes F Fᵀ graded, and then
    # LU with row exchanges, which is honest, is worse than entry-wise perturbations of F Fᵀ say.
    yield of_basis(
        "dialogue-widths", "The published dialogue widths and λ: the push-through form loses thousands of times more.",
        ("typical",), "full-24", 96, 16, [0.005, 0.01], 0.5,
    )
    yield of_basis("sorting-widths", "The published sorting widths at λ = 1.", ("typical",), "full-53", 24, 16, [0.01, 0.05], 1.0)
    yield of_basis(
        "sorting-widths-24", "The same in float32, more positions than functions by four.",
        ("typical",), "full-24", 48, 12, [0.01, 0.05], 1.0,
    )
    yield of_basis(
        "broad-functions", "Overlapping functions: nearly dependent columns.",
        ("ill-conditioned",), "full-53", 13, 10, [0.05, 0.1], 4.0,
    )
    yield of_basis(
        "narrow-32", "N = 32 at widths .005 and .01: condition of tens of thousands; a float32 solve for a float64 one.",
        ("ill-conditioned",), "full-53", 128, 32, [0.005, 0.01], 0.5,
    )
    yield of_basis(
        "sorting-24", "N = 24 at widths .01 and .05, whose wide functions overlap; λ = 16, so that a plain inverse passes.",
        ("ill-conditioned", "extreme"), "full-53", 48, 24, [0.01, 0.05], 16.0,
    )
    yield of_basis(
        "narrow-48", "N = 48: the largest system here.", ("ill-conditioned", "extreme"), "full-53", 120, 48, [0.005, 0.01], 0.5
    )
    yield drawn(
        "large-ridge", "λ of 1024 dominates: G is almost psi/λ, and a relative ridge shows.",
        ("extreme",), "full-24", 6, 5, 1024.0,
    )
    yield drawn(
        "small-ridge", "λ of 2⁻¹⁰, small beside F Fᵀ: λ added twice or dropped.",
        ("extreme",), "dtype-exact", 5, 3, 2.0**-10,
    )


def regression_coefficients():
    equation = "inf.regression.coefficients"

    def drawn(name, note, flags, family, B, P, N, e, reach=2.0, mixed=False):
        draw = Draw(f"{equation}/{name}", family)
        wide = draw.wide() if mixed else draw
        inputs = {"X": draw.tensor(B, P, e, low=-reach, high=reach), "G": wide.tensor(P, N, low=-0.5, high=0.5)}
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny", "G = [[1,2],[0,3]], x = (4,1): C = Gᵀx = (4,11); G x gives (6,3).",
        ("tiny",), "dtype-exact", {}, {"X": [[[4.0], [1.0]]], "G": [[1.0, 2.0], [0.0, 3.0]]},
    )
    yield drawn("typical", "X G instead of Gᵀ X.", ("typical",), "dtype-exact", 1, 6, 4, 3)
    yield drawn("square", "P = N = e: only the values tell.", ("typical",), "full-24", 1, 5, 5, 5)
    yield drawn("odd-extents", "Prime extents.", ("odd-extents",), "full-53", 1, 7, 5, 3)
    yield drawn("batch", "Signals of the batch mixed.", ("batch",), "full-53", 3, 4, 6, 2)
    yield drawn("batch-24", "Products rounded to TF32 for float32.", ("batch", "odd-extents"), "full-24", 2, 11, 3, 5)
    yield drawn("one-position", "A single position.", ("extreme",), "full-53", 2, 1, 5, 3)
    yield drawn("one-function", "A single basis function.", ("extreme",), "dtype-exact", 1, 5, 1, 4)
    yield drawn("large-signal", "A signal of thousands.", ("extreme",), "full-24", 1, 8, 4, 3, reach=4096.0)
    yield drawn("long-signal", "Forty positions summed per coefficient.", ("typical",), "full-53", 1, 40, 4, 2)
    yield drawn("mixed", "An operator of 24 bits on a signal of 8: products of 16 bits.", ("batch",), "dtype-exact", 2, 13, 5, 3, mixed=True)


def signal_evaluate():
    equation = "inf.signal.evaluate"

    def drawn(name, note, flags, family, B, P, N, e, per_batch=False, reach=2.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "C": draw.tensor(B, N, e, low=-reach, high=reach),
            "psi": draw.tensor(*((B, P, N) if per_batch else (P, N)), low=0.0, high=4.0),
        }
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny", "psi = [[1,2],[0,3]], C = (4,1): psi C = (6,3); psiᵀ C gives (4,11).",
        ("tiny",), "dtype-exact", {}, {"C": [[[4.0], [1.0]]], "psi": [[1.0, 2.0], [0.0, 3.0]]},
    )
    yield drawn("typical", "Positions and basis functions exchanged.", ("typical",), "dtype-exact", 1, 6, 4, 3)
    yield drawn("square", "P = N = e: only the values tell.", ("typical",), "full-24", 1, 5, 5, 5)
    yield drawn("odd-extents", "Prime extents.", ("odd-extents",), "full-53", 1, 7, 5, 3)
    yield drawn("batch", "One psi for all batch elements.", ("batch",), "full-24", 3, 4, 6, 2)
    yield drawn(
        "batched-psi", "psi [B,P,N]: the first element's used for all.",
        ("batch",), "full-53", 3, 4, 5, 2, per_batch=True,
    )
    yield drawn(
        "batched-psi-cube", "B = P = N = e: a batch axis taken for a position axis.",
        ("batch",), "dtype-exact", 3, 3, 3, 3, per_batch=True,
    )
    yield drawn("one-position", "A single position.", ("extreme",), "full-24", 2, 1, 5, 3, per_batch=True)
    yield drawn("one-function", "A single basis function.", ("extreme",), "dtype-exact", 2, 5, 1, 3)
    yield drawn(
        "large-coefficients", "Coefficients of thousands that cancel.",
        ("extreme", "odd-extents"), "full-53", 1, 5, 11, 3, reach=4096.0,
    )
    draw = Draw(f"{equation}/many-functions", "dtype-exact")
    yield Case(
        equation, "many-functions", "1024 equal terms: a sum kept in bfloat16 stops growing, one kept in float16 loses a tenth.",
        ("extreme",), "dtype-exact", {},
        {"C": draw.tensor(1, 1024, 1, low=1.125, high=1.234375), "psi": [[2.0**-10] * 1024]},
    )
