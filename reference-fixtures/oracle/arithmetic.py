"""The two arithmetics every formula is evaluated in.

`Exact` computes with 50 decimal digits and gives the golden values. `Perturbed` computes the same formula as a machine of unit
roundoff u might: every operation's result is multiplied by 1 + 2uξ with ξ uniform in (-1, 1), and every reduction runs in a
random order with that noise on each product and partial sum. The spread of its results is where the tolerances come from.

Both offer the same vocabulary: numbers with + - * /, and exp, log, log1p, sqrt, cbrt, tanh, the mass of the normal distribution, cosine
and sine of a position's angle, sums, dot products, the ridge system, and the discrete decisions (which entries are the largest, which
bin, which order). Decisions are taken by `Exact` and replayed by `Perturbed`, because a flipped decision is not a rounding error.

What the precision contract has in float32 whatever the dtype, positions, regression and the state, is computed `widened`; a tensor made so
is `narrowed` where operations of the dtype take it. Only 16-bit dtypes are narrower than that.

What only a derivative tells apart, `tape.py` overrides: a number that is held (`constant`, `carried`, `offset`), a maximum that is a floor
(`at_least`), a function with a slope of its own (`function`).
"""

import contextlib
import functools
import math
import operator
import random
from dataclasses import dataclass
from fractions import Fraction

from mpmath import libmp, mp, mpf

import dtypes
from cholesky import factor, solve, substituted
from nested import each

mp.dps = 50
CANCELLED = mpf(10) ** -40  # of the largest term: what is left of terms that cancel exactly
LARGE_SYSTEM = 128  # equations; from here on a factorisation in 50 digits takes minutes


class NotJudgeable(Exception):
    """A perturbed evaluation left the numbers of its dtype; the message is the reason."""


class Decision:
    """A discrete choice and its margin: how far, in units in which 16u is the least safe value, it is from another choice.

    A margin of 0 is an exact tie.
    """

    def __init__(self, choice, margin=math.inf):
        self.choice = choice
        self.margin = margin


def largest(values, k):
    """Indices of the k largest values, ties to the lower index, and the gap at rank k relative to 1 + max|value|."""
    order = sorted(range(len(values)), key=lambda j: (-values[j], j))
    if k >= len(values):
        return Decision(frozenset(order))
    gap = values[order[k - 1]] - values[order[k]]
    return Decision(frozenset(order[:k]), float(gap / (1 + max(abs(v) for v in values))))


def selected(values):
    """Index of the largest value, ties to the lower index, and its lead over the second relative to 1 + max|value|."""
    return _only(largest(values, 1))


def larger(x, floor):
    """0 where x exceeds the floor, otherwise 1; the margin is relative to the larger of the two, since both keep their digits."""
    size = max(abs(x), abs(floor))
    return Decision(0 if x > floor else 1, float(abs(x - floor) / size) if size else 0.0)


def _only(decision):
    (choice,) = decision.choice
    return Decision(choice, decision.margin)


def bin_of(u, edges):
    """min{j : edges[j] > u} for edges c_0 … c_D with c_D = 1; the margin is min_j |u - c_j| / D.

    An edge that is exactly 0 belongs to bins without mass: no rounding moves it, so it does not count.
    """
    choice = next(j for j in range(1, len(edges)) if edges[j] > u)
    inner = [c for c in edges[1:-1] if c != 0]
    return Decision(choice, float(min((abs(u - c) for c in inner), default=math.inf) / (len(edges) - 1)))


def ascending(values):
    """The permutation that sorts the values. Margin: none, because exchanging close values changes the result little."""
    return Decision(tuple(sorted(range(len(values)), key=lambda i: values[i])))


@dataclass(frozen=True)
class FrequencyScaling:
    """Waves that fit in `length` positions less than `low` times turn more slowly by `factor`, more than `high` times as they are. Llama 3.1."""

    factor: float
    low: float
    high: float
    length: float

    def share(self, frequency):
        """0 for a long wave, 1 for a short one, and what lies between."""
        fits = frequency * self.length / (2 * mp.pi)
        return min(max((fits - mpf(self.low)) / (mpf(self.high) - mpf(self.low)), mpf(0)), mpf(1))


@functools.lru_cache(maxsize=None)
def turn(position, base, exponent, scaling=None):
    """cos and sin of the angle position·base^exponent, to 50 digits; the exponent is a Fraction."""
    frequency = mpf(base) ** (mpf(exponent.numerator) / exponent.denominator)
    if scaling:
        share = scaling.share(frequency)
        frequency *= share + (1 - share) / mpf(scaling.factor)
    return mp.cos(position * frequency), mp.sin(position * frequency)


def widened(formula):
    """A formula that is positions or regression throughout."""

    @functools.wraps(formula)
    def inside(a, *tensors, **named):
        with a.widened():
            return formula(a, *tensors, **named)

    return inside


class _Forward:
    """What a derivative tells apart and a value does not."""

    def share_of(self, total, x):
        """x / total, one of several that add up to 1."""
        return x / total

    def constant(self, X):
        """A tensor that counts as given, however it was computed."""
        return X

    def carried(self, X):
        """The state that enters a segment after the first."""
        return X

    def offset(self, xs):
        """The maximum, where the result does not depend on it."""
        return self.maximum(xs)

    def at_least(self, x, floor):
        return self.maximum(x, floor)

    def function(self, f, x):
        """f(x), whose slope is not that of the operations which f is made of."""
        return f(self, x)


class Exact(_Forward):
    """50 digits, no noise; remembers its decisions."""

    has_noise = False
    distinguishes_uses = False
    widened = staticmethod(contextlib.nullcontext)

    def __init__(self):
        self.decisions = []

    def narrowed(self, X):
        return X

    def number(self, x):
        return mpf(x)

    attribute = number

    def rational(self, x):
        x = Fraction(x)
        return mpf(x.numerator) / x.denominator

    def position(self, x, extent):
        """A point of an axis of that extent."""
        return self.rational(x)

    def shares(self, share, extent):
        """1 - share and share, of a point between two of an axis of that extent."""
        return self.rational(1 - share), self.rational(share)

    def scaled_by_rounding(self, x, exponent):
        """x e^(what rounding does to the exponent)."""
        return x

    def reciprocal_root(self, n):
        return 1 / mp.sqrt(n)

    def two_pi(self):
        return 2 * mp.pi

    def index(self, x):
        """A whole number that a tensor holds."""
        return int(x)

    turn = staticmethod(turn)
    exp = staticmethod(mp.exp)
    log = staticmethod(mp.log)
    log1p = staticmethod(mp.log1p)
    sqrt = staticmethod(mp.sqrt)
    cbrt = staticmethod(mp.cbrt)
    tanh = staticmethod(mp.tanh)
    maximum = staticmethod(max)
    sum = staticmethod(mp.fsum)

    def dot(self, xs, ys):
        return mp.fdot(zip(xs, ys, strict=True))

    def normal_cdf(self, x):
        """Φ(x), with all its digits in the tail."""
        return mp.erfc(-x / mp.sqrt(2)) / 2

    def normal_mass(self, low, high):
        """∫ N(x; 0, 1) dx over (low, high), through the tail that is smaller, where the difference keeps all its digits."""
        if low > 0:
            low, high = -high, -low
        return (mp.erfc(-high / mp.sqrt(2)) - mp.erfc(-low / mp.sqrt(2))) / 2

    def ridge_system(self, F, ridge, right, X=None):
        """(F Fᵀ + ridge·I)⁻¹ right, for F [N,P] and right [N,e] = F X; without X, right is columns of F."""
        if len(F) >= LARGE_SYSTEM:
            return refined_solution(F, ridge, right)
        A = [[mp.fdot(zip(F[i], F[j])) for j in range(i + 1)] for i in range(len(F))]
        for i, row in enumerate(A):
            row[i] += ridge
        return solve(A, right, mp.sqrt, mp.fdot)

    def ridge_adjoint(self, F, ridge, G):
        """The same for a right-hand side that comes from no signal."""
        return self.ridge_system(F, ridge, G)

    def unrounded_product(self, F, X):
        """F X as the right-hand side of a ridge system, whose rounding `ridge_system` accounts for."""
        return [[mp.fdot(zip(row, column)) for column in zip(*X)] for row in F]

    def sigmoid_slope(self, x, y):
        e = mp.exp(-abs(x))
        return e / (1 + e) ** 2

    def tanh_slope(self, x, y):
        return 1 / mp.cosh(x) ** 2

    def gathered(self, uses):
        """The sum of what the uses of a value contribute, lists of (x, None) or (x, y) for x y; exactly 0 where they cancel."""
        terms = [x if y is None else x * y for use in uses for x, y in use]
        total = mp.fsum(terms)
        return total if abs(total) > CANCELLED * max(map(abs, terms)) else mpf(0)

    def _decide(self, decision):
        self.decisions.append(decision)
        return decision.choice

    def selected(self, values):
        return self._decide(selected(values))

    def larger(self, x, floor):
        return self._decide(larger(x, floor))

    def largest(self, values, k):
        return self._decide(largest(values, k))

    def bin_of(self, u, edges):
        return self._decide(bin_of(u, edges))

    def ascending(self, values):
        return self._decide(ascending(values))


class Perturbed(_Forward):
    """The arithmetic of a dtype, modelled by noise; replays the decisions of an `Exact` run.

    float64 is modelled with 50-digit numbers, the narrower dtypes with Python floats, whose own rounding is 2⁻²⁹ of theirs.
    16-bit dtypes accumulate like float32 and round the result of a reduction once; `widened`, they are float32.
    """

    has_noise = True

    def __init__(self, dtype, seed, decisions):
        self.dtype = dtype
        self.random = random.Random(seed)
        self.wide = dtype.significant_bits == 53
        self.operation_step = self._step(dtype)
        self.reduction_step = self.operation_step
        if dtype.is_16_bit:
            self.reduction_step = _Step(self.random, 24, 2.0**-126, math.inf, dtype.title, self.wide)
        self.functions = mp if self.wide else math
        self.decisions = iter(decisions)
        self.frequency_errors = {}

    def _step(self, dtype):
        return _Step(self.random, dtype.significant_bits, dtype.tiny, dtype.largest, dtype.title, self.wide)

    @contextlib.contextmanager
    def widened(self):
        """The arithmetic of float32, where that is wider."""
        narrow = self.dtype, self.operation_step, self.reduction_step
        if self.dtype.is_16_bit:
            step = self._step(dtypes.F32)
            self.dtype, self.operation_step, self.reduction_step = dtypes.F32, step, step
        try:
            yield
        finally:
            self.dtype, self.operation_step, self.reduction_step = narrow

    def narrowed(self, X):
        """A tensor that was computed `widened`, rounded to a 16-bit dtype."""
        return each(lambda x: self._rounded(x.v), X) if self.dtype.is_16_bit else X

    @property
    def distinguishes_uses(self):
        """Whether adding up the uses of a value differs from a reduction."""
        return self.dtype.is_16_bit

    def number(self, x):
        """An input: given exactly, never perturbed."""
        return Number(mpf(x) if self.wide else x, self)

    def attribute(self, x):
        """Rounded once if the dtype does not hold it."""
        return self.number(x) if self.dtype.holds(float(x)) else self._rounded(mpf(x) if self.wide else float(x))

    def rational(self, x):
        x = Fraction(x)
        return self._rounded(mpf(x.numerator) / x.denominator if self.wide else float(x))

    def position(self, x, extent):
        """Computed from numbers as large as the axis is long, such as both its ends, and so no better near 0 than elsewhere."""
        x = Fraction(x)
        x = mpf(x.numerator) / x.denominator if self.wide else float(x)
        return self._rounded(x + self._error(extent))

    def shares(self, share, extent):
        error = self._error(extent)
        return tuple(
            self._rounded((mpf(x.numerator) / x.denominator if self.wide else float(x)) + e) for x, e in ((1 - share, -error), (share, error))
        )

    def scaled_by_rounding(self, x, exponent):
        return Number(x.v * (1 + self._error(abs(float(exponent.v)))), self)

    def reciprocal_root(self, n):
        return self._rounded(1 / self.functions.sqrt(n))

    def two_pi(self):
        return self._rounded(2 * self.functions.pi)

    def index(self, x):
        return int(x.v)

    def turn(self, position, base, exponent, scaling=None):
        """The frequency and its product with the position are rounded, with 24 bits in 16-bit dtypes; then cosine and sine each once."""
        scale, relative = self._frequency_error(base, exponent, scaling)
        angle = position * float(base) ** float(exponent) * scale
        error = angle * relative + self._error(angle)
        cos, sin = (x if self.wide else float(x) for x in turn(position, base, exponent, scaling))
        c, s = self.functions.cos(error), self.functions.sin(error)
        return self._rounded(cos * c - sin * s), self._rounded(sin * c + cos * s)

    def _frequency_error(self, base, exponent, scaling):
        """What scaling does to exp(exponent · ln base), and the relative error, of which a run has one: both the logarithm and its product are
        rounded, or the exponent is."""
        if (base, exponent) not in self.frequency_errors:
            size = abs(float(exponent) * math.log(base))
            error = self._error(1) + self._error(size) + self._error(size)
            frequency = float(base) ** float(exponent)
            self.frequency_errors[base, exponent] = self._scaled_error(frequency, error, scaling) if scaling else (1.0, error)
        return self.frequency_errors[base, exponent]

    def _scaled_error(self, frequency, error, scaling):
        """To first order, what is rounded as one, by the root mean square: of f·length/2π four roundings, of s the difference's and the
        quotient's and those of low and high, of what is slowed three, and of the sum's terms and the sum. What f is off by moves s too."""
        s = float(scaling.share(mpf(frequency)))
        if s == 1:
            return 1.0, error
        if s == 0:
            return 1 / scaling.factor, error + self._error(math.sqrt(2))
        width, slowed, slope = scaling.high - scaling.low, (1 - s) / scaling.factor, 1 - 1 / scaling.factor
        fits, scale = scaling.low + s * width, s + slowed
        moved = math.hypot(2 * fits, scaling.low * (1 - s), scaling.high * s) / width
        rounded = math.hypot(slope * moved, slope * s, slope * s, math.sqrt(3) * slowed, s, scale)
        return scale, error + (error * slope * fits / width + self._error(rounded)) / scale

    def _error(self, size):
        """What rounding does to a number of that size, on the way to a constant."""
        return size * self.reduction_step.two_u * (2 * self.random.random() - 1)

    def exp(self, x):
        try:
            value = self.functions.exp(x.v)
        except OverflowError:
            raise NotJudgeable(f"an intermediate value overflows in {self.dtype.title}") from None
        return Number(self.operation_step.nonzero(value), self)

    def log(self, x):
        self._require_positive(x)
        return self._rounded(self.functions.log(x.v))

    def log1p(self, x):
        return self._rounded(self.functions.log1p(x.v))

    def sqrt(self, x):
        self._require_positive(x)
        return self._rounded(self.functions.sqrt(x.v))

    def cbrt(self, x):
        return self._rounded(self.functions.cbrt(x.v))

    def tanh(self, x):
        return self._rounded(self.functions.tanh(x.v))

    def maximum(self, *xs):
        return max(xs[0] if len(xs) == 1 else xs, key=value_of)

    def sum(self, xs):
        return self._reduced([value_of(x) for x in xs])

    def dot(self, xs, ys):
        step = self.reduction_step
        return self._reduced([step(x.v * y.v) for x, y in zip(xs, ys, strict=True)])

    def normal_mass(self, low, high):
        """Φ(high) - Φ(low)."""
        return self.normal_cdf(high) - self.normal_cdf(low)

    def ridge_system(self, F, ridge, right, X=None):
        """One operation, solved accurately for a matrix and a right-hand side that are perturbed.

        Entry by entry, as their own rounding does it; and as wholes, as backward stable methods do it, whichever they are. With A = F Fᵀ + λI,
        whose norm is that of [Fᵀ; √λI] squared: one that solves A C = F X (Cholesky, LU, eigenvectors) adds to A what has 2u of its norm; one that
        fits C to X (QR, the singular values of F) adds to F what has 2u of √‖A‖, and so to F X, where nothing fits, 2u√‖A‖‖X‖.
        """
        sizes = [1.0] * len(right[0]) if X is None else [math.hypot(*(float(value_of(x)) for x in column)) for column in zip(*X)]
        return self._ridge_solution(F, ridge, right, lambda norm: [math.sqrt(norm) * size for size in sizes])

    def ridge_adjoint(self, F, ridge, G):
        sizes = [math.hypot(*(float(value_of(g)) for g in column)) for column in zip(*G)]
        return self._ridge_solution(F, ridge, G, lambda norm: sizes)

    def _ridge_solution(self, F, ridge, right, right_sizes):
        step = self.operation_step
        total = mp.fdot if self.wide else _float_dot
        F = [[x.v for x in row] for row in F]
        A = [[total(zip(F[i], F[j])) for j in range(i + 1)] for i in range(len(F))]
        for i, row in enumerate(A):
            row[i] += ridge.v
        # The largest sum of a row's moduli is at least the 2-norm. Noise on N² entries moves a vector by √N times their size.
        norm = float(max(sum(abs(A[max(i, j)][min(i, j)]) for j in range(len(A))) for i in range(len(A))))
        share = 1 / math.sqrt(len(A))
        A = [[step(x) + self._error(norm * share) for x in row] for row in A]
        sizes = right_sizes(norm)
        right = [[step(value_of(x)) + self._error(size * share) for x, size in zip(row, sizes, strict=True)] for row in right]
        try:
            solution = solve(A, right, self.functions.sqrt, total)
        except ValueError:
            raise NotJudgeable(f"rounding in {self.dtype.title} makes F Fᵀ + λI indefinite") from None
        return [[Number(x, self) for x in row] for row in solution]

    def unrounded_product(self, F, X):
        total = mp.fdot if self.wide else _float_dot
        columns = [[x.v for x in column] for column in zip(*X)]
        return [[Number(total(zip([x.v for x in row], column)), self) for column in columns] for row in F]

    def sigmoid_slope(self, x, y):
        """y(1 - y) of the result, as libraries have it: near 1 it keeps few digits."""
        return y * (1 - y)

    def tanh_slope(self, x, y):
        return 1 - y * y

    def gathered(self, uses):
        """Each use's contributions are a reduction; their results are added up one by one, in random order."""
        totals = [self._contributed(use) for use in uses]
        self.random.shuffle(totals)
        total = totals[0]
        for other in totals[1:]:
            total = total + other
        return total

    def _contributed(self, use):
        if len(use) == 1 and use[0][1] is None:
            return use[0][0]
        step = self.reduction_step
        return self._reduced([x.v if y is None else step(x.v * y.v) for x, y in use])

    def selected(self, values):
        return self._replay(lambda: selected([x.v for x in values]))

    def larger(self, x, floor):
        return self._replay(lambda: larger(x.v, floor.v))

    def largest(self, values, k):
        return self._replay(lambda: largest([x.v for x in values], k))

    def bin_of(self, u, edges):
        return self._replay(lambda: bin_of(u.v, [value_of(c) for c in edges]))

    def ascending(self, values):
        return next(self.decisions).choice

    def _replay(self, decide):
        recorded = next(self.decisions)
        if recorded.margin > 0 and decide().choice != recorded.choice:
            raise NotJudgeable(f"rounding in {self.dtype.title} changes a rank or a bin")
        return recorded.choice

    def normal_cdf(self, x):
        """Φ(x) = ½(1 + erf(x/√2)), as libraries offer it."""
        root_of_two = self._rounded(self.functions.sqrt(2))
        erf = self._rounded(self.functions.erf((x / root_of_two).v))
        return (1 + erf) * self.number(0.5)

    def _require_positive(self, x):
        if x.v <= 0:
            raise NotJudgeable(f"an intermediate value that must be positive underflows in {self.dtype.title}")

    def _rounded(self, value):
        return Number(self.operation_step(value), self)

    def _reduced(self, values):
        self.random.shuffle(values)
        step = self.reduction_step
        total = values[0]
        for value in values[1:]:
            total = step(total + value)
        return self._rounded(total) if self.dtype.is_16_bit else Number(total, self)


class Number:
    """A number of a perturbed arithmetic: each operator is one operation with its noise. Negation is exact."""

    __slots__ = ("v", "arithmetic")

    def __init__(self, v, arithmetic):
        self.v = v
        self.arithmetic = arithmetic

    def __add__(self, other):
        return Number(self.arithmetic.operation_step(self.v + value_of(other)), self.arithmetic)

    def __sub__(self, other):
        return Number(self.arithmetic.operation_step(self.v - value_of(other)), self.arithmetic)

    def __rsub__(self, other):
        return Number(self.arithmetic.operation_step(other - self.v), self.arithmetic)

    def __mul__(self, other):
        return Number(self.arithmetic.operation_step(self.v * value_of(other)), self.arithmetic)

    def __truediv__(self, other):
        if value_of(other) == 0:
            raise NotJudgeable(f"a denominator underflows in {self.arithmetic.dtype.title}")
        return Number(self.arithmetic.operation_step(self.v / value_of(other)), self.arithmetic)

    def __rtruediv__(self, other):
        return Number(other, self.arithmetic) / self

    def __neg__(self):
        return Number(-self.v, self.arithmetic)

    def __abs__(self):
        return Number(abs(self.v), self.arithmetic)

    def __lt__(self, other):
        return self.v < value_of(other)

    def __gt__(self, other):
        return self.v > value_of(other)

    __radd__ = __add__
    __rmul__ = __mul__


def value_of(x):
    return x.v if isinstance(x, Number) else x


class _Step:
    """The rounding of one operation: v ↦ v(1 + 2uξ), plus smallest_normal·ξ where v is below the normal range.

    That addition covers gradual underflow and flushing to zero. 0 stays 0: an operation that gives 0 gives it exactly.
    """

    def __init__(self, source, significant_bits, tiny, largest, title, wide):
        self.uniform = source.random
        self.bits = source.getrandbits
        self.two_u = 2.0 ** (1 - significant_bits)
        self.tiny = mpf(tiny) if wide else tiny
        self.largest = mpf(largest) if wide else largest
        self.title = title
        self.wide = wide

    def __call__(self, v):
        return self.nonzero(v) if v else v

    def nonzero(self, v):
        """The same for a result known not to be 0, even where a float shows 0."""
        v *= self._wide_factor() if self.wide else 1 + self.two_u * (2 * self.uniform() - 1)
        size = abs(v)
        if size < self.tiny:
            v += self.tiny * (2 * self.uniform() - 1)
        elif size > self.largest:
            raise NotJudgeable(f"an intermediate value overflows in {self.title}")
        return v

    def _wide_factor(self):
        # 1 + 2⁻⁵²·k/2³⁰ with k uniform in [-2³⁰, 2³⁰), put together from its mantissa: adding two 50-digit numbers takes longer.
        return mp.make_mpf(libmp.from_man_exp((1 << 82) + self.bits(31) - (1 << 30), -82))


def _float_dot(pairs):
    return math.fsum(x * y for x, y in pairs)


def refined_solution(F, ridge, right):
    """(F Fᵀ + ridge·I)⁻¹ right by a factorisation in float64 and corrections from residuals in 50 digits.

    Every correction gains about ten digits, as many as float64 has more than the condition costs; the last one is below 1e-35.
    """
    rough = [[float(x) for x in row] for row in F]
    A = [[sum(map(operator.mul, rough[i], rough[j])) for j in range(i + 1)] for i in range(len(F))]
    for i, row in enumerate(A):
        row[i] += float(ridge)
    lower = factor(A, math.sqrt, _float_dot)
    positions = list(zip(*F))
    solutions = []
    for column in zip(*right):
        x = [mpf(0)] * len(F)
        while True:
            signal = [mp.fdot(zip(values, x)) for values in positions]
            residual = [b - mp.fdot(zip(row, signal)) - ridge * c for b, row, c in zip(column, F, x)]
            correction = [c for (c,) in substituted(lower, [[float(r)] for r in residual], _float_dot)]
            x = [c + d for c, d in zip(x, correction)]
            if max(map(abs, correction)) < mpf(10) ** -35 * max(map(abs, x)):
                break
        solutions.append(x)
    return [list(row) for row in zip(*solutions)]
