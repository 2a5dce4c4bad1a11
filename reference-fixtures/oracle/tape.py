"""Reverse mode: an arithmetic that wraps another, records what a formula does and sweeps it backwards in the wrapped one.

Over `Exact` it gives golden gradients, over `Perturbed` gradients with noise on every operation, forward and backward. What the forward
evaluation selects (the largest, the active side of a maximum, a bin, an order) is held fixed.
"""

import contextlib
import sys

from arithmetic import Number
from functions import gaussian
from nested import each, flat

# Operation → for each operand what the adjoint g of the result z contributes to the operand's.
RULES = {
    "add": (lambda a, g, z, x, y: g, lambda a, g, z, x, y: g),
    "subtract": (lambda a, g, z, x, y: g, lambda a, g, z, x, y: -g),
    "multiply": (lambda a, g, z, x, y: g * y, lambda a, g, z, x, y: g * x),
    "divide": (lambda a, g, z, x, y: g / y, lambda a, g, z, x, y: -(g * z) / y),
    "negate": (lambda a, g, z, x: -g,),
    "exp": (lambda a, g, z, x: g * z,),
    "log": (lambda a, g, z, x: g / x,),
    "log1p": (lambda a, g, z, x: g / (1 + x),),
    "sqrt": (lambda a, g, z, x: g / (2 * z),),
    "cbrt": (lambda a, g, z, x: g * z / (3 * x),),
    "tanh": (lambda a, g, z, x: g * a.tanh_slope(x, z),),
    "logistic": (lambda a, g, z, x: g * a.sigmoid_slope(x, z),),
    "normal_cdf": (lambda a, g, z, x: g * _standard_normal(a, x),),
    "normal_mass": (
        lambda a, g, z, low, high: -(g * _standard_normal(a, low)),
        lambda a, g, z, low, high: g * _standard_normal(a, high),
    ),
}
# The same for operations on tensors: of a sum every term, of a product of two rows (x, y) for the contribution x y, and of the ridge
# system, whose matrix is symmetric, the right-hand side.
TENSOR_RULES = {
    "sum": lambda a, g: (g, None),
    "dot": lambda a, g, other: (g, other),
    "ridge_system": lambda a, G, F, ridge: a.ridge_adjoint(F, ridge, G),
}


def _standard_normal(a, x):
    return gaussian(a, x, a.number(0.0), a.number(1.0))


class Traced:
    """A number of a tape: the wrapped arithmetic's `value`, and the `uses` of it that contribute to its adjoint."""

    __slots__ = ("value", "tape", "depends", "uses")

    def __init__(self, value, tape, depends=False):
        self.value = value
        self.tape = tape
        self.depends = depends
        self.uses = []

    def __add__(self, other):
        return self.tape.operation("add", self.value + value_of(other), self, other)

    def __sub__(self, other):
        return self.tape.operation("subtract", self.value - value_of(other), self, other)

    def __rsub__(self, other):
        return self.tape.operation("subtract", other - self.value, other, self)

    def __mul__(self, other):
        return self.tape.operation("multiply", self.value * value_of(other), self, other)

    def __truediv__(self, other):
        return self.tape.operation("divide", self.value / value_of(other), self, other)

    def __rtruediv__(self, other):
        return self.tape.operation("divide", other / self.value, other, self)

    def __neg__(self):
        return self.tape.operation("negate", -self.value, self)

    def __abs__(self):
        return self if self > 0 else -self

    def __lt__(self, other):
        return self.value < value_of(other)

    def __gt__(self, other):
        return self.value > value_of(other)

    __radd__ = __add__
    __rmul__ = __mul__


def value_of(x):
    return x.value if isinstance(x, Traced) else x


class Tape:
    """The vocabulary of the wrapped arithmetic over `Traced` numbers."""

    def __init__(self, arithmetic, truncated=False):
        self.arithmetic = arithmetic
        self.truncated = truncated
        self.is_widened = False
        self.records = []

    def variable(self, x):
        """An input whose gradient is asked."""
        return Traced(self.arithmetic.number(x), self, depends=True)

    @contextlib.contextmanager
    def widened(self):
        outside, self.is_widened = self.is_widened, True
        with self.arithmetic.widened():
            yield
        self.is_widened = outside

    def narrowed(self, X):
        if not self.arithmetic.distinguishes_uses:
            return X
        return each(lambda x: self.operation("add", self.arithmetic.narrowed(x.value), x, 0), X)  # what rounding adds is constant

    def gradient(self, outputs, cotangents, variables, wide=()):
        """∂ Σ cotangent · output / ∂ variable as numbers of the wrapped arithmetic, from one backward sweep; `wide`: which variables
        have theirs `widened`."""
        for name, output in outputs.items():
            for y, g in zip(flat(output), flat(cotangents[name]), strict=True):
                if y.depends:
                    y.uses.append((name if self.arithmetic.distinguishes_uses else None, g, None))
        for is_widened, sweep in reversed(self.records):
            with self._precision(is_widened):
                sweep()
        zero, gradients = self.arithmetic.number(0.0), {}
        for name, tensor in variables.items():
            with self._precision(name in wide):
                gradients[name] = each(lambda x: self._adjoint(x) or zero, tensor)
        return gradients

    def _precision(self, is_widened):
        """That of an operation is that of its way back."""
        return self.arithmetic.widened() if is_widened else contextlib.nullcontext()

    def _adjoint(self, x):
        """The sum of all uses, or None where nothing contributes, not even 0 < |g|."""
        uses = {}
        for site, g, factor in x.uses:
            if not is_zero(g) and not (factor is not None and is_zero(factor)):
                uses.setdefault(site, []).append((g, factor))
        x.uses = ()
        total = self.arithmetic.gathered(list(uses.values())) if uses else None
        return None if total is None or is_zero(total) else total

    def _site(self):
        """Where in the formula an operation stands, along with all calls that lead there: one for each operation on tensors.

        Uses at one site are a reduction over axes of a tensor; those at different sites are added up.
        """
        if not self.arithmetic.distinguishes_uses:
            return None
        frame, site = sys._getframe(2), []
        while frame is not None and frame.f_code is not _EVALUATION:
            site.append((id(frame.f_code), frame.f_lasti))
            frame = frame.f_back
        return tuple(site)

    def operation(self, rule, value, *operands):
        depending = [(i, x) for i, x in enumerate(operands) if isinstance(x, Traced) and x.depends]
        z = Traced(value, self, bool(depending))
        if not depending:
            return z
        site = self._site()
        values = [value_of(x) for x in operands]

        def sweep():
            g = self._adjoint(z)
            if g is not None:
                for i, x in depending:
                    x.uses.append((site, RULES[rule][i](self.arithmetic, g, z.value, *values), None))

        self.records.append((self.is_widened, sweep))
        return z

    def share_of(self, total, x):
        """p = x/S: x̄ = p̄/S, S̄ = −p̄ p/S; the p̄ of S̄ has noise of its own.

        With weights p of a sum o = Σ p v, as attention has, p̄ = ⟨ō, v⟩. What all S̄ add up to, Σ p̄ p = ⟨ō, o⟩, is often computed as the latter: other
        sums of the same terms, whose roundings do not cancel against those of p̄ where one p is nearly 1.
        """
        p = Traced(self.arithmetic.share_of(total.value, x.value), self, x.depends or total.depends)
        if not p.depends:
            return p
        site = self._site()

        def sweep():
            uses = p.uses
            g = self._adjoint(p)
            if g is None:
                return
            if x.depends:
                x.uses.append((site, g / total.value, None))
            if self.arithmetic.has_noise:
                p.uses = uses
                g = self._adjoint(p)
            if total.depends and g is not None:
                total.uses.append((site, -(g * p.value) / total.value, None))

        self.records.append((self.is_widened, sweep))
        return p

    def number(self, x):
        return Traced(self.arithmetic.number(x), self)

    def attribute(self, x):
        return Traced(self.arithmetic.attribute(x), self)

    def rational(self, x):
        return Traced(self.arithmetic.rational(x), self)

    def position(self, x, extent):
        return Traced(self.arithmetic.position(x, extent), self)

    def shares(self, share, extent):
        return tuple(Traced(x, self) for x in self.arithmetic.shares(share, extent))

    def scaled_by_rounding(self, x, exponent):
        """No more than x: with weights that do not add up to 1, what comes back through a saturated softmax is rounding errors."""
        return x

    def reciprocal_root(self, n):
        return Traced(self.arithmetic.reciprocal_root(n), self)

    def two_pi(self):
        return Traced(self.arithmetic.two_pi(), self)

    def turn(self, position, base, exponent, scaling=None):
        return tuple(Traced(x, self) for x in self.arithmetic.turn(position, base, exponent, scaling))

    def index(self, x):
        return self.arithmetic.index(x.value)

    def exp(self, x):
        return self.operation("exp", self.arithmetic.exp(x.value), x)

    def log(self, x):
        return self.operation("log", self.arithmetic.log(x.value), x)

    def log1p(self, x):
        return self.operation("log1p", self.arithmetic.log1p(x.value), x)

    def sqrt(self, x):
        return self.operation("sqrt", self.arithmetic.sqrt(x.value), x)

    def cbrt(self, x):
        return self.operation("cbrt", self.arithmetic.cbrt(x.value), x)

    def tanh(self, x):
        return self.operation("tanh", self.arithmetic.tanh(x.value), x)

    def normal_cdf(self, x):
        return self.operation("normal_cdf", self.arithmetic.normal_cdf(x.value), x)

    def normal_mass(self, low, high):
        return self.operation("normal_mass", self.arithmetic.normal_mass(low.value, high.value), low, high)

    def function(self, f, x):
        return self.operation(f.__name__, f(self.arithmetic, x.value), x)

    def sum(self, xs):
        xs = list(xs)
        return self._reduction("sum", self.arithmetic.sum([x.value for x in xs]), [(x,) for x in xs])

    def dot(self, xs, ys):
        pairs = list(zip(xs, ys, strict=True))
        return self._product(self.arithmetic.dot([x.value for x, _ in pairs], [y.value for _, y in pairs]), pairs)

    def _product(self, value, pairs):
        both = [(x, y.value) for x, y in pairs] + [(y, x.value) for x, y in pairs]
        return self._reduction("dot", value, both)

    def _reduction(self, rule, value, terms):
        """`terms`: each operand, and what the rule needs beside the adjoint."""
        terms = [term for term in terms if term[0].depends]
        z = Traced(value, self, bool(terms))
        if not terms:
            return z
        site = self._site()

        def sweep():
            g = self._adjoint(z)
            if g is not None:
                for x, *rest in terms:
                    x.uses.append((site, *TENSOR_RULES[rule](self.arithmetic, g, *rest)))

        self.records.append((self.is_widened, sweep))
        return z

    def ridge_system(self, F, ridge, right, X=None):
        if any(x.depends for x in flat(F)):
            raise ValueError("the ridge system's matrix depends on an input: basis values are constants")
        F, ridge, right = each(value_of, F), ridge.value, [list(row) for row in right]
        solution = self.arithmetic.ridge_system(F, ridge, each(value_of, right), None if X is None else each(value_of, X))
        Z = each(lambda z: Traced(z, self, any(x.depends for x in flat(right))), solution)
        site, zero = self._site(), self.arithmetic.number(0.0)

        def sweep():
            G = each(self._adjoint, Z)
            if any(g is not None for g in flat(G)):
                G = each(lambda g: zero if g is None else g, G)
                for x, g in zip(flat(right), flat(TENSOR_RULES["ridge_system"](self.arithmetic, G, F, ridge)), strict=True):
                    if x.depends:
                        x.uses.append((site, g, None))

        self.records.append((self.is_widened, sweep))
        return Z

    def unrounded_product(self, F, X):
        values = self.arithmetic.unrounded_product(each(value_of, F), each(value_of, X))
        columns = list(zip(*X))
        return [
            [self._product(z, list(zip(row, column, strict=True))) for z, column in zip(z_row, columns)]
            for z_row, row in zip(values, F)
        ]

    def maximum(self, *xs):
        xs = xs[0] if len(xs) == 1 else xs
        return xs[self.arithmetic.selected([x.value for x in xs])]

    def at_least(self, x, floor):
        return (x, floor)[self.arithmetic.larger(x.value, floor.value)]

    def offset(self, xs):
        return Traced(self.arithmetic.offset([x.value for x in xs]), self)

    def constant(self, X):
        return each(lambda x: Traced(x, self), self.arithmetic.constant(each(value_of, X)))

    def carried(self, X):
        return each(lambda x: Traced(x.value, self), X) if self.truncated else X

    def largest(self, values, k):
        return self.arithmetic.largest([x.value for x in values], k)

    def bin_of(self, u, edges):
        return self.arithmetic.bin_of(u.value, [x.value for x in edges])

    def ascending(self, values):
        return self.arithmetic.ascending([x.value for x in values])


def is_zero(x):
    return (x.v if isinstance(x, Number) else x) == 0


def traced(formula, tape, **inputs_and_attributes):
    """formula(tape, …): where the call that `Tape` follows sites to begins."""
    return formula(tape, **inputs_and_attributes)


_EVALUATION = traced.__code__
