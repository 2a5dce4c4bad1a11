"""Functions that NumPy lacks. Each works element by element and computes in the dtype of its argument."""

import decimal
import functools
import math

import numpy as np


def sigmoid(x):
    """σ(x) = 1/(1 + e^-x), without overflow, and with full relative accuracy where it is tiny."""
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def sigmoid_slope(x):
    """σ'(x) = σ(x) σ(−x): σ(x)(1 − σ(x)) has no digits left where σ is nearly 1."""
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


def tanh_slope(x):
    """tanh'(x) = 1/cosh² x, without the cancellation of 1 − tanh² x."""
    return 4 * sigmoid_slope(2 * x)


def softplus(x):
    """ln(1 + e^x) = max(x, 0) + log1p(e^-|x|)."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def softmax(x):
    """e^x over its sum along the last axis. An entry of -∞ gets exactly 0."""
    z = np.exp(x - x.max(axis=-1, keepdims=True))
    return z / z.sum(axis=-1, keepdims=True)


def softmax_vjp(grad_p, p):
    """From the cotangent of p = softmax(x) to that of x: p ⊙ (grad_p − δ), δ = Σ p grad_p. Exactly 0 where p is."""
    return p * (grad_p - np.sum(p * grad_p, axis=-1, keepdims=True))


def gaussian(x, mean, variance):
    """N(x; mean, variance)."""
    return np.exp(-(x - mean) ** 2 / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def erfc(x):
    """The complementary error function for x >= 0: e^(-x²) times a polynomial in (l - x)/(l + x).

    J. A. C. Weideman, Computation of the Complex Error Function, SIAM J. Numer. Anal. 31 (1994), on the imaginary axis.
    The factor e^(-x²) keeps the relative accuracy in the tail, down to where erfc itself underflows.
    """
    length, coefficients = _weideman(40)
    z = (length - x) / (length + x)
    polynomial = np.zeros_like(x)
    for coefficient in coefficients:
        polynomial = polynomial * z + coefficient
    return np.exp(-x * x) * (2 * polynomial / (length + x) + 1 / math.sqrt(math.pi)) / (length + x)


@functools.cache
def _weideman(terms):
    """The length l and the coefficients, highest power first: Fourier coefficients of e^(-t²)(l² + t²) in θ, where t = l tan(θ/2)."""
    length = math.sqrt(terms / math.sqrt(2))
    theta = np.arange(1 - 2 * terms, 2 * terms) * (np.pi / (2 * terms))
    t = length * np.tan(theta / 2)
    f = np.exp(-t ** 2) * (length ** 2 + t ** 2)
    order = np.arange(terms, 0, -1)
    # Plain floats, so that float32 arguments are not promoted. The point θ = π adds nothing to the sum but counts in the mean.
    return length, (np.cos(np.outer(order, theta)) @ f / (4 * terms)).tolist()


@functools.cache
def _gauss_legendre(count):
    """Nodes and weights on [-1,1], as plain floats, rounded once: NumPy's weights are off by up to 1e-12 of themselves for 48 nodes."""
    nodes_and_weights = []
    with decimal.localcontext(decimal.Context(prec=40)):
        for x in map(decimal.Decimal, np.polynomial.legendre.leggauss(count)[0].tolist()):
            for _ in range(2):  # Newton's method, from 16 digits to 32 and more
                before, legendre = 1, x
                for k in range(2, count + 1):
                    before, legendre = legendre, ((2 * k - 1) * x * legendre - (k - 1) * before) / k
                slope = count * (x * legendre - before) / (x * x - 1)
                x -= legendre / slope
            nodes_and_weights.append((float(x), float(2 / ((1 - x * x) * slope * slope))))
    return nodes_and_weights


def gaussian_bin_masses(mean, variance, bins, beyond=0.0):
    """∫ N(t; mean, variance) dt over each of `bins` equal bins of [0,1]: [...] and [...] to [..., bins].

    The two outer edges lie at -beyond and 1 + beyond.

    Differences of distribution functions cancel in two ways, both avoided here: in the upper tail, where both are nearly 1 (so the
    tails themselves are subtracted), and over bins so narrow that the density hardly changes (so the density is integrated).
    """
    scale = np.sqrt(2 * variance)[..., None]
    position = np.arange(2 * bins + 1) / (2 * bins)  # edges and middles in turn
    half_width = np.full(bins, 1 / (2 * bins))
    for outer_edge, its_middle, outwards in ((0, 1, -beyond), (-1, -2, beyond)):
        position[outer_edge] += outwards
        position[its_middle] += outwards / 2
        half_width[outer_edge] += beyond / 2
    x = (position.astype(mean.dtype) - mean[..., None]) / scale
    lower, middle, upper, half_width = x[..., :-1:2], x[..., 1::2], x[..., 2::2], half_width.astype(mean.dtype) / scale

    tail = erfc(np.abs(x[..., ::2])) / 2
    below, above = tail[..., :-1], tail[..., 1:]
    difference = np.where(lower >= 0, below - above, np.where(upper <= 0, above - below, 1 - below - above))

    # Ten nodes leave a relative error below 1e-17 where (1 + 2|middle|)·half_width is at most ½.
    quadrature = np.zeros_like(middle)
    for node, weight in _gauss_legendre(10):
        quadrature += weight * np.exp(-(middle + node * half_width) ** 2)
    quadrature *= half_width / math.sqrt(math.pi)

    return np.where((1 + 2 * np.abs(middle)) * half_width <= 0.5, quadrature, difference)


def rotations(offset, length, base, count, scaling=None):
    """Cosines and sines [length,count] of the angles p·f_j, p = offset …, f_j = base^(-j/count), j = 0 … count − 1, in float64.

    `scaling` (factor, low, high, original length): a wave that fits in that length less than low times is slowed by the factor, one that
    fits more than high times stays, and between the two the frequency is interpolated."""
    frequency = float(base) ** (-np.arange(count) / count)
    if scaling:
        factor, low, high, original = scaling
        share = np.clip((original * frequency / (2 * np.pi) - low) / (high - low), 0, 1)
        frequency = share * frequency + (1 - share) * frequency / factor
    angle = np.outer(offset + np.arange(length, dtype=np.float64), frequency)
    return np.cos(angle), np.sin(angle)


def truncated_gaussian_expectations(functions, centre, half_width, mean, deviation):
    """∫ f(s) N(centre + s; mean, deviation²) ds over |s| <= half_width, for every f of `functions`.

    Gauss-Legendre where the Gaussian is above e^-37 of its largest value on the interval: at most 8.6 deviations to either side of
    it, on which 48 nodes leave 1e-18. Where f keeps its sign nothing cancels, in the tails as little as at a peak inside.
    """
    offset = mean - centre
    lower, upper = (-half_width - offset) / deviation, (half_width - offset) / deviation
    reach = np.hypot(np.minimum(np.maximum(lower, 0), upper), 8.6)
    x_middle, x_half = _middle_and_half(np.maximum(lower, -reach), np.minimum(upper, reach))
    s_middle, s_half = _middle_and_half(np.maximum(-half_width, offset - reach * deviation),
                                        np.minimum(half_width, offset + reach * deviation))
    is_inside = np.abs(offset) <= half_width
    sums = [0] * len(functions)
    for node, weight in _gauss_legendre(48):
        # x = (s - offset)/deviation. Outside, s may be small where x is not, and is then not their sum; inside, they must be of one and the
        # same node: of a sum over s of both signs, what moves all nodes would be left.
        x = x_middle + node * x_half
        s = np.where(is_inside, offset + deviation * x, s_middle + node * s_half)
        mass = weight * np.exp(-x ** 2 / 2)
        sums = [total + f(s) * mass for total, f in zip(sums, functions)]
    return [total * x_half / math.sqrt(2 * math.pi) for total in sums]


def _middle_and_half(lower, upper):
    return (lower + upper) / 2, (upper - lower) / 2
