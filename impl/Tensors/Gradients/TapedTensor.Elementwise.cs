using Harness.Tensors.Numerics;

namespace Harness.Tensors.Gradients;

public sealed partial class TapedTensor<TInner>
{
    // 2/√π.
    private static readonly DoubleDouble ErfSlope = 2 / DoubleDouble.Sqrt(DoubleDouble.Pi);

    /// <summary>y = a + b: ā = ȳ, b̄ = ȳ.</summary>
    public static TapedTensor<TInner> operator +(TapedTensor<TInner> left, TapedTensor<TInner> right)
    {
        var shape = right.Shape;
        return left.Made(left.Inner + right.Inner).From(left, static g => g).From(right, g => Summed(g, shape));
    }

    /// <summary>y = a − b: ā = ȳ, b̄ = −ȳ.</summary>
    public static TapedTensor<TInner> operator -(TapedTensor<TInner> left, TapedTensor<TInner> right)
    {
        var shape = right.Shape;
        return left.Made(left.Inner - right.Inner).From(left, static g => g).From(right, g => -Summed(g, shape));
    }

    /// <summary>y = a b: ā = ȳ b, b̄ = ȳ a.</summary>
    public static TapedTensor<TInner> operator *(TapedTensor<TInner> left, TapedTensor<TInner> right)
    {
        var shape = right.Shape;
        return left.Made(left.Inner * right.Inner)
            .From(left, [right.Inner], static (g, read) => g * read[0])
            .From(right, [left.Inner], (g, read) => Summed(g * read[0], shape));
    }

    /// <summary>y = a/b: ā = ȳ/b, b̄ = −ȳ y/b.</summary>
    public static TapedTensor<TInner> operator /(TapedTensor<TInner> left, TapedTensor<TInner> right)
    {
        var shape = right.Shape;
        var quotient = left.Inner / right.Inner;
        return left.Made(quotient)
            .From(left, [right.Inner], static (g, read) => g / read[0])
            .From(right, [quotient, right.Inner], (g, read) => -Summed(g * read[0] / read[1], shape));
    }

    /// <summary>y = a + c: ā = ȳ.</summary>
    public static TapedTensor<TInner> operator +(TapedTensor<TInner> left, DoubleDouble right) =>
        left.Made(left.Inner + right).From(left, static g => g, "op_Addition of a constant");

    /// <summary>y = c a: ā = c ȳ.</summary>
    public static TapedTensor<TInner> operator *(TapedTensor<TInner> left, DoubleDouble right) =>
        left.Made(left.Inner * right).From(left, g => g * right, "op_Multiply by a constant");

    /// <summary>y = a/c: ā = ȳ/c.</summary>
    public static TapedTensor<TInner> operator /(TapedTensor<TInner> left, DoubleDouble right) =>
        left.Made(left.Inner / right).From(left, g => g / right, "op_Division by a constant");

    /// <summary>y = −a: ā = −ȳ.</summary>
    public static TapedTensor<TInner> operator -(TapedTensor<TInner> value) => value.Made(-value.Inner).From(value, static g => -g);

    /// <summary>y = eˣ: x̄ = ȳ y.</summary>
    public static TapedTensor<TInner> Exp(TapedTensor<TInner> x)
    {
        var y = TInner.Exp(x.Inner);
        return x.Made(y).From(x, [y], static (g, read) => g * read[0]);
    }

    /// <summary>y = ln x: x̄ = ȳ/x.</summary>
    public static TapedTensor<TInner> Log(TapedTensor<TInner> x) =>
        x.Made(TInner.Log(x.Inner)).From(x, [x.Inner], static (g, read) => g / read[0]);

    /// <summary>y = √x: x̄ = ȳ/(2y).</summary>
    public static TapedTensor<TInner> Sqrt(TapedTensor<TInner> x)
    {
        var y = TInner.Sqrt(x.Inner);
        return x.Made(y).From(x, [y], static (g, read) => g / (read[0] * 2));
    }

    /// <summary>y = tanh x: x̄ = ȳ (1 − y²).</summary>
    public static TapedTensor<TInner> Tanh(TapedTensor<TInner> x)
    {
        var y = TInner.Tanh(x.Inner);
        return x.Made(y).From(x, [y], static (g, read) => g * (-(read[0] * read[0]) + 1));
    }

    /// <summary>y = σ(x): x̄ = ȳ y (1 − y).</summary>
    public static TapedTensor<TInner> Sigmoid(TapedTensor<TInner> x)
    {
        var y = TInner.Sigmoid(x.Inner);
        return x.Made(y).From(x, [y], static (g, read) => g * (read[0] * (-read[0] + 1)));
    }

    /// <summary>y = ln(1 + eˣ): x̄ = ȳ σ(x).</summary>
    public static TapedTensor<TInner> Softplus(TapedTensor<TInner> x) =>
        x.Made(TInner.Softplus(x.Inner)).From(x, [x.Inner], static (g, read) => g * TInner.Sigmoid(read[0]));

    /// <summary>y = erf x: x̄ = ȳ (2/√π) e^(−x²).</summary>
    public static TapedTensor<TInner> Erf(TapedTensor<TInner> x) =>
        x.Made(TInner.Erf(x.Inner)).From(x, [x.Inner], static (g, read) => g * (TInner.Exp(-(read[0] * read[0])) * ErfSlope));

    /// <summary>y = max(low, min(x, high)): x̄ = ȳ where low ≤ x ≤ high, else 0.</summary>
    public static TapedTensor<TInner> Clamp(TapedTensor<TInner> x, DoubleDouble low, DoubleDouble high) =>
        x.Made(TInner.Clamp(x.Inner, low, high)).From(x, [x.Inner], (g, read) => TInner.KeepWithin(g, read[0], low, high));

    /// <summary>y = x where low ≤ by ≤ high, else 0: x̄ = ȳ there, else 0. The choice is fixed, so that nothing goes to <paramref name="by"/>.</summary>
    public static TapedTensor<TInner> KeepWithin(TapedTensor<TInner> x, TapedTensor<TInner> by, DoubleDouble low, DoubleDouble high) =>
        x.Made(TInner.KeepWithin(x.Inner, by.Inner, low, high))
            .From(x, [by.Inner], (g, read) => TInner.KeepWithin(g, read[0], low, high));

    /// <summary>y = e^(−δ²/(2v))/√(2πv): δ̄ = −ȳ y δ/v, v̄ = ȳ y (δ²/v − 1)/(2v).</summary>
    public static TapedTensor<TInner> NormalDensity(TapedTensor<TInner> deviation, TapedTensor<TInner> variance)
    {
        var shape = variance.Shape;
        var y = TInner.NormalDensity(deviation.Inner, variance.Inner);
        ReadOnlySpan<TInner> reads = [y, deviation.Inner, variance.Inner];
        return deviation.Made(y)
            .From(deviation, reads, static (g, read) => TInner.DeviationGradient(g, read[0], read[1], read[2]))
            .From(variance, reads, (g, read) => Summed(TInner.VarianceGradient(g, read[0], read[1], read[2]), shape));
    }
}
