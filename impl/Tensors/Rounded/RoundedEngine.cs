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
            rounded[i] = format.Round(values[i]);
        return new RoundedTensor<TInner>(inner.Create(rounded, shape), this);
    }

    /// <summary>A constant as the format holds it.</summary>
    internal double Round(DoubleDouble value) => format.Round(value);

    internal RoundedTensor<TInner> Round(TInner result) => Create(result.ToArray(), result.Shape);
}
