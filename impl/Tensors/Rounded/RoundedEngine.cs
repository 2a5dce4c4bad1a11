using Harness.Tensors.Numerics;

namespace Harness.Tensors.Rounded;

/// <summary>Emulates a narrow floating-point format over another engine.</summary>
/// <param name="inner">The engine that computes; its precision is at least the format's.</param>
/// <param name="format">The format that every result is rounded to.</param>
/// <typeparam name="TInner">The inner engine's tensor.</typeparam>
public sealed class RoundedEngine<TInner>(IEngine<TInner> inner, FloatFormat format) : IEngine<RoundedTensor<TInner>>
    where TInner : class, ITensor<TInner>
{
    /// <inheritdoc/>
    public RoundedTensor<TInner> Create(ReadOnlySpan<double> values, Shape shape)
    {
        var rounded = new double[values.Length];
        for (var i = 0; i < rounded.Length; i++)
            rounded[i] = format.Round(values[i]);
        return new RoundedTensor<TInner>(inner.Create(rounded, shape), this);
    }

    /// <inheritdoc/>
    public RoundedTensor<TInner> Create(ReadOnlySpan<DoubleDouble> values, Shape shape)
    {
        var rounded = new double[values.Length];
        for (var i = 0; i < rounded.Length; i++)
            rounded[i] = Round(values[i]);
        return new RoundedTensor<TInner>(inner.Create(rounded, shape), this);
    }

    /// <summary>The nearest number of the format, in one rounding.</summary>
    internal double Round(DoubleDouble value)
    {
        // Where the leading double is halfway between two numbers of the format, the trailing one decides. A double whose last bit
        // is set is never halfway, so one step towards the trailing part, taken from an even double only, reaches no other tie.
        var leading = value.Hi;
        var isEven = (BitConverter.DoubleToInt64Bits(leading) & 1) == 0;
        return format.Round(
            !isEven || value.Lo == 0 || !double.IsFinite(leading) ? leading
            : value.Lo > 0 ? Math.BitIncrement(leading)
            : Math.BitDecrement(leading));
    }

    internal RoundedTensor<TInner> Round(TInner result) => Create(result.ToArray(), result.Shape);
}
