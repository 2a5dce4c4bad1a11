"""The cases of the `inf.*` equations: extents, families, and the mistake each one is there to catch."""

import struct

from arithmetic import Exact
from case import Case, Draw
from infinity_former import basis_evaluate
from nested import each
from tolerance import to_float64


def all_cases():
    yield from regression_operator()
    yield from memory_update()


def rounded(x, family):
    """x as an input of that family; for dtype-exact, x is already exact and stays."""
    return struct.unpack("<f", struct.pack("<f", x))[0] if family == "full-24" else x


def segment(length, family):
    """i/L for i = 1 … L, as an input tensor."""
    return [rounded(i / length, family) for i in range(1, length + 1)]


def joint(samples, length, tau, family):
    """(τ m/M)_m ‖ (τ + (1-τ) i/L)_i, as an input tensor."""
    past = [rounded(tau * m / samples, family) for m in range(1, samples + 1)]
    return past + [rounded(tau + (1 - tau) * i / length, family) for i in range(1, length + 1)]


def basis(count, widths, family):
    """Centres spread over [0,1], each with every width, as the input tensors mu_j and sigma_j."""
    centres = count // len(widths)
    mu_j = [rounded(c / max(centres - 1, 1), family) for c in range(centres) for _ in widths]
    return {"mu_j": mu_j, "sigma_j": [rounded(s, family) for _ in range(centres) for s in widths]}


def psi_of(t, mu_j, sigma_j, family):
    """Basis values as an input tensor; those below 2⁻¹⁰⁰ become 0, so that float32 holds the tensor."""
    a = Exact()
    numbers = [[a.number(x) for x in row] for row in (t, mu_j, sigma_j)]
    psi = each(to_float64, basis_evaluate(a, *numbers))
    return each(lambda x: rounded(x, family) if x > 2.0**-100 else 0.0, psi)


def regression_operator():
    equation = "inf.regression.operator"

    def given(name, note, flags, family, psi, ridge):
        return Case(equation, name, note, flags, family, {"ridge": ridge}, {"psi": psi})

    def drawn(name, note, flags, family, P, N, ridge, low=-1.0, high=1.0):
        return given(name, note, flags, family, Draw(f"{equation}/{name}", family).tensor(P, N, low=low, high=high), ridge)

    def of_basis(name, note, flags, family, P, N, widths, ridge):
        return given(name, note, flags, family, psi_of(segment(P, "full-53"), *basis(N, widths, "full-53").values(), family), ridge)

    yield given(
        "tiny-one-function", "F = (1 2), λ = 1: F Fᵀ + λ = 6, so G = (1/6, 1/3); λ forgotten gives 1/5, λ² or λP something else.",
        ("tiny",), "dtype-exact", [[1.0], [2.0]], 1.0,
    )  # fmt: skip
    yield given(
        "tiny-two-functions",
        "psi = [[1,1],[0,1]], λ = 1: F Fᵀ + λI = [[2,1],[1,3]], inverse [[3,-1],[-1,2]]/5, G = [[2,1],[-1,2]]/5: Gᵀ for G.",
        ("tiny",), "dtype-exact", [[1.0, 1.0], [0.0, 1.0]], 1.0,
    )  # fmt: skip
    yield drawn("typical", "F Fᵀ exchanged with Fᵀ F, or a missing transpose.", ("typical",), "dtype-exact", 8, 4, 0.5)
    yield drawn("more-functions-than-positions", "N > P: without λ the system is singular.", ("odd-extents",), "dtype-exact", 3, 7, 0.25)
    yield drawn("odd-extents", "λ of 1/3, which no dtype holds: ridge rounded to float32.", ("odd-extents",), "full-53", 11, 5, 1 / 3)
    yield drawn("positive-entries", "Entries of one sign: a strong common component.", ("odd-extents",), "full-24", 7, 5, 0.75, low=0.25, high=2.0)
    yield of_basis("dialogue-widths", "The published dialogue widths: λ off by the position spacing.", ("typical",), "full-24", 16, 16, [0.005, 0.01], 0.5)
    yield of_basis("sorting-widths", "The published sorting widths at λ = 1.", ("typical",), "full-53", 24, 16, [0.01, 0.05], 1.0)
    yield of_basis("broad-functions", "Overlapping functions: nearly dependent columns.", ("ill-conditioned",), "full-53", 13, 10, [0.05, 0.1], 0.5)
    yield of_basis(
        "narrow-32", "N = 32 at widths .005 and .01: condition of thousands; float32 solves or Gauss-Jordan for float64.",
        ("ill-conditioned",), "full-53", 48, 32, [0.005, 0.01], 0.5,
    )  # fmt: skip
    yield of_basis(
        "sorting-48", "N = 48 at widths .01 and .05: the largest condition here.",
        ("ill-conditioned", "extreme"), "full-53", 64, 48, [0.01, 0.05], 1.0,
    )  # fmt: skip
    yield drawn("large-ridge", "λ of 1024 dominates: G is almost psi/λ, and a relative ridge shows.", ("extreme",), "full-24", 6, 5, 1024.0)
    yield drawn("small-ridge", "λ of 2⁻¹⁰, small beside F Fᵀ: λ added twice or dropped.", ("extreme",), "dtype-exact", 5, 3, 2.0**-10)


def memory_update():
    equation = "inf.memory.update"

    def drawn(
        name, note, flags, family, B, L, M, N, e, widths, ridge, tau, per_batch=False, spread=2.0
    ):
        draw = Draw(f"{equation}/{name}", family)
        if per_batch:
            t_past = [sorted(draw.tensor(M, low=0.0, high=1.0)) for _ in range(B)]
        else:
            t_past = segment(M, family)
        inputs = {
            "C": draw.tensor(B, N, e, low=-spread, high=spread),
            "X_new": draw.tensor(B, L, e, low=-2.0, high=2.0),
            "t_past": t_past,
            "t_joint": joint(M, L, tau, family),
            **basis(N, widths, family),
        }
        return Case(equation, name, note, flags, family, {"ridge": ridge}, inputs)

    yield Case(
        equation, "tiny-one-function",
        "mu_j = t throughout and sigma_j = 1: psi = 1/√(2π) = .39894…, X_past = .79788…, C_next = psi(X_past + 3)/(2psi² + 1) = 1.149302…",
        ("tiny",), "dtype-exact", {"ridge": 1.0},
        {"C": [[[2.0]]], "X_new": [[[3.0]]], "t_past": [0.5], "t_joint": [0.5, 0.5], "mu_j": [0.5], "sigma_j": [1.0]},
    )  # fmt: skip
    yield drawn("typical", "Past and new rows in the wrong order.", ("typical",), "dtype-exact", 1, 4, 4, 5, 3, [0.25], 0.5, 0.5)
    yield drawn("batch", "Regression shared by the batch but not its signals.", ("batch",), "full-24", 3, 4, 8, 6, 4, [0.0625, 0.25], 1.0, 0.75)
    yield drawn(
        "batched-positions", "t_past [B,M]: every batch element resamples at its own positions, not at the first's.",
        ("batch",), "full-53", 2, 5, 6, 6, 3, [0.1, 0.3], 0.5, 0.75, per_batch=True,
    )  # fmt: skip
    yield drawn(
        "batched-positions-exact", "The same with dyadic positions: t_past used where t_joint belongs.",
        ("batch", "odd-extents"), "dtype-exact", 3, 4, 4, 5, 2, [0.125], 1.0, 0.5, per_batch=True,
    )  # fmt: skip
    yield drawn("odd-extents", "All extents prime and different.", ("odd-extents",), "full-53", 2, 7, 11, 5, 3, [0.2], 0.5, 0.75)
    yield drawn("more-samples", "Many samples, short segment: τ and 1-τ exchanged.", ("typical",), "full-24", 1, 3, 16, 8, 2, [0.05, 0.2], 1.0, 0.75)
    yield drawn("fewer-samples", "One sample of the past.", ("extreme",), "full-53", 1, 8, 1, 6, 2, [0.1, 0.2], 1.0, 0.5)
    yield drawn("single-token", "One new token.", ("extreme",), "full-24", 2, 1, 6, 5, 3, [0.15], 0.5, 0.9)
    yield drawn("dialogue-widths", "The published dialogue setting in small.", ("typical",), "full-53", 1, 16, 16, 16, 3, [0.005, 0.01], 0.5, 0.5)
    yield drawn("sorting-widths", "The published sorting setting in small.", ("typical",), "full-53", 2, 8, 16, 8, 6, [0.01, 0.05], 1.0, 0.75)
    yield drawn(
        "ill-conditioned", "N = 32 at widths .01 and .05: condition of thousands; a float32 solve for a float64 one.",
        ("ill-conditioned",), "full-53", 1, 24, 32, 32, 2, [0.01, 0.05], 1.0, 0.75,
    )  # fmt: skip
