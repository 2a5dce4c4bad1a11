"""What the cases of the paper's ∞-former and those of the authors' code have in common."""

from case import Case, Draw


def histogram_case(equation, name, note, flags, family, B, H, T, bins, least=0.002, most=0.0625, reach=(0.05, 0.95)):
    """Densities of H heads and T tokens: means from reach, variances from least to most."""
    draw = Draw(f"{equation}/{name}", family)
    inputs = {"mu": draw.tensor(B, H, T, low=reach[0], high=reach[1]), "var": draw.tensor(B, H, T, low=least, high=most)}
    return Case(equation, name, note, flags, family, {"bins": bins}, inputs)


def tiny_symmetric_histogram(equation):
    return Case(
        equation, "tiny-symmetric", "A density centred at ½ fills two bins equally: ½, ½.",
        ("tiny",), "dtype-exact", {"bins": 2}, {"mu": [[[0.5]]], "var": [[[0.0625]]]},
    )


def layer_matrices(draw, e):
    return {W: draw.tensor(e, e, low=-1.0, high=1.0) for W in ("W_Q", "W_K", "W_V", "W_O")}


def smoothing(draw, e):
    return {"W_conv": draw.tensor(e, e, 3, low=-0.75, high=0.75), "b_conv": draw.tensor(e, low=-0.75, high=0.75)}
