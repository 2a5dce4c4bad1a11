using Harness.Tensors.Numerics;

namespace Harness.Tensors.Rounded;

/// <summary>Emulates hardware of a narrow floating-point format, bfloat16 or float16, over any engine: every operation's result is rounded.</summary>
/// <remarks>Inside one operation the inner engine's precision holds, as on real hardware, where 16-bit products accumulate in float32.</remarks>
/// <param name="inner">The engine that computes; its precision is at least the format's.</param>
/// <param name="format">The format that results are rounded to.</param>
/// <param name="contract">What is rounded to float32 instead; null for the standard.</param>
/// <typeparam name="TInner">The inner engine's tensor.</typeparam>
public sealed class FormatEngine<TInner>(IEngine<TInner> inner, FloatFormat format, PrecisionContract? contract = null)
    : RoundingEngine<TInner>(inner, format, contract)
    where TInner : class, ITensor<TInner>
{
    /// <inheritdoc/>
    public override RoundedTensor<TInner> Create(ReadOnlySpan<double> values, Shape shape) => base.Create(Rounded(values), shape);

    /// <inheritdoc/>
    protected internal override DoubleDouble Round(DoubleDouble value) => Format.Round(value);

    /// <inheritdoc/>
    protected internal override TInner Round(TInner result) => Inner.Create(Rounded(result.ToArray()), result.Shape);

    private double[] Rounded(ReadOnlySpan<double> values)
    {
        var rounded = new double[values.Length];
        for (var i = 0; i < rounded.Length; i++)
            rounded[i] = Format.Round(values[i]);
        return rounded;
    }
}
