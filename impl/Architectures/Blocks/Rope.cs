using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.Blocks;

/// <summary>Which entries turn together, and how fast.</summary>
/// <param name="Base">&gt; 0; the frequencies fall from 1 towards 1/base.</param>
/// <param name="Pairs"><c>half</c>: entries j and j + h, as Hugging Face's Llama has them; <c>interleaved</c>: 2j and 2j + 1, as Meta's.</param>
/// <param name="Scaled">Whether frequencies are scaled as in Llama 3.1, by what follows.</param>
/// <param name="Factor">&gt; 0, what the frequency of a long wave is divided by.</param>
/// <param name="LowFreqFactor">&gt; 0; a wave that fits in the original length less often is long.</param>
/// <param name="HighFreqFactor">Above the low one; a wave that fits in it more often keeps its frequency.</param>
/// <param name="OriginalLength">&gt; 0, of the contexts that the model was trained on first.</param>
[Parameters]
public sealed record RopeSettings(
    double Base = Rope.Base, string Pairs = "half", bool Scaled = false,
    double? Factor = null, double? LowFreqFactor = null, double? HighFreqFactor = null, double? OriginalLength = null)
{
    internal const string Attributes =
        "base >0 ~ base, pairs in half|interleaved, scaled needs factor low_freq_factor high_freq_factor original_length, "
        + "factor >0, low_freq_factor >0, high_freq_factor >0 ~ upper, original_length >0 ~ span";

    internal FrequencyScaling? Scaling => Scaled ? new(Factor!.Value, LowFreqFactor!.Value, HighFreqFactor!.Value, OriginalLength!.Value) : null;
}

/// <summary>Rotary position embedding: a query and a key, each turned by its position, meet in the angle of their distance.</summary>
public static class Rope
{
    /// <summary>The base of Llama 3, which LM2 starts from.</summary>
    internal const double Base = 500000;

    /// <summary>Rotates h = dh/2 pairs of entries of every head.</summary>
    /// <param name="x">x [B,H,T,2h], queries or keys.</param>
    /// <param name="settings">See <see cref="RopeSettings"/>.</param>
    /// <param name="offset">The position of the first token, ≥ 0.</param>
    /// <returns>y [B,H,T,2h].</returns>
    /// <exception cref="EquationException">
    /// A base far below 1, or a factor, gives angles beyond 2⁵⁰; or the high factor is not above the low one.
    /// </exception>
    [Equation("block.rope", "x[B,H,T,2*h] -> y[B,H,T,2*h]", "Su et al. 2021; pairs and scaling as in Llama",
        Attributes = RopeSettings.Attributes + ", offset >=0",
        Definition = "a_j = (offset + i)·f_j, f_j = base^(−j/h): y_m = x_m cos a_j − x_n sin a_j, y_n = x_n cos a_j + x_m sin a_j; "
            + "half: m = j, n = j + h, interleaved: m = 2j, n = 2j + 1; scaled: f_j times s + (1 − s)/factor, "
            + "s = (original_length·f_j/2π − low)/(high − low) within [0,1]")]
    public static T Rotate<T>(T x, RopeSettings settings, int offset = 0)
        where T : class, ITensor<T>
    {
        var (tokens, half) = (x.Shape[2], x.Shape[3] / 2);
        Check(settings, half, (double)offset + tokens);
        var tables = x.Engine.Precomputed(new AngleTables(settings.Base, half, offset, tokens, settings.Scaling));
        var (cos, sin) = (tables[0], tables[1]);
        var isInterleaved = settings.Pairs == "interleaved";
        if (isInterleaved)
            x = Regrouped(x, half, 2);
        var (left, right) = (T.Slice(x, 3, 0, half), T.Slice(x, 3, half, half));
        var y = T.Concat(3, left * cos - right * sin, right * cos + left * sin);
        return isInterleaved ? Regrouped(y, 2, half) : y;
    }

    // Every row, read as a matrix of so many rows and columns, transposed.
    private static T Regrouped<T>(T x, int rows, int columns)
        where T : class, ITensor<T> =>
        T.Reshape(T.Reshape(x, [.. x.Shape[..3], rows, columns]).Transpose(), x.Shape);

    private static void Check(RopeSettings settings, int half, double positions)
    {
        var largest = Math.Max(1, Math.Pow(settings.Base, -(half - 1.0) / half)) * positions;
        if (largest > DoubleDouble.LargestAngle)
            throw new EquationException("block.rope", "attribute \"base\"", $"{settings.Base}", "one whose angles stay below 2⁵⁰");
        if (settings.Scaling is not { } scaling)
            return;
        if (scaling.High <= scaling.Low)
            throw new EquationException("block.rope", "attribute \"high_freq_factor\"", $"{scaling.High}", $"more than low_freq_factor = {scaling.Low}");
        if (largest / scaling.Factor > DoubleDouble.LargestAngle)
            throw new EquationException("block.rope", "attribute \"factor\"", $"{scaling.Factor}", "one that leaves angles below 2⁵⁰");
    }
}
