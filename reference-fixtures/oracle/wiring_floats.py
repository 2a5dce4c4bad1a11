"""The arithmetic of Python's floats, for a search in which digits do not matter."""

import contextlib
import math

from cholesky import solve


class Floats:
    widened = staticmethod(contextlib.nullcontext)
    number = attribute = staticmethod(float)
    rational = staticmethod(float)
    sum = staticmethod(math.fsum)
    log1p, sqrt, tanh, cbrt = staticmethod(math.log1p), staticmethod(math.sqrt), staticmethod(math.tanh), staticmethod(math.cbrt)
    maximum = at_least = offset = staticmethod(max)

    def narrowed(self, X):
        return X

    def share_of(self, total, x):
        return x / total

    def exp(self, x):
        return math.exp(min(x, 700.0))

    def log(self, x):
        return math.log(x) if x > 0 else -math.inf

    def dot(self, xs, ys):
        return math.fsum(x * y for x, y in zip(xs, ys, strict=True))

    def reciprocal_root(self, n):
        return 1 / math.sqrt(n)

    def two_pi(self):
        return 2 * math.pi

    def normal_cdf(self, x):
        return (1 + math.erf(x / math.sqrt(2))) / 2

    def normal_mass(self, low, high):
        return self.normal_cdf(high) - self.normal_cdf(low)

    def function(self, f, x):
        return f(self, x)

    def scaled_by_rounding(self, x, exponent):
        return x

    def largest(self, values, k):
        return frozenset(sorted(range(len(values)), key=lambda j: (-values[j], j))[:k])

    def turn(self, position, base, exponent):
        angle = position * float(base) ** float(exponent)
        return math.cos(angle), math.sin(angle)

    def position(self, x, extent):
        return float(x)

    def index(self, x):
        return int(x)

    def larger(self, x, floor):
        return 0 if x > floor else 1

    def unrounded_product(self, F, X):
        return [[self.dot(row, column) for column in zip(*X)] for row in F]

    def ridge_system(self, F, ridge, right, X=None):
        A = [[self.dot(F[i], F[j]) + (ridge if i == j else 0.0) for j in range(i + 1)] for i in range(len(F))]
        return solve(A, right, math.sqrt, lambda pairs: math.fsum(x * y for x, y in pairs))
