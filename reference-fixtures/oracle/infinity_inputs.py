"""Input tensors of the ∞-former that are not drawn: positions, bases and basis values, rounded to the family of the case."""

import struct

from arithmetic import Exact
from infinity_former import basis_evaluate
from nested import each
from tolerance import to_float64


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


def distant_basis(count, wide):
    """Narrow functions with centres from 7 to 8, drawn: moments over them are small beside the squares that they are differences of."""
    return {"mu_j": wide.tensor(count, low=7.0, high=8.0), "sigma_j": wide.tensor(count, low=2.0**-4, high=2.0**-3)}


def psi_of(t, mu_j, sigma_j, family):
    """Basis values as an input tensor; those below 2⁻¹⁰⁰ become 0, so that float32 holds the tensor."""
    a = Exact()
    numbers = [[a.number(x) for x in row] for row in (t, mu_j, sigma_j)]
    psi = each(to_float64, basis_evaluate(a, *numbers))
    return each(lambda x: rounded(x, family) if x > 2.0**-100 else 0.0, psi)
