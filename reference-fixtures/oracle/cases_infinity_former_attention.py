"""The cases of the ∞-former's attention: projections, scores, densities, expectations, context, regulariser."""

from case import Case, Draw
from infinity_inputs import basis, distant_basis, rounded
from nested import each


def all_cases():
    yield from attention_project()
    yield from attention_scores()
    yield from attention_density()
    yield from attention_density_moments()
    yield from expectations("inf.attention.basis_expectation", EXPECTATION_TINY)
    yield from expectations("inf.attention.expectation_jacobian", JACOBIAN_TINY)
    yield from attention_context()
    yield from attention_combine()
    yield from regulariser_kl()


def attention_project():
    equation = "inf.attention.project"

    def drawn(name, note, flags, family, B, L, N, e, reach=1.0, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "X": draw.tensor(B, L, e, low=-reach, high=reach),
            "C": draw.tensor(B, N, e, low=-reach, high=reach),
            **{W: draw.tensor(e, e, low=-weight, high=weight) for W in ("W_Q", "W_K", "W_V")},
        }
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny-width-2",
        "X = (1,2): Q = (7,10), a transposed W_Q gives (5,11); C = (2,-1): K = (-1,2), V = (3,4).",
        ("tiny",), "dtype-exact", {},
        {
            "X": [[[1.0, 2.0]]], "C": [[[2.0, -1.0]]],
            "W_Q": [[1.0, 2.0], [3.0, 4.0]], "W_K": [[0.0, 1.0], [1.0, 0.0]], "W_V": [[2.0, 1.0], [1.0, -2.0]],
        },
    )
    yield drawn("typical", "K or V from X instead of C.", ("typical",), "dtype-exact", 1, 4, 6, 8)
    yield drawn("equal-extents", "L = N = e: only the values tell an exchange.", ("typical",), "full-24", 1, 5, 5, 5)
    yield drawn("odd-extents", "Prime, unequal extents.", ("odd-extents",), "full-53", 1, 3, 11, 7)
    yield drawn("batch", "One memory for the whole batch.", ("batch",), "full-53", 3, 2, 5, 4)
    yield drawn("batch-24", "Products rounded to TF32 or bfloat16 for float32.", ("batch", "odd-extents"), "full-24", 2, 7, 3, 13)
    yield drawn("one-token", "A single token.", ("extreme",), "dtype-exact", 2, 1, 4, 3)
    yield drawn("one-function", "A single basis function.", ("extreme",), "full-24", 2, 4, 1, 3)
    yield drawn(
        "wide-range", "Entries up to 500: cancellation inside each product sum.",
        ("extreme",), "full-53", 1, 4, 3, 12, reach=500.0, weight=30.0,
    )


def attention_scores():
    equation = "inf.attention.scores"

    def drawn(name, note, flags, family, B, L, N, e, heads, reach=2.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"Q": draw.tensor(B, L, e, low=-reach, high=reach), "K": draw.tensor(B, N, e, low=-reach, high=reach)}
        return Case(equation, name, note, flags, family, {"heads": heads}, inputs)

    yield Case(
        equation, "tiny-two-heads",
        "dh = 4: head 0 gives (1·2+3·4)/2 = 7, head 1 (5·1)/2 = 2.5; the scale 1/√8 gives 4.95….",
        ("tiny",), "dtype-exact", {"heads": 2},
        {"Q": [[[1.0, 0.0, 3.0, 0.0, 5.0, 0.0, 0.0, 1.0]]], "K": [[[2.0, 1.0, 4.0, 0.0, 1.0, 3.0, 2.0, 0.0]]]},
    )
    yield drawn(
        "typical", "A softmax over the basis functions: these are plain scores.",
        ("typical",), "dtype-exact", 1, 4, 6, 4, 1,
    )
    yield drawn("two-heads", "Heads interleaved.", ("typical",), "full-24", 1, 5, 6, 8, 2)
    yield drawn(
        "three-heads-odd-extents", "dh = 5: 1/√5 rounded to float32.",
        ("odd-extents", "batch"), "full-53", 2, 5, 7, 15, 3,
    )
    yield drawn("square", "L = N: only the values tell S from its transpose.", ("typical",), "full-24", 2, 5, 5, 6, 2)
    yield drawn("batch", "Keys of one batch element for all.", ("batch",), "full-53", 3, 2, 4, 6, 1)
    yield drawn("head-per-column", "dh = 1: no scale at all.", ("extreme",), "dtype-exact", 1, 3, 4, 5, 5)
    yield drawn("heads-equal-tokens", "H = L = N: axes H, L, N exchanged.", ("batch",), "full-53", 2, 3, 3, 6, 3)
    yield drawn("large", "Scores of thousands.", ("extreme",), "full-24", 1, 3, 4, 8, 2, reach=100.0)
    yield drawn("one-function", "A single basis function.", ("extreme",), "full-53", 1, 4, 1, 3, 1)


def attention_density():
    equation = "inf.attention.density"

    def drawn(name, note, flags, family, B, H, L, N, floor=0.0, reach=2.0, weight=0.5, b_mu=0.25, b_sigma=-2.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "S": draw.tensor(B, H, L, N, low=-reach, high=reach),
            "w_mu": draw.tensor(N, low=-weight, high=weight),
            "w_sigma": draw.tensor(N, low=-weight, high=weight),
            "b_mu": b_mu,
            "b_sigma": b_sigma,
        }
        return Case(equation, name, note, flags, family, {"variance_floor": floor}, inputs)

    def of_one_score(name, note, flags, S, floor=0.0):
        inputs = {"S": [[[[s] for s in S]]], "w_mu": [1.0], "w_sigma": [2.0], "b_mu": 1.0, "b_sigma": -1.0}
        return Case(equation, name, note, flags, "dtype-exact", {"variance_floor": floor}, inputs)

    yield of_one_score(
        "tiny", "S = ½: mu = σ(1.5) = .8175744761…, var = softplus(0) = ln 2 = .6931471805…; a forgotten b_sigma gives 1.3132….",
        ("tiny",), [0.5],
    )
    yield of_one_score(
        "tiny-floor", "S = ½ and -4 with floor ¼: ln 2 stays, softplus(-9) = .000123… becomes exactly ¼.",
        ("tiny",), [0.5, -4.0], floor=0.25,
    )
    yield drawn("typical", "w_mu and w_sigma exchanged.", ("typical",), "dtype-exact", 1, 2, 4, 6)
    yield drawn("odd-extents", "The sum over the wrong axis.", ("odd-extents",), "full-53", 1, 3, 5, 7)
    yield drawn(
        "equal-extents", "H = L = N: only the values tell the axes apart.",
        ("batch",), "full-24", 2, 3, 3, 3, b_mu=-0.375,
    )
    yield drawn(
        "batch", "A softmax of the scores before the projection.",
        ("batch",), "full-53", 3, 1, 4, 5, b_mu=0.3, b_sigma=-1.7,
    )
    yield drawn(
        "floor-reached-by-some", "The authors' clamp at 1e-4 where some variances are below it: added instead of a maximum.",
        ("typical",), "full-53", 1, 2, 5, 8, floor=1e-4, weight=2.0, b_sigma=-8.0,
    )
    yield drawn(
        "floor-for-float32", "The floor 1e-6, which no dtype holds exactly.",
        ("extreme",), "full-24", 1, 2, 4, 5, floor=1e-6, weight=2.0, b_sigma=-13.0,
    )
    yield drawn(
        "inactive-floor", "A floor below every variance changes nothing.",
        ("typical", "batch"), "dtype-exact", 2, 2, 3, 4, floor=2.0**-10,
    )
    yield drawn(
        "saturated", "Scores of hundreds: mu saturates at both ends, softplus is x itself or e^x.",
        ("extreme",), "full-24", 1, 2, 5, 4, reach=60.0,
    )
    yield drawn(
        "saturated-53", "softplus(-300) = 5e-131: log(1 + e^x) without log1p gives 0.",
        ("extreme",), "full-53", 1, 1, 6, 3, reach=300.0, weight=0.7,
    )
    yield drawn(
        "small-variance", "softplus of -20: its digits are those of e^-20, not of 1 + e^-20.",
        ("extreme",), "full-53", 1, 2, 3, 5, b_sigma=-20.0,
    )

    def of_logits(name, note, family, pairs):
        """Scores whose two logits, of mu and of var, are near the given pairs: w_mu and w_sigma are (almost) unit vectors."""
        draw = Draw(f"{equation}/{name}", family)
        S = [[m + x for m, x in zip(pair, draw.tensor(2, low=0.25, high=0.75))] for pair in pairs]
        inputs = {
            "S": [[each(lambda x: rounded(x, family), S)]],
            "w_mu": [1.0, *draw.tensor(1, low=0.0005, high=0.001)],
            "w_sigma": [*draw.tensor(1, low=0.0005, high=0.001), 1.0],
            "b_mu": 0.25,
            "b_sigma": -0.25,
        }
        return Case(equation, name, note, ("extreme",), family, {"variance_floor": 0.0}, inputs)

    yield of_logits(
        "overflowing-24", "Logits of 100 and 120, for mu and for var: e^x/(1+e^x) is NaN and log1p(e^x) infinite in float32.",
        "full-24", [(100.0, 1.0), (120.0, -2.0), (-100.0, 3.0), (2.0, 100.0), (-1.0, 120.0), (0.5, -60.0)],
    )
    yield of_logits(
        "overflowing-53", "Logits of 800: the same in float64.",
        "full-53", [(800.0, 1.0), (750.0, -2.0), (-800.0, 3.0), (2.0, 800.0), (-1.0, 750.0), (0.5, -600.0)],
    )


def attention_density_moments():
    equation = "inf.attention.density_moments"

    def drawn(name, note, flags, family, B, H, L, N, reach=2.0, widths=None, mixed=False, distant=False):
        draw = Draw(f"{equation}/{name}", family)
        family_of_wide = "full-24" if mixed else family
        S = draw.tensor(B, H, L, N, low=-reach, high=reach)
        if distant:
            grid = distant_basis(N, draw.wide())
        elif widths:
            grid = basis(N, widths, family_of_wide)
        else:
            grid = {"mu_j": draw.tensor(N, low=0.0, high=1.0), "sigma_j": draw.tensor(N, low=0.03125, high=0.25)}
        return Case(equation, name, note, flags, family, {}, {"S": S, **grid})

    yield Case(
        equation, "tiny", "Equal scores: mu = ½, var = ½·(0+¼) + ½·(1+¼) - ¼ = ½; the deviations forgotten give ¼.",
        ("tiny",), "dtype-exact", {}, {"S": [[[[3.0, 3.0]]]], "mu_j": [0.0, 1.0], "sigma_j": [0.5, 0.5]},
    )
    yield drawn("typical", "sigma_j for sigma_j².", ("typical",), "dtype-exact", 1, 2, 4, 6)
    yield drawn("odd-extents", "The softmax over queries instead of basis functions.", ("odd-extents",), "full-53", 1, 3, 5, 7)
    yield drawn("equal-extents", "H = L = N.", ("batch",), "full-24", 2, 3, 3, 3)
    yield drawn("batch", "mu² of another token subtracted.", ("batch",), "full-53", 3, 2, 2, 5)
    yield drawn("dialogue-widths", "The published dialogue basis.", ("typical",), "full-53", 1, 2, 3, 16, widths=[0.005, 0.01])
    yield drawn(
        "dialogue-widths-24", "The same in float32, where the subtraction of mu² loses digits.",
        ("ill-conditioned",), "full-24", 1, 2, 3, 16, widths=[0.005, 0.01],
    )
    yield drawn(
        "mixed", "Scores of 16 bits over a basis of 24: a difference of moments in 16 bits.",
        ("batch",), "dtype-exact", 2, 2, 3, 8, widths=[0.1, 0.2], mixed=True,
    )
    yield drawn(
        "mixed-narrow", "The same where the variance is small beside the mean's square.",
        ("odd-extents",), "dtype-exact", 1, 3, 5, 7, distant=True,
    )
    yield drawn(
        "sharp", "One weight is almost 1: the variance is a small difference of large terms.",
        ("extreme", "ill-conditioned"), "full-53", 1, 1, 4, 6, reach=40.0,
    )
    yield drawn(
        "scores-of-thousands", "The maximum not subtracted in the softmax.",
        ("extreme",), "full-24", 1, 1, 3, 4, reach=2000.0,
    )
    yield drawn("one-function", "One basis function: mu = mu_j, var = sigma_j².", ("extreme",), "full-53", 2, 1, 3, 1)


EXPECTATION_TINY = "mu - mu_j = ½, var + sigma_j² = ¼: e^(-1/2)·2/√(2π) = .4839414490…; deviations added instead give .4467…."
JACOBIAN_TINY = "k = ¾, δ = -⅜, r = .4839…: J_0 = rδ = -.18147…, J_1 = r(δ(2mu+δ) - k·var) = -.3629560867…; no k·var: -.2949…."


def expectations(equation, tiny_note):
    """The expectation of the basis and its Jacobian have the same inputs."""

    def drawn(name, note, flags, family, B, H, L, N, least=0.01, most=0.25, widths=None, reach=(0.05, 0.95)):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "mu": draw.tensor(B, H, L, low=reach[0], high=reach[1]),
            "var": draw.tensor(B, H, L, low=least, high=most),
        }
        if widths:
            inputs |= basis(N, widths, family)
        else:
            inputs |= {"mu_j": draw.tensor(N, low=0.0, high=1.0), "sigma_j": draw.tensor(N, low=0.0625, high=0.5)}
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny", tiny_note, ("tiny",), "dtype-exact", {},
        {"mu": [[[1.0]]], "var": [[[0.1875]]], "mu_j": [0.5], "sigma_j": [0.25]},
    )
    yield drawn("typical", "The deviations added instead of the variances.", ("typical",), "dtype-exact", 1, 2, 3, 5)
    yield drawn("odd-extents", "Tokens and basis functions exchanged.", ("odd-extents",), "full-53", 1, 3, 5, 7)
    yield drawn("equal-extents", "H = L = N: only the values tell the axes apart.", ("batch",), "full-24", 2, 3, 3, 3)
    yield drawn("batch", "The densities of another batch element.", ("batch",), "full-53", 3, 2, 2, 4)
    yield drawn("sorting-widths", "The published sorting basis.", ("typical",), "full-24", 1, 2, 3, 8, widths=[0.01, 0.05])
    yield drawn(
        "dialogue-widths", "The published dialogue basis; densities as narrow as its functions.",
        ("typical",), "full-53", 1, 2, 3, 8, least=1e-5, most=1e-3, widths=[0.005, 0.01],
    )
    yield drawn(
        "tiny-variance", "var of 1e-12: psi itself, and a Jacobian that vanishes with var; 1/var forms lose all digits.",
        ("extreme",), "full-53", 1, 1, 4, 6, least=1e-13, most=1e-11,
    )
    yield drawn("small-variance-24", "The same in float32.", ("extreme",), "full-24", 1, 1, 4, 6, least=1e-7, most=1e-5)
    yield drawn(
        "large-variance", "var of hundreds: a density much wider than the memory.",
        ("extreme",), "full-24", 1, 2, 3, 4, least=50.0, most=400.0,
    )
    yield drawn("far-means", "mu outside the basis: the tails.", ("extreme",), "full-53", 1, 1, 5, 4, reach=(1.5, 3.0))
    yield drawn(
        "batch-exact", "Dyadic inputs, batch and heads.",
        ("batch", "odd-extents"), "dtype-exact", 2, 3, 2, 5, least=0.125, most=1.0,
    )


def attention_context():
    equation = "inf.attention.context"

    def drawn(name, note, flags, family, B, H, L, N, e, o=None, most=4.0, reach=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "r": draw.tensor(B, H, L, N, low=0.0, high=most),
            "V": draw.tensor(B, N, e, low=-reach, high=reach),
            "W_O": draw.tensor(e, o or e, low=-1.0, high=1.0),
        }
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny-two-heads",
        "Head 0 reads 2·3, head 1 reads 1·5: (6,5)·[[1,2],[0,1]] = (6,17); W_O transposed gives (16,5), r normalised (3,11).",
        ("tiny",), "dtype-exact", {}, {"r": [[[[2.0]], [[1.0]]]], "V": [[[3.0, 5.0]]], "W_O": [[1.0, 2.0], [0.0, 1.0]]},
    )
    yield drawn("typical", "W_O applied before the heads are concatenated.", ("typical",), "dtype-exact", 1, 2, 4, 6, 4)
    yield drawn("one-head", "L = N = e: only the values tell.", ("typical",), "full-24", 1, 1, 5, 5, 5)
    yield drawn("three-heads-odd-extents", "Heads in the wrong order.", ("odd-extents", "batch"), "full-53", 2, 3, 5, 7, 9)
    yield drawn("batch", "Values of another batch element.", ("batch",), "full-53", 3, 2, 2, 5, 6)
    yield drawn("batch-24", "r normalised to sum 1: an expectation is not a weight.", ("batch",), "full-24", 2, 2, 3, 8, 4)
    yield drawn("peaks", "Expectations of 40, as narrow densities give.", ("extreme",), "full-24", 1, 2, 3, 6, 6, most=40.0)
    yield drawn("head-per-column", "dh = 1.", ("extreme",), "dtype-exact", 1, 3, 2, 4, 3)
    yield drawn("one-function", "A single basis function.", ("extreme",), "full-53", 2, 2, 3, 1, 4)
    yield drawn("large-values", "Values of thousands that cancel.", ("extreme",), "full-53", 1, 2, 4, 11, 4, reach=4096.0)
    yield drawn("wide-output", "A model wider than its memory.", ("odd-extents", "batch"), "full-53", 2, 2, 3, 5, 4, o=7)
    yield drawn("narrow-output", "A model narrower than its memory.", ("odd-extents",), "full-24", 1, 3, 4, 5, 6, o=2)


def attention_combine():
    equation = "inf.attention.combine"

    def drawn(name, note, flags, family, B, L, e, reach=2.0, ltm=2.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"Z_stm": draw.tensor(B, L, e, low=-reach, high=reach), "Z_ltm": draw.tensor(B, L, e, low=-ltm, high=ltm)}
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny", "1 + ½ and -2 + ¼: 1.5, -1.75; the mean would be half of it.",
        ("tiny",), "dtype-exact", {}, {"Z_stm": [[[1.0, -2.0]]], "Z_ltm": [[[0.5, 0.25]]]},
    )
    yield drawn("typical", "One of the two dropped, or concatenated.", ("typical",), "dtype-exact", 1, 4, 8)
    yield drawn("odd-extents", "Sums rounded to float32.", ("odd-extents",), "full-53", 1, 5, 7)
    yield drawn("batch", "Batch elements exchanged.", ("batch",), "full-24", 3, 2, 5)
    yield drawn("square", "L = e: one addend transposed.", ("typical",), "full-24", 2, 5, 5)
    yield drawn(
        "small-beside-large", "A small long-term part beside a large short-term one.",
        ("extreme",), "full-53", 1, 3, 6, reach=1e6, ltm=1e-3,
    )
    yield drawn("large", "A long-term part of thousands clipped.", ("extreme",), "dtype-exact", 2, 3, 2, ltm=4096.0)
    yield Case(
        equation, "exact-cancellation", "Opposite addends give exactly 0.", ("extreme",), "full-24", {},
        {"Z_stm": [[[0.1015625, -3.0], [1.0000001192092896, 2.5]]], "Z_ltm": [[[-0.1015625, 3.0], [-1.0, -2.5]]]},
    )
    yield drawn("one-entry", "A single entry keeps its three axes.", ("extreme",), "full-53", 1, 1, 1)


def regulariser_kl():
    equation = "inf.regulariser.kl"

    def drawn(name, note, flags, family, B, H, L, sigma_0, mu_0=None, least=0.015625, most=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"mu": draw.tensor(B, H, L, low=0.0, high=1.0), "var": draw.tensor(B, H, L, low=least, high=most)}
        attributes = {"sigma_0": sigma_0} | ({} if mu_0 is None else {"mu_0": mu_0})
        return Case(equation, name, note, flags, family, attributes, inputs)

    yield Case(
        equation, "tiny",
        "var = 1, sigma_0 = ½: ½(4 - ln 4 - 1) = .8068528194…; sigma_0 for its square gives ½(2 - ln 2 - 1) = .1534….",
        ("tiny",), "dtype-exact", {"sigma_0": 0.5}, {"mu": [[[0.25]]], "var": [[[1.0]]]},
    )
    yield Case(
        equation, "tiny-mean", "The same with mu_0 = ¾: ½(¼/¼) = ½ more, 1.3068528194….",
        ("tiny",), "dtype-exact", {"sigma_0": 0.5, "mu_0": 0.75}, {"mu": [[[0.25]]], "var": [[[1.0]]]},
    )
    yield drawn("typical", "The ratio inverted.", ("typical",), "dtype-exact", 1, 2, 5, 0.5)
    yield drawn(
        "paper-form", "mu must not matter without mu_0: a prior mean of 0 or ½ assumed.",
        ("typical",), "full-53", 1, 3, 4, 0.3,
    )
    yield drawn(
        "with-mean", "The mean term missing, halved, or not divided by sigma_0².",
        ("typical",), "full-53", 1, 2, 5, 0.4, mu_0=0.35,
    )
    yield drawn("mean-of-zero", "mu_0 = 0 is given, not absent.", ("extreme",), "full-24", 1, 2, 4, 0.5, mu_0=0.0)
    yield drawn(
        "odd-extents-batch", "A sum or mean over heads or tokens.",
        ("odd-extents", "batch"), "full-24", 2, 3, 5, 0.25, mu_0=0.625,
    )
    yield drawn(
        "batch", "sigma_0 = .05, the released one, which no dtype holds.",
        ("batch",), "full-24", 3, 2, 2, 0.05, least=0.001, most=0.02,
    )
    yield Case(
        equation, "at-the-prior", "var = sigma_0² exactly: 0, up to the rounding of 1 - 0 - 1.",
        ("extreme",), "dtype-exact", {"sigma_0": 0.25}, {"mu": [[[0.5, 0.125, 0.75]]], "var": [[[0.0625, 0.0625, 0.125]]]},
    )
    yield drawn(
        "wide-density-exact", "var far above sigma_0² in 16-bit types, where nothing cancels.",
        ("batch",), "dtype-exact", 2, 2, 3, 0.5, mu_0=0.25, least=4.0, most=16.0,
    )
    yield drawn(
        "near-the-prior", "var within a percent of sigma_0²: the divergence is a small difference.",
        ("ill-conditioned",), "full-53", 1, 2, 3, 0.5, least=0.2475, most=0.2525,
    )
    yield drawn(
        "tiny-variance", "var of 1e-12: the logarithm dominates.",
        ("extreme",), "full-53", 1, 1, 5, 0.05, least=1e-13, most=1e-11,
    )
    yield drawn("wide-density", "var of hundreds of sigma_0².", ("extreme",), "full-24", 1, 2, 3, 0.125, least=2.0, most=16.0)
