using System.Numerics;
using Harness.Conformance.Fixtures;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Comparison;

/// <summary>What the errors of an output say together, of which each is within its tolerance.</summary>
/// <remarks>
/// The unit is w = max(ρ, u·|golden|), an eighth of an entry's tolerance. Entries that a format of three bits less holds tell nothing and are left
/// out, as are those below the normal range.
/// </remarks>
/// <param name="Entries">How many entries tell something.</param>
/// <param name="MeanSquare">The mean of (error/w)².</param>
/// <param name="Lean">The mean of error/w in the direction of the value: negative toward zero.</param>
/// <param name="Roundoff">The mean of u·|golden|/w: what one rounding is of w.</param>
/// <param name="Countable">For each number of lost bits from 1: in how many significands it would show.</param>
/// <param name="Coarse">In how many of these it does: so many last bits are 0.</param>
public sealed record TensorErrors(
    int Entries, double MeanSquare, double Lean, double Roundoff, IReadOnlyList<int> Countable, IReadOnlyList<int> Coarse)
{
    /// <summary>As many lost bits are looked for; more of them exceed tolerances.</summary>
    public const int MostLostBits = 4;

    private const int DoubleBits = 53;
    private const int SpareBits = 3;
    private const double Held = 1.0 / 16;

    // What chance makes of honest bits is less than this beyond their share, nearly always; who has more is held against correct rounding.
    private const double Suspicious = 1.2;
    private const double MostUnexamined = 0.5;

    /// <summary>Sums up an output.</summary>
    /// <param name="output">Shape and judgement.</param>
    /// <param name="got">What the implementation gave.</param>
    /// <param name="golden">The golden values.</param>
    /// <param name="rho">ρ per entry.</param>
    /// <param name="format">The format computed in.</param>
    /// <param name="factor">What tolerances are multiplied with.</param>
    /// <param name="rounded">What correct rounding gives, computed where last bits are suspicious; null where that is not known.</param>
    /// <returns>Null if no entry tells anything, and for columns, whose ρ says how far a solver may be off and not how far rounding is.</returns>
    internal static TensorErrors? Of(
        GoldenOutput output, double[] got, double[] golden, double[] rho, FloatFormat format, double factor, Func<double[]?> rounded)
    {
        if (output.Judgement == Judgement.Columns)
            return null;
        var (squares, lean, roundoff) = (0.0, 0.0, 0.0);
        var (entries, significands) = (0, new Dictionary<long, int>());
        for (var i = 0; i < golden.Length; i++)
        {
            var size = Math.Abs(golden[i]);
            var rounding = format.UnitRoundoff * size;
            if (size < format.SmallestNormal || Math.Abs(Nearest(size, format.SignificandBits - SpareBits) - size) < Held * rounding)
                continue;
            var unit = factor * Math.Max(rho[i], rounding);
            var error = (got[i] - golden[i]) / unit * Math.Sign(golden[i]);
            squares += error * error;
            lean += error;
            roundoff += rounding / unit;
            entries++;

            // Equal significands are rounded alike. Positions may be counted from the other end: no digits are lost by that, and zeros come in.
            if (got[i] != 0 && output.Part != PrecisionPart.Positions)
                significands.TryAdd(BitConverter.DoubleToInt64Bits(golden[i]) << (64 - DoubleBits + 1), i);
        }

        // What is wrong beyond measure fails by its entries.
        if (entries == 0 || !double.IsFinite(squares) || !double.IsFinite(lean) || !double.IsFinite(roundoff))
            return null;
        var (countable, coarse) = (new int[MostLostBits], new int[MostLostBits]);
        for (var lost = 1; lost <= MostLostBits; lost++)
        {
            var bits = format.SignificandBits - lost;
            int[] shown = [.. significands.Values.Where(entry => !Holds(golden[entry], bits))];
            int[] found = [.. shown.Where(entry => Holds(got[entry], bits))];
            var isSuspicious = found.Length > Math.ScaleB(shown.Length, -lost) + Suspicious * Math.Sqrt(shown.Length);
            var correct = isSuspicious ? rounded() : null;

            // A difference that cancels ends in zeros in honest arithmetic too.
            var both = correct is null ? 0 : found.Count(entry => Holds(correct[entry], bits));
            countable[lost - 1] = shown.Length - both;
            coarse[lost - 1] = correct is null ? Math.Min(found.Length, (int)(MostUnexamined * shown.Length)) : found.Length - both;
        }

        return new TensorErrors(entries, squares / entries, lean / entries, roundoff / entries, countable, coarse);
    }

    /// <summary>One summary of several that hang on each other: means of the means.</summary>
    public static TensorErrors Together(IReadOnlyList<TensorErrors> parts) => new(
        parts.Sum(part => part.Entries),
        parts.Average(part => part.MeanSquare),
        parts.Average(part => part.Lean),
        parts.Average(part => part.Roundoff),
        [.. Enumerable.Range(0, MostLostBits).Select(lost => parts.Sum(part => part.Countable[lost]))],
        [.. Enumerable.Range(0, MostLostBits).Select(lost => parts.Sum(part => part.Coarse[lost]))]);

    private static bool Holds(double value, int bits) => BitOperations.TrailingZeroCount(BitConverter.DoubleToInt64Bits(value)) >= DoubleBits - bits;

    // Carries run into the exponent, as they should.
    private static double Nearest(double magnitude, int bits)
    {
        var last = 1L << (DoubleBits - bits);
        return BitConverter.Int64BitsToDouble((BitConverter.DoubleToInt64Bits(magnitude) + last / 2) & -last);
    }
}
