"""The cases of the `inf-ref.*` equations of the attention: densities, expectations under them, regulariser."""

from case import Case, Draw
from infinity_inputs import basis, distant_basis


def all_cases():
    yield from density()
    yield from density_moments()
    yield from expectations("inf-ref.attention.softmax", SOFTMAX_TINY)
    yield from expectations("inf-ref.attention.sparsemax", SPARSEMAX_TINY)
    yield from integrals()
    yield from regulariser_kl()


def density():
    equation = "inf-ref.attention.density"

    def drawn(name, note, flags, family, B, H, T, N, floor=1e-4, reach=2.0, weight=0.5):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "S": draw.tensor(B, H, T, N, low=-reach, high=reach),
            "w_mu": draw.tensor(N, low=-weight, high=weight),
            "w_sigma": draw.tensor(N, low=-weight, high=weight),
        }
        return Case(equation, name, note, flags, family, {"variance_floor": floor}, inputs)

    def of_scores(name, note, flags, S, floor):
        inputs = {"S": [[[[s] for s in S]]], "w_mu": [1.0], "w_sigma": [2.0]}
        return Case(equation, name, note, flags, "dtype-exact", {"variance_floor": floor}, inputs)

    yield of_scores(
        "tiny", "S = 0: mu = ½, var = ln 2 = .6931…: with any bias they differ.",
        ("tiny",), [0.0, 0.5], 0.0,
    )
    yield of_scores(
        "tiny-floor", "S = -4 with floor ¼: softplus(-8) = .000335… becomes exactly ¼.",
        ("tiny",), [0.5, -4.0], 0.25,
    )
    yield drawn("typical", "w_mu and w_sigma exchanged.", ("typical",), "dtype-exact", 1, 2, 4, 6, floor=2.0**-10)
    yield drawn("odd-extents", "The sum over the wrong axis.", ("odd-extents",), "full-53", 1, 3, 5, 7)
    yield drawn("batch", "A softmax of the scores before the projection.", ("batch",), "full-24", 3, 3, 3, 3)
    yield drawn(
        "sorting-floor", "The sorting version's floor 1e-6, reached by some: added instead of a maximum.",
        ("typical",), "full-53", 1, 2, 8, 5, floor=1e-6, reach=12.0, weight=2.0,
    )
    yield drawn(
        "dialogue-floor", "The other versions' floor 1e-4 at the same scores: 1e-6 for it changes some variances.",
        ("typical",), "full-24", 1, 2, 8, 5, reach=8.0, weight=1.5,
    )
    yield drawn("saturated", "Scores of hundreds.", ("extreme",), "full-24", 1, 2, 5, 4, reach=60.0)
    yield drawn(
        "overflowing", "e^1000: σ and softplus as 1/(1+e^-x) and log(1+e^x) without care.",
        ("extreme",), "full-53", 1, 1, 5, 3, reach=600.0, weight=1.5,
    )
    yield drawn("one-function", "N = 1.", ("extreme", "batch"), "dtype-exact", 2, 2, 3, 1, floor=2.0**-6)


def density_moments():
    equation = "inf-ref.attention.density_moments"

    def drawn(name, note, flags, family, B, H, T, N, widths=(), reach=2.0, mixed=False):
        draw = Draw(f"{equation}/{name}", family)
        functions = basis(N, widths, "full-24" if mixed else family) if widths else distant_basis(N, draw.wide())
        inputs = {"S": draw.tensor(B, H, T, N, low=-reach, high=reach), **functions}
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny", "Equal scores at 0 and 1, sigma_j = ½: mu = ½, var = (¼ + 5/4)/2 - ¼ = ½; without sigma_j² it is ¼.",
        ("tiny",), "dtype-exact", {}, {"S": [[[[3.0, 3.0]]]], "mu_j": [0.0, 1.0], "sigma_j": [0.5, 0.5]},
    )
    yield drawn("typical", "The softmax over the queries.", ("typical",), "dtype-exact", 1, 2, 4, 5, [0.25])
    yield drawn("equal-extents", "H = T = N.", ("batch",), "full-24", 2, 3, 3, 3, [0.125])
    yield drawn("odd-extents", "The mean's square left out.", ("odd-extents",), "full-53", 1, 3, 5, 7, [0.1])
    yield drawn("batch", "One softmax for all heads.", ("batch",), "full-24", 3, 2, 2, 6, [0.1, 0.2])
    yield drawn("sorting-widths", "The sorting basis.", ("typical",), "full-53", 1, 2, 4, 16, [0.01, 0.05])
    yield drawn("dialogue-widths", "The dialogue basis.", ("typical",), "full-53", 1, 2, 4, 16, [0.005, 0.01])
    yield drawn(
        "sharp", "Scores so sharp that var is almost sigma_j²: a floor of 1e-4, which this version does not have.",
        ("extreme",), "full-53", 1, 2, 4, 8, [0.005, 0.01], reach=60.0,
    )
    yield drawn("one-function", "mu = mu_j, var = sigma_j².", ("extreme",), "full-53", 1, 2, 3, 1, [0.3])
    yield drawn("large-scores", "Scores of thousands.", ("extreme",), "full-24", 1, 1, 4, 5, [0.2], reach=3000.0)
    yield drawn(
        "mixed", "Scores of 16 bits over a basis of 24: a difference of moments in 16 bits.",
        ("batch",), "dtype-exact", 2, 2, 3, 8, [0.1, 0.2], mixed=True,
    )
    yield drawn(
        "mixed-narrow", "The same where the variance is small beside the mean's square.",
        ("odd-extents",), "dtype-exact", 1, 3, 5, 7,
    )


SOFTMAX_TINY = (
    "mu = mu_j: r = 1/√(2π·½) = .5641895835…, the product's mean is mu: J_0 = 0, and J_1 = -r·k·var = -r/8, k = ½.",
    0.25, 0.5,
)
SPARSEMAX_TINY = (
    "mu = mu_j = ¼, var = ¼: half width a = (⅜)^(1/3) = .7211…, on both sides of mu, though [0,1] ends at 0 (not truncated); J_0 is not 0.",
    0.25, 0.5,
)


def integrals():
    equation = "inf-ref.basis.integrals"

    def drawn(name, note, flags, family, B, H, T, N, widths, low=(0.0, 0.5), high=(0.5, 1.0)):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "low": draw.tensor(B, H, T, low=low[0], high=low[1]), "high": draw.tensor(B, H, T, low=high[0], high=high[1]),
            **basis(N, widths, family),
        }
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny", "From the centre ½ one deviation of ½ up: Φ(1) - ½ = .3413…; not the whole line, 1.",
        ("tiny",), "dtype-exact", {}, {"low": [[[0.5]]], "high": [[[1.0]]], "mu_j": [0.5], "sigma_j": [0.5]},
    )
    yield Case(
        equation, "tiny-symmetric", "From 0 to 1 about ½: I_1 = ½ I_0.",
        ("tiny",), "dtype-exact", {}, {"low": [[[0.0]]], "high": [[[1.0]]], "mu_j": [0.5], "sigma_j": [0.25]},
    )
    yield drawn("typical", "Moments about the centre, not about 0.", ("typical",), "dtype-exact", 1, 2, 3, 4, [0.25])
    yield drawn("equal-extents", "H = T = N = 2: only the values tell the axes.", ("batch",), "full-24", 2, 2, 2, 2, [0.2])
    yield drawn("odd-extents", "φ without sigma_j.", ("odd-extents",), "full-53", 1, 3, 2, 5, [0.1])
    yield drawn("batch", "Supports of one batch element for all.", ("batch",), "full-24", 3, 1, 2, 4, [0.15, 0.3])
    yield drawn("sorting-widths", "The sorting basis.", ("typical",), "full-53", 1, 2, 3, 8, [0.01, 0.05])
    yield drawn("other-way-round", "high below low: the sign.", ("extreme",), "full-53", 1, 1, 4, 4, [0.2], low=(0.6, 1.0), high=(0.0, 0.4))
    yield drawn("beyond-the-interval", "Supports that reach out of [0,1]: they are not cut.", ("extreme",), "full-24", 1, 2, 2, 4, [0.2], low=(-1.0, -0.25), high=(1.25, 2.0))


def expectations(equation, tiny):
    def drawn(name, note, flags, family, B, H, T, N, widths=(), least=0.002, most=0.0625, reach=(0.05, 0.95), mixed=False):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "mu": draw.tensor(B, H, T, low=reach[0], high=reach[1]),
            "var": draw.tensor(B, H, T, low=least, high=most),
            **(basis(N, widths, "full-24" if mixed else family) if widths else distant_basis(N, draw.wide())),
        }
        return Case(equation, name, note, flags, family, {}, inputs)

    note, var, sigma = tiny
    yield Case(
        equation, "tiny", note,
        ("tiny",), "dtype-exact", {}, {"mu": [[[0.25]]], "var": [[[var]]], "mu_j": [0.25, 0.75], "sigma_j": [sigma, sigma]},
    )
    yield drawn("typical", "sigma_j taken for a variance.", ("typical",), "dtype-exact", 1, 2, 3, 4, [0.25], least=0.03125, most=0.25)
    yield drawn("equal-extents", "H = T = N = 2: only the values tell the axes.", ("batch",), "full-24", 2, 2, 2, 2, [0.2], least=0.02)
    yield drawn("odd-extents", "The derivative by mu and var instead of by θ.", ("odd-extents",), "full-53", 1, 3, 2, 5, [0.1])
    yield drawn("batch", "Densities of one batch element for all.", ("batch",), "full-24", 3, 1, 2, 4, [0.15, 0.3], least=0.02)
    yield drawn("sorting-widths", "The sorting basis.", ("typical",), "full-53", 1, 2, 3, 8, [0.01, 0.05])
    yield drawn(
        "dialogue-widths", "The dialogue basis at variances from its floor on.",
        ("typical",), "full-53", 1, 1, 4, 8, [0.005, 0.01], least=1e-4, most=1e-3,
    )
    yield drawn(
        "beside-the-interval", "Means outside [0,1]: densities and integrals run over the whole line, not over [0,1].",
        ("extreme",), "full-53", 1, 2, 2, 4, [0.1, 0.3], reach=(-0.3, 1.3),
    )
    yield drawn(
        "large-variance", "Variances of 4: a mean of almost the whole basis.",
        ("extreme",), "full-24", 1, 1, 4, 4, [0.2], least=1.0, most=4.0,
    )
    yield drawn(
        "small-variance", "Variances of 1e-6, the sorting floor: the difference of moments cancels six digits.",
        ("extreme",), "full-53", 1, 1, 3, 6, [0.01, 0.05], least=1e-6, most=2e-6,
    )
    yield drawn(
        "cancelling-24", "Small variances in float32: the difference of moments is what limits it, not the implementation.",
        ("extreme",), "full-24", 1, 2, 3, 4, [0.05, 0.2], least=0.01, most=0.02,
    )
    yield drawn(
        "mixed", "Densities of 16 bits over a basis of 24: a difference of moments in 16 bits.",
        ("batch",), "dtype-exact", 2, 1, 3, 4, [0.2, 0.3], least=0.03125, most=0.25, mixed=True,
    )
    yield drawn(
        "mixed-narrow", "The same where most of each moment cancels.",
        ("odd-extents",), "dtype-exact", 1, 3, 2, 5, least=2.0**-6, most=2.0**-5, reach=(7.0, 7.9375),
    )


def regulariser_kl():
    equation = "inf-ref.regulariser.kl"

    def drawn(name, note, flags, family, B, H, T, version, sigma_0, mu_0=None, least=0.002, most=0.25):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"mu": draw.tensor(B, H, T, low=0.05, high=0.95), "var": draw.tensor(B, H, T, low=least, high=most)}
        attributes = {"version": version, "sigma_0": sigma_0} | ({} if mu_0 is None else {"mu_0": mu_0})
        return Case(equation, name, note, flags, family, attributes, inputs)

    one = {"mu": [[[0.25]]], "var": [[[0.25]]]}
    yield Case(
        equation, "tiny-gpt2-positive",
        "var = σ₀² and mu_0 = ¾ > 0: the inverted condition leaves the mean term out, so 0; with it ½(½)²/¼ = ½.",
        ("tiny",), "dtype-exact", {"version": "gpt2", "sigma_0": 0.5, "mu_0": 0.75}, one,
    )
    yield Case(
        equation, "tiny-gpt2-negative", "mu_0 = -1, the released value: the mean term is there, ½(5/4)²/¼ = 3.125.",
        ("tiny",), "dtype-exact", {"version": "gpt2", "sigma_0": 0.5, "mu_0": -1.0}, one,
    )
    yield Case(
        equation, "tiny-sorting", "mu_0 = ¾ given: the mean term is there, ½.",
        ("tiny",), "dtype-exact", {"version": "sorting", "sigma_0": 0.5, "mu_0": 0.75}, one,
    )
    yield Case(
        equation, "tiny-document-grounded", "mu_0 = -1 given, and never used: 0.",
        ("tiny",), "dtype-exact", {"version": "document_grounded", "sigma_0": 0.5, "mu_0": -1.0}, one,
    )
    yield drawn("sorting-no-mean", "mu_0 not given.", ("typical",), "dtype-exact", 1, 2, 4, "sorting", 0.25)
    yield drawn(
        "sorting-mean", "A positive mu_0 counts in this version.",
        ("odd-extents", "batch"), "full-53", 2, 3, 5, "sorting", 0.3, 0.6,
    )
    yield drawn("sorting-negative-mean", "As does a negative one.", ("batch",), "full-24", 3, 2, 2, "sorting", 0.05, -1.0)
    yield drawn(
        "gpt2-mean-of-zero", "mu_0 = 0 is not positive: the mean term is there.",
        ("extreme",), "full-24", 1, 2, 3, "gpt2", 0.2, 0.0,
    )
    yield drawn(
        "gpt2-released", "The released σ₀ = .05 and mu_0 = -1: terms of hundreds.",
        ("typical",), "full-53", 1, 2, 4, "gpt2", 0.05, -1.0,
    )
    yield drawn("gpt2-positive", "A positive mu_0 is ignored.", ("odd-extents",), "full-53", 1, 3, 5, "gpt2", 0.1, 0.5)
    yield drawn("document-grounded", "Without mu_0.", ("batch",), "full-24", 2, 2, 3, "document_grounded", 0.05)
    yield drawn(
        "near-the-prior", "var near σ₀²: a difference of nearly equal numbers.",
        ("extreme",), "full-53", 1, 1, 6, "document_grounded", 0.5, 0.5, least=0.2499, most=0.2501,
    )
