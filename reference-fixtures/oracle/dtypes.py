"""The number formats a case may be judged in."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class DType:
    """A binary format: `u` is the unit roundoff, `tiny` the smallest normal, `largest` the largest finite value."""

    name: str
    title: str
    significant_bits: int
    smallest_exponent: int
    largest_exponent: int

    @property
    def u(self):
        return 2.0 ** -self.significant_bits

    @property
    def tiny(self):
        return 2.0**self.smallest_exponent

    @property
    def largest(self):
        return float(Fraction(2) ** self.largest_exponent * (2 - Fraction(2) ** (1 - self.significant_bits)))

    @property
    def is_16_bit(self):
        return self.significant_bits < 24

    def holds(self, x):
        """Whether x is 0 or a normal number of this format."""
        if x == 0:
            return True
        numerator, denominator = abs(x).as_integer_ratio()
        odd_part = numerator // (numerator & -numerator)
        return odd_part.bit_length() <= self.significant_bits and self.tiny <= abs(x) <= self.largest


F64 = DType("f64", "float64", 53, -1022, 1023)
F32 = DType("f32", "float32", 24, -126, 127)
BF16 = DType("bf16", "bfloat16", 8, -126, 127)
F16 = DType("f16", "float16", 11, -14, 15)

ALL = (F64, F32, BF16, F16)
