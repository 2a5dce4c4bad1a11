"""The cases of the ∞-former's memory: positions, updates, sticky resampling, the layer and its rollout."""

from functools import partial

from case import Case, Draw
from cases_infinity_former_both import histogram_case, layer_matrices, smoothing, tiny_symmetric_histogram
from infinity_inputs import basis, joint, segment


def all_cases():
    yield from memory_positions()
    yield from memory_update()
    yield from sticky_histogram()
    yield from sticky_positions()
    yield from layer()
    yield from rollout()


def memory_positions():
    def of(name, note, flags, samples, length, tau):
        attributes = {"samples": samples, "length": length, "tau": tau}
        return Case("inf.memory.positions", name, note, flags, "dtype-exact", attributes, {})

    yield of(
        "tiny", "t_past = ½, 1; t_joint = ¼, ½, then ½ + ½·½ = ¾, 1: offsets by one, τ and 1-τ exchanged.",
        ("tiny",), 2, 2, 0.5,
    )
    yield of("tiny-quarter", "τ = ¼: ⅛, ¼ and then ½, ¾, 1: τ and 1-τ exchanged gives ⅜ first.", ("tiny",), 2, 3, 0.25)
    yield of("sorting", "τ = ¾, the released sorting value.", ("typical",), 16, 8, 0.75)
    yield of("dialogue", "τ = ½, the released dialogue value.", ("typical",), 16, 16, 0.5)
    yield of(
        "odd-extents", "Prime counts and τ = .3: the float64 .3, exact, rounded once at the end.",
        ("odd-extents",), 7, 11, 0.3,
    )
    yield of("more-tokens-than-samples", "samples and length exchanged.", ("odd-extents",), 3, 13, 0.6)
    yield of("one-sample", "One sample sits at 1, and at τ.", ("extreme",), 1, 5, 0.75)
    yield of("one-token", "One token sits at 1.", ("extreme",), 5, 1, 0.75)
    yield of("small-tau", "Almost no room for the past.", ("extreme",), 4, 3, 0.001)
    yield of("large-tau", "Almost no room for the segment: 1-τ is exact from the float64 τ.", ("extreme",), 3, 7, 0.999)
    yield of("published-512", "512 samples and 512 tokens.", ("typical", "extreme"), 512, 512, 0.5)
    yield of("accumulated-step", "m/567: a step of 1/567 added up drifts by a hundred roundings.", ("extreme",), 567, 5, 0.5)


def memory_update():
    equation = "inf.memory.update"

    def drawn(
        name, note, flags, family, B, L, M, N, e, widths, ridge, tau, per_batch=False, spread=2.0, mixed=False
    ):
        draw = Draw(f"{equation}/{name}", family)
        wide, family_of_wide = (draw.wide(), "full-24") if mixed else (draw, family)
        if per_batch:
            t_past = [sorted(wide.tensor(M, low=0.0, high=1.0)) for _ in range(B)]
        else:
            t_past = segment(M, family_of_wide)
        inputs = {
            "C": wide.tensor(B, N, e, low=-spread, high=spread),
            "X_new": draw.tensor(B, L, e, low=-2.0, high=2.0),
            "t_past": t_past,
            "t_joint": joint(M, L, tau, family_of_wide),
            **basis(N, widths, family_of_wide),
        }
        return Case(equation, name, note, flags, family, {"ridge": ridge}, inputs)

    yield Case(
        equation, "tiny-one-function",
        "t = mu_j, sigma_j = 1: psi = 1/√(2π) = .39894…, X_past = 2psi, C_next = psi(X_past + 3)/(2psi² + 1) = 1.149302….",
        ("tiny",), "dtype-exact", {"ridge": 1.0},
        {"C": [[[2.0]]], "X_new": [[[3.0]]], "t_past": [0.5], "t_joint": [0.5, 0.5], "mu_j": [0.5], "sigma_j": [1.0]},
    )
    yield drawn("typical", "Past and new rows in the wrong order.", ("typical",), "dtype-exact", 1, 4, 4, 5, 3, [0.25], 0.5, 0.5)
    yield drawn(
        "batch", "Regression shared by the batch but not its signals.",
        ("batch",), "full-24", 3, 4, 8, 6, 4, [0.0625, 0.25], 1.0, 0.75,
    )
    yield drawn(
        "batched-positions", "t_past [B,M]: every batch element resamples at its own positions, not at the first's.",
        ("batch",), "full-53", 2, 5, 6, 6, 3, [0.1, 0.3], 0.5, 0.75, per_batch=True,
    )
    yield drawn(
        "batched-positions-exact", "The same with dyadic positions: t_past used where t_joint belongs.",
        ("batch", "odd-extents"), "dtype-exact", 3, 4, 4, 5, 2, [0.125], 1.0, 0.5, per_batch=True,
    )
    yield drawn("odd-extents", "All extents prime and different.", ("odd-extents",), "full-53", 2, 7, 11, 5, 3, [0.2], 0.5, 0.75)
    yield drawn(
        "more-samples", "Many samples, short segment: τ and 1-τ exchanged.",
        ("typical",), "full-24", 1, 3, 16, 8, 2, [0.05, 0.2], 1.0, 0.75,
    )
    yield drawn("fewer-samples", "One sample of the past.", ("extreme",), "full-53", 1, 8, 1, 6, 2, [0.1, 0.2], 1.0, 0.5)
    yield drawn("single-token", "One new token.", ("extreme",), "full-24", 2, 1, 6, 5, 3, [0.15], 0.5, 0.9)
    yield drawn(
        "dialogue-widths", "The published dialogue setting in small.",
        ("typical",), "full-53", 1, 16, 16, 16, 3, [0.005, 0.01], 0.5, 0.5,
    )
    yield drawn(
        "dialogue-widths-24", "The same in float32, more densely: 40 positions for 8 functions.",
        ("typical",), "full-24", 1, 20, 20, 8, 3, [0.005, 0.01], 0.5, 0.5,
    )
    yield drawn(
        "sorting-widths", "The published sorting setting in small.",
        ("typical",), "full-53", 2, 8, 16, 8, 6, [0.01, 0.05], 1.0, 0.75,
    )
    yield drawn(
        "sorting-widths-24", "The same in float32.",
        ("typical", "batch"), "full-24", 2, 10, 20, 8, 4, [0.01, 0.05], 1.0, 0.75,
    )
    for family, suffix in (("full-53", ""), ("full-24", "-24")):
        yield drawn(
            f"small-ridge{suffix}", "λ = 2⁻¹⁰: the push-through form (FᵀF + λI)⁻¹Fᵀ, whose P×P system is singular but for λ.",
            ("ill-conditioned",), family, 1, 16, 16, 8, 3, [0.0625], 2.0**-10, 0.5,
        )
    yield drawn(
        "ill-conditioned", "N = 32 at widths .01 and .05: condition of thousands; a float32 solve for a float64 one.",
        ("ill-conditioned",), "full-53", 1, 24, 32, 32, 2, [0.01, 0.05], 1.0, 0.75,
    )
    yield drawn(
        "mixed", "Tokens of 16 bits, positions and coefficients of 24: a regression, positions or a memory in 16 bits.",
        ("typical", "batch"), "dtype-exact", 2, 5, 7, 6, 3, [0.1, 0.25], 1.0, 0.7, mixed=True,
    )
    yield drawn(
        "mixed-batched-positions", "The same with positions for each batch element.",
        ("batch", "odd-extents"), "dtype-exact", 2, 3, 6, 5, 2, [0.2], 0.5, 0.6, per_batch=True, mixed=True,
    )


def sticky_histogram():
    equation = "inf.sticky.histogram"

    drawn = partial(histogram_case, equation)
    yield tiny_symmetric_histogram(equation)
    yield Case(
        equation, "tiny-one-sided",
        "mu = 0, var = ¼: bins Φ(1)-Φ(0) = .34134… and Φ(2)-Φ(1) = .13590…, as shares .7152327720…, .2847672279….",
        ("tiny",), "dtype-exact", {"bins": 2}, {"mu": [[[0.0]]], "var": [[[0.25]]]},
    )
    yield drawn(
        "typical", "Normalised per density before the sum over heads and tokens.",
        ("typical",), "dtype-exact", 1, 2, 4, 8,
    )
    yield drawn("odd-extents", "A density evaluated at bin centres instead of a mass.", ("odd-extents",), "full-53", 1, 3, 5, 7)
    yield drawn("batch", "Normalised over the batch.", ("batch",), "full-24", 3, 2, 3, 6)
    yield drawn(
        "batch-of-primes", "Heads of one batch element in another's histogram.",
        ("batch", "odd-extents"), "full-53", 2, 3, 2, 11,
    )
    yield drawn(
        "mass-outside", "Means outside [0,1]: the mass outside is dropped, not added to the edge bins.",
        ("extreme",), "full-53", 1, 2, 4, 5, reach=(-0.5, 1.5), least=0.05, most=0.5,
    )
    yield drawn(
        "mass-outside-24", "The same in float32.",
        ("extreme",), "full-24", 2, 1, 4, 4, reach=(-0.25, 1.25), least=0.05, most=0.5,
    )
    yield drawn(
        "three-bins-exact", "Few wide bins, for 16-bit types: the difference of two rounded Φ stays meaningful.",
        ("batch",), "dtype-exact", 2, 2, 4, 3, least=0.015625, most=0.0625,
    )
    yield drawn(
        "narrow", "Densities inside one bin: almost all other masses are below 1e-50.",
        ("extreme",), "full-53", 1, 2, 3, 9, least=1e-7, most=1e-5,
    )
    yield drawn("one-bin", "One bin holds everything, whatever lies outside.", ("extreme",), "full-24", 2, 2, 3, 1)
    yield drawn("dialogue-bins", "The published 128 bins.", ("typical",), "full-53", 1, 2, 4, 128, least=1e-3, most=0.02)
    yield drawn("many-tokens", "Sums over many tokens.", ("typical",), "full-24", 1, 4, 12, 16)


def sticky_positions():
    equation = "inf.sticky.positions"

    def given(name, note, flags, family, p, u):
        return Case(equation, name, note, flags, family, {}, {"p": p, "u": u})

    def drawn(name, note, flags, family, B, D, M, seed=""):
        draw = Draw(f"{equation}/{name}{seed}", family)
        return given(name, note, flags, family, draw.tensor(B, D, low=0.0, high=1.0), draw.tensor(B, M, low=0.0, high=0.99))

    yield given(
        "tiny", "p = ¼, ¾: u = ⅛ lies half-way in bin 1: ¼; u = ⅝ lies (⅜)/(¾) = ½ into bin 2: ¾. Left edges would be 0, ½.",
        ("tiny",), "dtype-exact", [[0.25, 0.75]], [[0.125, 0.625]],
    )
    yield given(
        "tiny-unsorted", "u = ⅝, ⅛ in this order: the positions are sorted, ¼, ¾.",
        ("tiny",), "dtype-exact", [[0.25, 0.75]], [[0.625, 0.125]],
    )
    yield given(
        "unnormalised", "Σp = 5: c is divided by Σp; every row by its own.",
        ("batch",), "dtype-exact", [[2.0, 0.5, 2.5], [0.25, 0.5, 0.125]], [[0.1875, 0.4375, 0.75], [0.875, 0.25, 0.5625]],
    )
    yield given(
        "u-of-zero", "u = 0 with an empty first bin: the first bin with mass starts at ¼, exactly.",
        ("extreme",), "dtype-exact", [[0.0, 0.5, 0.25, 0.25]], [[0.0, 0.375]],
    )
    yield given(
        "u-of-zero-full-first-bin", "u = 0 is position 0, exactly.",
        ("extreme",), "full-53", [[0.3, 0.45, 0.1]], [[0.0, 0.71, 0.2]],
    )
    yield given(
        "empty-bins-inside", "Empty bins are jumped over: no position inside them, and no division by their mass.",
        ("extreme",), "full-53", [[0.37, 0.0, 0.0, 0.21, 0.0, 0.42]], [[0.2, 0.5, 0.36, 0.61, 0.93]],
    )
    yield given(
        "empty-last-bins", "The last bins are empty: u near 1 stays in the last bin with mass.",
        ("extreme",), "dtype-exact", [[0.5, 0.25, 0.25, 0.0, 0.0]], [[0.984375, 0.0625, 0.7890625]],
    )
    yield given(
        "u-near-one", "u = 1 - 2⁻²⁰ lies at the end of the last bin, never beyond 1.",
        ("extreme",), "full-24", [[0.4375, 0.8125, 0.25]], [[0.9999990463256836, 0.3000001907348633]],
    )
    yield given(
        "u-on-an-edge", "u = c_1 = ¼ exactly, with an empty bin behind it: c_j > u, so bin 3, at ½; c_j ≥ u gives ¼.",
        ("tie",), "dtype-exact", [[0.25, 0.0, 0.25, 0.5]], [[0.25, 0.125]],
    )
    yield given(
        "one-bin", "One bin: t = u.",
        ("extreme",), "full-24", [[0.7000000476837158]], [[0.25, 0.9000000357627869, 0.10000000149011612]],
    )
    yield drawn("typical", "Bin centres, or left edges, instead of interpolation.", ("typical",), "dtype-exact", 1, 6, 8)
    yield drawn("odd-extents", "An accumulated sum in float32.", ("odd-extents",), "full-53", 1, 7, 11)
    yield drawn("batch", "One histogram for the whole batch; sorted across the batch.", ("batch",), "full-24", 3, 5, 4)
    yield drawn("dialogue-bins", "128 bins: u compared before the division.", ("typical",), "full-53", 1, 128, 16)
    yield drawn("more-samples-than-bins", "Many samples in few bins.", ("odd-extents", "batch"), "full-24", 2, 3, 13)

    def below_one(name, note, family, last, seed):
        # Seeds with which p/Σp, added up in order in the dtype, ends below 1, whichever way Σp is formed.
        draw = Draw(f"{equation}/{name}{seed}", family)
        p = draw.tensor(2, 19, low=0.0, high=1.0)
        return given(name, note, ("extreme",), family, p, [[0.375, last, 0.8125], [last, 0.0625, 0.5]])

    yield below_one(
        "running-sum-below-one", "u = 1 - 2⁻⁵³, and p/Σp adds up to less than 1 in float64: c_D not set to 1 leaves u no bin.",
        "full-53", 1 - 2.0**-53, "gf",
    )
    yield below_one("running-sum-below-one-24", "The same in float32, u = 1 - 2⁻²⁴.", "full-24", 1 - 2.0**-24, "zg")


def layer_weights(draw, N, e, smooth, b_mu, b_sigma):
    """Weights with which scores, means and variances stay where they can be told apart: mu well inside (0,1), var near .03."""
    inputs = layer_matrices(draw, e)
    inputs |= {
        "w_mu": draw.tensor(N, low=-0.5, high=0.5),
        "w_sigma": draw.tensor(N, low=-0.5, high=0.5),
        "b_mu": b_mu,
        "b_sigma": b_sigma,
    }
    if smooth:
        inputs |= smoothing(draw, e)
    return inputs


def layer():
    equation = "inf.layer"

    def drawn(
        name, note, flags, family, B, L, N, e, M, widths, heads=1, ridge=2.0, tau=0.75,
        floor=0.0, smooth=False, sticky=False, bins=8, b_mu=0.25, b_sigma=-3.5, reach=1.0, seed="", mixed=False,
    ):
        draw = Draw(f"{equation}/{name}{seed}", family)
        wide = draw.wide() if mixed else draw
        inputs = {
            "X_query": draw.tensor(B, L, e, low=-1.5, high=1.5),
            "X_new": draw.tensor(B, L, e, low=-1.5, high=1.5),
            "C": wide.tensor(B, N, e, low=-reach, high=reach),
            **layer_weights(draw, N, e, smooth, b_mu, b_sigma),
        }
        if sticky:
            inputs["u"] = draw.tensor(B, M, low=0.0, high=0.99)
        attributes = {
            "heads": heads, "count": N, "widths": widths, "ridge": ridge, "samples": M, "tau": tau,
            "variance_floor": floor, "smooth": smooth, "sticky": sticky, "bins": bins,
        }
        return Case(equation, name, note, flags, family, attributes, inputs)

    yield Case(
        equation, "tiny-one-function",
        "One function, C = 2: mu = σ(0) = ½, var = ln 2, r = N(½; 0, ln 2 + ¼) = .3597999648…, Z_ltm = 2r: the updated C read.",
        ("tiny",), "dtype-exact",
        {
            "heads": 1, "count": 1, "widths": [0.5], "ridge": 1.0, "samples": 1, "tau": 0.5,
            "variance_floor": 0.0, "smooth": False, "sticky": False, "bins": 4,
        },
        {
            "X_query": [[[1.0]]], "X_new": [[[3.0]]], "C": [[[2.0]]],
            "W_Q": [[1.0]], "W_K": [[1.0]], "W_V": [[1.0]], "W_O": [[1.0]],
            "w_mu": [0.5], "w_sigma": [0.25], "b_mu": -1.0, "b_sigma": -0.5,
        },
    )
    yield drawn(
        "typical", "The updated memory attended instead of the incoming one.",
        ("typical",), "dtype-exact", 1, 4, 6, 4, 6, [0.125], heads=2,
    )
    yield drawn(
        "smooth", "The resampled past smoothed as well, or the query.",
        ("typical",), "dtype-exact", 1, 5, 6, 4, 4, [0.125], smooth=True,
    )
    yield drawn(
        "sticky", "Sticky samples left where they were sampled instead of re-placed on (0,τ].",
        ("typical",), "dtype-exact", 1, 4, 6, 4, 8, [0.125], heads=2, sticky=True, tau=0.5,
    )
    yield drawn(
        "smooth-sticky", "Both at once.",
        ("typical",), "dtype-exact", 1, 5, 6, 4, 6, [0.1875], heads=2, smooth=True, sticky=True,
    )
    yield drawn(
        "full-plain", "X_query and X_new exchanged.",
        ("odd-extents",), "full-53", 1, 5, 8, 6, 7, [0.05, 0.2], heads=3, tau=0.6,
    )
    yield drawn(
        "full-smooth-batch", "Batch elements smoothed into each other.",
        ("batch",), "full-24", 2, 4, 6, 4, 5, [0.1, 0.2], heads=2, smooth=True,
    )
    yield drawn(
        "full-sticky-batch", "The histogram of one batch element for all.",
        ("batch", "odd-extents"), "full-53", 3, 3, 6, 4, 7, [0.1, 0.2], heads=2, sticky=True, bins=16,
    )
    yield drawn(
        "full-smooth-sticky", "Both, with a batch and prime extents.",
        ("batch", "odd-extents"), "full-24", 2, 5, 9, 3, 7, [0.05, 0.1, 0.25], heads=3, smooth=True, sticky=True, bins=5,
    )
    yield drawn(
        "sorting-widths", "The published sorting setting in small, with the authors' clamp.",
        ("typical",), "full-53", 1, 8, 16, 6, 16, [0.01, 0.05], heads=2, ridge=1.0, floor=1e-6,
    )
    yield drawn(
        "dialogue-widths", "The published dialogue setting in small: sticky and smooth.",
        ("typical",), "full-53", 1, 8, 16, 4, 16, [0.005, 0.01], heads=2, ridge=0.5, tau=0.5, smooth=True, sticky=True, bins=128,
    )
    yield drawn(
        "floor-reached", "A floor above every variance.",
        ("extreme",), "full-24", 1, 3, 5, 4, 4, [0.2], heads=2, floor=0.0625, b_sigma=-6.0,
    )
    yield drawn(
        "one-token-smooth-sticky", "One token per segment.",
        ("extreme", "batch"), "full-24", 2, 1, 4, 2, 3, [0.25], smooth=True, sticky=True,
    )
    yield drawn(
        "large-memory", "Coefficients of 16: saturated means.",
        ("extreme",), "full-53", 1, 4, 6, 4, 6, [0.1], heads=2, reach=16.0, sticky=True,
    )
    yield drawn(
        "floor-reached-by-some", "A floor among the variances: ignored, added, or applied to all queries alike.",
        ("typical", "batch"), "full-24", 2, 5, 6, 4, 5, [0.1, 0.2], heads=2, floor=2.0**-6, b_sigma=-4.25,
    )
    yield drawn(
        "floor-reached-by-some-sticky", "The same, where the floor also widens the histogram and so moves the samples.",
        ("typical", "odd-extents"), "full-53", 1, 5, 6, 4, 7, [0.1, 0.2], heads=2, floor=0.01, b_sigma=-4.75,
        sticky=True, bins=16,
    )
    yield drawn(
        "mixed", "Samples of a third, coefficients of 24 bits: a regression, positions or a memory in 16 bits.",
        ("typical",), "dtype-exact", 1, 4, 4, 4, 7, [0.375], heads=2, tau=0.7, b_sigma=-1.5, mixed=True, seed="b",
    )
    yield drawn(
        "mixed-batch", "The same with a batch and two widths.",
        ("batch", "odd-extents"), "dtype-exact", 2, 3, 6, 2, 5, [0.25, 0.5], b_sigma=-1.0, mixed=True,
    )
    yield drawn(
        "mixed-smooth", "Tokens that the gate has rounded, regressed in float32.",
        ("typical",), "dtype-exact", 1, 5, 4, 4, 6, [0.375], heads=2, smooth=True, b_sigma=-1.5, mixed=True, seed="c",
    )


def rollout():
    equation = "inf.rollout"

    def drawn(
        name, note, flags, family, S, B, L, N, e, M, widths, heads=1, ridge=2.0, tau=0.75, floor=0.0,
        smooth=False, sticky=False, bins=8, start=True, b_mu=0.25, b_sigma=-3.5, seed="", mixed=False,
    ):
        draw = Draw(f"{equation}/{name}{seed}", family)
        wide = draw.wide() if mixed else draw
        inputs = {"X": draw.tensor(S, B, L, e, low=-1.5, high=1.5)}
        if start:
            inputs["C_0"] = wide.tensor(B, N, e, low=-1.0, high=1.0)
        inputs |= layer_weights(draw, N, e, smooth, b_mu, b_sigma)
        if sticky:
            inputs["u"] = draw.tensor(S, B, M, low=0.0, high=0.99)
        attributes = {
            "heads": heads, "count": N, "widths": widths, "ridge": ridge, "samples": M, "tau": tau,
            "variance_floor": floor, "smooth": smooth, "sticky": sticky, "bins": bins,
        }
        return Case(equation, name, note, ("rollout", *flags), family, attributes, inputs)

    yield drawn(
        "one-segment-from-nothing", "Without C_0 the first segment reads exactly 0 and is regressed on (0,1], not on (τ,1].",
        ("tiny",), "dtype-exact", 1, 1, 3, 2, 2, 2, [0.25], start=False,
    )
    yield drawn("one-segment", "With C_0 one segment is one layer.", ("tiny",), "dtype-exact", 1, 1, 3, 2, 2, 2, [0.25])
    yield drawn(
        "typical", "Five segments, C_0 given: attention over the memory that already holds the segment.",
        ("typical",), "dtype-exact", 5, 1, 4, 5, 4, 6, [0.1875], heads=2,
    )
    yield drawn(
        "from-nothing", "Five segments from nothing.",
        ("typical",), "full-24", 5, 1, 4, 6, 4, 6, [0.1, 0.25], heads=2, start=False,
    )
    yield drawn(
        "smooth", "The query smoothed as well as what is stored.",
        ("typical",), "full-24", 5, 1, 4, 5, 3, 6, [0.2], smooth=True,
    )
    yield drawn(
        "smooth-from-nothing", "The first segment left unsmoothed.",
        ("batch",), "full-53", 5, 2, 3, 5, 3, 4, [0.2], smooth=True, start=False,
    )
    yield drawn("sticky", "u of the wrong segment.", ("typical",), "full-24", 5, 1, 4, 6, 4, 6, [0.1, 0.25], heads=2, sticky=True)
    yield drawn(
        "sticky-from-nothing", "u_1 is given and ignored: u shifted by one segment.",
        ("odd-extents",), "full-53", 5, 1, 3, 5, 4, 7, [0.2], heads=2, sticky=True, start=False,
    )
    yield drawn(
        "smooth-sticky-batch", "Both, with a batch.",
        ("batch",), "full-53", 5, 2, 3, 6, 4, 5, [0.1, 0.2], heads=2, smooth=True, sticky=True, start=False,
    )
    yield drawn(
        "long", "Nine segments, extents prime: drift of the carried coefficients.",
        ("odd-extents", "batch"), "full-53", 9, 2, 3, 5, 4, 7, [0.2], heads=2,
    )
    yield drawn(
        "long-24", "Eight segments in float32, smooth and sticky.",
        ("odd-extents",), "full-24", 8, 1, 3, 5, 3, 5, [0.2], smooth=True, sticky=True, start=False,
    )
    yield drawn(
        "sorting-widths", "The published sorting setting in small, five segments.",
        ("ill-conditioned",), "full-53", 5, 1, 8, 12, 4, 16, [0.01, 0.05], heads=2, ridge=1.0, start=False,
    )
    yield drawn(
        "dialogue-widths", "The published dialogue setting in small: sticky, smooth, 128 bins.",
        ("ill-conditioned",), "full-53", 5, 1, 8, 12, 4, 12, [0.005, 0.01], heads=2, ridge=0.5, tau=0.5, smooth=True,
        sticky=True, bins=128, start=False,
    )
    yield drawn(
        "floor-reached-by-some", "A floor among the variances of every segment: not handed on to the layer, or only at first.",
        ("typical", "batch"), "full-24", 3, 2, 4, 6, 4, 5, [0.1, 0.2], heads=2, floor=2.0**-6, b_sigma=-4.125,
    )
    yield drawn(
        "floor-reached-by-some-sticky", "The same, where the floor also widens the histogram and so moves the samples.",
        ("typical",), "full-53", 3, 1, 5, 6, 4, 7, [0.1, 0.2], heads=2, floor=0.01, b_sigma=-4.55, sticky=True, bins=16,
        start=False,
    )
    yield drawn(
        "mixed", "Five segments over coefficients of 24 bits: a memory that is rounded to 16 between the segments.",
        ("typical",), "dtype-exact", 5, 1, 4, 4, 4, 7, [0.375], heads=2, tau=0.7, b_sigma=-1.5, mixed=True,
    )
    yield drawn(
        "mixed-from-nothing", "The first segment at thirds: its positions, or its regression, in 16 bits.",
        ("batch", "odd-extents"), "dtype-exact", 3, 2, 3, 4, 2, 5, [0.5], start=False, b_sigma=-1.0, mixed=True,
    )
    yield drawn(
        "mixed-smooth", "Stored tokens that the gate has rounded.",
        ("typical",), "dtype-exact", 3, 1, 4, 4, 4, 6, [0.375], heads=2, smooth=True, b_sigma=-1.5, mixed=True,
    )
