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
    public RoundedTensor<TInner> Create(ReadOnlySpan<double> values, Shape shape) => Round(inner.Create(values, shape));

    /// <inheritdoc/>
    public RoundedTensor<TInner> Create(ReadOnlySpan<DoubleDouble> values, Shape shape) => Round(inner.Create(values, shape));

    internal DoubleDouble Round(DoubleDouble scalar) => format.Round((double)scalar);

    internal RoundedTensor<TInner> Round(TInner result)
    {
        var values = result.ToArray();
        for (var i = 0; i < values.Length; i++)
            values[i] = format.Round(values[i]);
        return new RoundedTensor<TInner>(inner.Create(values, result.Shape), this);
    }
}
