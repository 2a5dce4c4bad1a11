namespace Harness.Tensors.Numerics;

/// <summary>A binary floating-point format whose values are all doubles: its precision, its range, and rounding to it.</summary>
public sealed class FloatFormat
{
    private const long ExponentBits = 0x7FF0_0000_0000_0000;

    private readonly double _shifter;

    private FloatFormat(string name, int bytes, int significandBits, int smallestExponent, int largestExponent)
    {
        Name = name;
        Bytes = bytes;
        SignificandBits = significandBits;
        UnitRoundoff = Math.ScaleB(1, -significandBits);
        SmallestNormal = Math.ScaleB(1, smallestExponent);
        LargestFinite = Math.ScaleB(2 - 2 * UnitRoundoff, largestExponent);
        _shifter = Math.ScaleB(1.5, 53 - significandBits);
    }

    // CA1720 forbids names that contain a type's name; here the type is the meaning.
#pragma warning disable CA1720
    /// <summary>IEEE double: u = 2⁻⁵³.</summary>
    public static FloatFormat Float64 { get; } = new("f64", bytes: 8, significandBits: 53, smallestExponent: -1022, largestExponent: 1023);

    /// <summary>IEEE single: u = 2⁻²⁴.</summary>
    public static FloatFormat Float32 { get; } = new("f32", bytes: 4, significandBits: 24, smallestExponent: -126, largestExponent: 127);
#pragma warning restore CA1720

    /// <summary>bfloat16, the upper half of a single: u = 2⁻⁸.</summary>
    public static FloatFormat BFloat16 { get; } = new("bf16", bytes: 2, significandBits: 8, smallestExponent: -126, largestExponent: 127);

    /// <summary>IEEE half: u = 2⁻¹¹.</summary>
    public static FloatFormat Float16 { get; } = new("f16", bytes: 2, significandBits: 11, smallestExponent: -14, largestExponent: 15);

    /// <summary>Every known format, the most precise first.</summary>
    public static IReadOnlyList<FloatFormat> All { get; } = [Float64, Float32, Float16, BFloat16];

    /// <summary>The name in files and on command lines: f64, f32, f16 or bf16.</summary>
    public string Name { get; }

    /// <summary>Significant bits p of a normal number, the hidden one included.</summary>
    public int SignificandBits { get; }

    /// <summary>Whether it is one of the narrow formats, for which float32 is wide.</summary>
    public bool Is16Bit => Bytes == 2;

    /// <summary>Bytes of a number.</summary>
    public int Bytes { get; }

    /// <summary>u = 2⁻ᵖ, the largest relative error of rounding to nearest within the normal range.</summary>
    public double UnitRoundoff { get; }

    /// <summary>The smallest positive number with full precision.</summary>
    public double SmallestNormal { get; }

    /// <summary>The largest finite number.</summary>
    public double LargestFinite { get; }

    /// <summary>The format of that name.</summary>
    /// <exception cref="FormatException">No format has that name.</exception>
    public static FloatFormat Parse(string name) =>
        All.FirstOrDefault(format => format.Name == name)
        ?? throw new FormatException(
            $"Number format: found \"{name}\", expected one of {string.Join(", ", All.Select(format => format.Name))}.");

    /// <summary>The nearest number of this format, ties to even, in one rounding; see <see cref="Rounding"/>.</summary>
    public double Round(double value) =>
        SignificandBits == 53 ? value : Rounding.ToNearest(value, _shifter, SmallestNormal, LargestFinite);

    /// <summary>The nearest number of this format, ties to even, in one rounding.</summary>
    public double Round(DoubleDouble value)
    {
        // Where the leading double is halfway between two numbers of the format, the trailing one decides. A double whose last bit
        // is set is never halfway, so one step towards the trailing part, taken from an even double only, reaches no other tie.
        var leading = value.Hi;
        var isEven = (BitConverter.DoubleToInt64Bits(leading) & 1) == 0;
        return SignificandBits == 53 || !isEven || value.Lo == 0 || !double.IsFinite(leading) ? Round(leading)
            : value.Lo > 0 ? Round(Math.BitIncrement(leading))
            : Round(Math.BitDecrement(leading));
    }

    /// <summary>Whether this format holds the value without rounding. Infinities and NaN are held.</summary>
    public bool IsExact(double value) => Round(value) == value || double.IsNaN(value);

    /// <summary>
    /// The spacing of this format's numbers at the value: 2^(e−p+1) for |value| in [2^e, 2^(e+1)), and the smallest subnormal below
    /// the normal range. Beyond <see cref="LargestFinite"/> as if exponents went on; NaN for infinities and NaN.
    /// </summary>
    public double Ulp(double value) => double.IsFinite(value)
        ? Math.Max(PowerOfTwoBelow(value), SmallestNormal) * (2 * UnitRoundoff)
        : double.NaN;

    /// <inheritdoc/>
    public override string ToString() => Name;

    // The largest power of two not above |value|; 0 for a subnormal.
    internal static double PowerOfTwoBelow(double value) =>
        BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(value) & ExponentBits);
}
