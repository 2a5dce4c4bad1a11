using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.Blocks;

/// <summary>The activation of the feed-forward layers of BERT and GPT-2.</summary>
public static class Gelu
{
    /// <summary>Every entry times the probability that a standard normal number is below it.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="form"><c>erf</c>: that probability itself; <c>tanh</c>: its approximation in GPT-2.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("block.gelu", "x[B,T,d] -> y[B,T,d]", "Hendrycks, Gimpel 2016",
        Attributes = "form in erf|tanh",
        Definition = "erf: y = ½ x (1 + erf(x/√2)); tanh: y = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))")]
    public static T Activate<T>(T x, string form)
        where T : class, ITensor<T>
    {
        var twice = form == "erf"
            ? T.Erf(x / DoubleDouble.Sqrt(2))
            : T.Tanh((x + x * x * x * DoubleDouble.FromRatio(44715, 1_000_000)) * DoubleDouble.Sqrt(2 / DoubleDouble.Pi));
        return x * 0.5 * (twice + 1);
    }
}
