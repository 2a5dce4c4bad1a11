using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Ways to round that are not a format's own.</summary>
internal static class Roundings
{
    /// <summary>To the nearest number of so many significant bits.</summary>
    public static DoubleDouble Nearest(DoubleDouble value, int bits) => Split(value, bits, (down, rest, step) => Math.Abs(rest) * 2 >= step ? down + Math.CopySign(step, down) : down);

    /// <summary>Toward zero.</summary>
    public static DoubleDouble TowardZero(DoubleDouble value, int bits) => Split(value, bits, (down, _, _) => down);

    /// <summary>Up or down by chance, right in the mean.</summary>
    public static DoubleDouble Stochastic(DoubleDouble value, int bits, Random random) =>
        Split(value, bits, (down, rest, step) => random.NextDouble() * step < Math.Abs(rest) ? down + Math.CopySign(step, down) : down);

    // What is there toward zero, the rest, and the step between numbers.
    private static DoubleDouble Split(DoubleDouble value, int bits, Func<double, double, double, double> choose)
    {
        var (leading, trailing) = (value.Hi, value.Lo);
        if (leading == 0 || !double.IsFinite(leading) || Math.Abs(leading) < 1e-290)
            return value;
        if (trailing != 0 && (trailing < 0) != (leading < 0))
        {
            // |leading| is above the value: one place down, the rest is positive again.
            var below = leading > 0 ? Math.BitDecrement(leading) : Math.BitIncrement(leading);
            (leading, trailing) = (below, leading - below + trailing);
        }

        var step = Math.ScaleB(1, Math.ILogB(leading) - bits + 1);
        var down = Math.CopySign(Math.Floor(Math.Abs(leading) / step) * step, leading);
        return choose(down, leading - down + trailing, step);
    }
}
