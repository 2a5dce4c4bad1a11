using System.Numerics;
using Harness.Conformance.Mistakes;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>
/// Arithmetic of a number type the plain way: sums in order, and the type's own library functions. Every derived class changes
/// one thing that an honest implementation may choose.
/// </summary>
internal class Arithmetic
{
    private const int OnTheStack = 1024;

    public virtual T Sum<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        foreach (var value in x)
            sum += value;
        return sum;
    }

    public virtual T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> products = a.Length <= OnTheStack ? stackalloc T[a.Length] : new T[a.Length];
        for (var i = 0; i < a.Length; i++)
            products[i] = a[i] * b[i];
        return Sum<T>(products);
    }

    public virtual T Sigmoid<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        T.One / (T.One + T.Exp(-x));

    public virtual T Softplus<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        T.Max(x, T.Zero) + Logarithm.Log1p(T.Exp(-T.Abs(x)));

    public virtual T Tanh<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        T.Tanh(x);

    public virtual T Divide<T>(T left, T constant)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        left / constant;

    /// <summary>How far a constant that is computed from a number of this size is off.</summary>
    public virtual double RoundingError(double size, double unitRoundoff) => 0;

    /// <summary>Softmax of the visible part of a row.</summary>
    public virtual T[] Softmax<T>(ReadOnlySpan<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var maximum = row[0];
        foreach (var value in row)
            maximum = T.Max(maximum, value);
        return Normalised(row, maximum);
    }

    /// <summary>Solves A X = B.</summary>
    public virtual T[,] Solve<T>(T[,] a, T[,] b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Converted<double, T>(LinearAlgebra.CholeskySolve(Converted<T, double>(a), Converted<T, double>(b)));

    protected T[] Normalised<T>(ReadOnlySpan<T> row, T maximum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = new T[row.Length];
        for (var i = 0; i < row.Length; i++)
            result[i] = T.Exp(row[i] - maximum);
        var sum = Sum<T>(result);
        return Array.ConvertAll(result, value => value / sum);
    }

    protected static TTo[,] Converted<TFrom, TTo>(TFrom[,] a)
        where TFrom : IBinaryFloatingPointIeee754<TFrom>
        where TTo : IBinaryFloatingPointIeee754<TTo>
    {
        var converted = new TTo[a.GetLength(0), a.GetLength(1)];
        for (var i = 0; i < a.GetLength(0); i++)
        {
            for (var j = 0; j < a.GetLength(1); j++)
                converted[i, j] = TTo.CreateTruncating(a[i, j]);
        }

        return converted;
    }
}
