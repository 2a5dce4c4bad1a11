"""What tests of identities share: a comparison, drawn tensors, a density and a basis, integrals over the line."""

from mpmath import mp, mpf

from arithmetic import Exact
from case import Draw
from nested import each, flat

a = Exact()
CLOSE = mpf(10) ** -35


def close(x, y, within=CLOSE):
    pairs = list(zip(flat(x), flat(y), strict=True))
    worst = max(abs(p - q) for p, q in pairs)
    assert worst <= within * (1 + max(abs(q) for _, q in pairs)), f"differs by {mp.nstr(worst, 3)}"


def drawn(*shape, low=-1.0, high=1.0, seed="test"):
    return each(mpf, Draw(f"{seed}{shape}", "full-53").tensor(*shape, low=low, high=high))


def normal(t, m, v):
    return mp.npdf(t, m, mp.sqrt(v))


DENSITY = mpf("0.37"), mpf("0.021")
BASIS = each(mpf, [0.1, 0.5, 0.81]), each(mpf, [0.05, 0.2, 0.01])


def over_the_line(f, *points):
    """∫ f over R, in pieces between the points where f is narrow."""
    return mp.quad(f, [-mp.inf, *sorted(points), mp.inf])
