"""A plain machine of a dtype: every operation rounded to nearest, reductions in order, the ridge system by Cholesky in the dtype.

Not used for the fixtures. `test_oracle.py` evaluates the cases with it: an ordinary implementation stays within the tolerances.
"""

import math

import dtypes
from arithmetic import NotJudgeable, Number, Perturbed, value_of
from cholesky import solve


class Machine(Perturbed):
    """Takes its own decisions."""

    def __init__(self, dtype):
        super().__init__(dtype, 0, [])
        self.wide = False
        self.functions = math
        self.reduction_step = _Rounding(dtypes.F32) if dtype.is_16_bit else self.operation_step

    def _step(self, dtype):
        return _Rounding(dtype)

    def turn(self, position, base, exponent, scaling=None):
        step = self.reduction_step
        frequency = step(float(base) ** float(exponent))
        if scaling:
            wavelength = step(step(2 * math.pi) / frequency)
            factor, low, high, length = (step(float(x)) for x in (scaling.factor, scaling.low, scaling.high, scaling.length))
            smooth = min(max(step(step(step(length / wavelength) - low) / step(high - low)), 0.0), 1.0)
            frequency = step(step(step(step(1 - smooth) * frequency) / factor) + step(smooth * frequency))
        angle = step(step(float(position)) * frequency)
        return self._rounded(math.cos(angle)), self._rounded(math.sin(angle))

    def position(self, x, extent):
        """As from an end of the axis."""
        return self._rounded(extent - self.operation_step(float(extent - x)))

    def shares(self, share, extent):
        """From the point rounded in the dtype, as float32 has it in 16-bit ones."""
        step = _Rounding(dtypes.F32) if self.dtype.is_16_bit else self.operation_step
        right = step(step(float(extent + share)) - extent)
        return self._rounded(1 - right), self._rounded(right)

    def scaled_by_rounding(self, x, exponent):
        return x

    def _replay(self, decide):
        return decide().choice

    def ascending(self, values):
        return sorted(range(len(values)), key=lambda i: values[i].v)

    def _reduced(self, values):
        total = values[0]
        for value in values[1:]:
            total = self.reduction_step(total + value)
        return self._rounded(total)

    def _dot(self, pairs):
        total = Number(0.0, self)
        for x, y in pairs:
            total = total + x * y
        return total

    def ridge_system(self, F, ridge, right, X=None):
        A = [[self._dot(zip(F[i], F[j])) for j in range(i + 1)] for i in range(len(F))]
        for i, row in enumerate(A):
            row[i] = row[i] + ridge
        return solve(A, right, self.sqrt, self._dot)

    def ridge_adjoint(self, F, ridge, G):
        return self.ridge_system(F, ridge, G)

    def unrounded_product(self, F, X):
        return [[self._dot(zip(row, column)) for column in zip(*X)] for row in F]


class _Rounding:
    """Round to nearest, ties to even, gradual underflow."""

    def __init__(self, dtype):
        self.bits = dtype.significant_bits
        self.smallest = dtype.smallest_exponent
        self.largest = dtype.largest
        self.native = self.bits == 53

    def __call__(self, v):
        if self.native or v == 0:
            return v
        exponent = max(math.frexp(v)[1] - 1, self.smallest)
        quantum = 2.0 ** (exponent - self.bits + 1)
        rounded = round(v / quantum) * quantum
        if abs(rounded) > self.largest:
            raise NotJudgeable("overflow")
        return rounded

    nonzero = __call__
