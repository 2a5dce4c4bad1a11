using System.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>Textbook methods in float32 or float64: which of them a port may use is what the tests find out.</summary>
internal static class LinearAlgebra
{
    /// <summary>G = Fᵀ(F Fᵀ + λI)⁻¹ with an explicit inverse, every operation in the number type.</summary>
    public static Tensor Operator<T>(Tensor psi, double ridge, Func<T[,], T[,]> inverse)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var f = Matrix<T>(psi.Transposed());
        return FromMatrix(Product(Transposed(f), inverse(Regularised(Product(f, Transposed(f)), ridge))));
    }

    /// <summary>The push-through form (FᵀF + λI)⁻¹Fᵀ: equal in exact arithmetic, with far larger errors.</summary>
    public static Tensor PushThrough<T>(Tensor psi, double ridge)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var f = Matrix<T>(psi.Transposed());
        return FromMatrix(Product(CholeskyInverse(Regularised(Product(Transposed(f), f), ridge)), Transposed(f)));
    }

    /// <summary>(F Fᵀ + λI)⁻¹ F X in float64, the right way; psi may differ over the batch.</summary>
    public static Tensor Fit(Tensor x, Tensor psi, double ridge)
    {
        var n = psi.Shape[^1];
        var matrix = psi.Transposed().Dot(psi) + Make([n, n], i => i[0] == i[1] ? ridge : 0);
        return Tensor.SolvePositiveDefinite(matrix, psi.Transposed().Dot(x));
    }

    /// <summary>By LU in float64; a singular matrix gives something, as libraries do.</summary>
    public static Tensor Inverse(Tensor a) => FromMatrix(LuInverse(Matrix<double>(a)));

    /// <summary>A⁻¹ by Cholesky.</summary>
    public static T[,] CholeskyInverse<T>(T[,] a)
        where T : IBinaryFloatingPointIeee754<T> =>
        CholeskySolve(a, Identity<T>(a.GetLength(0)));

    /// <summary>A⁻¹ by LU.</summary>
    public static T[,] LuInverse<T>(T[,] a)
        where T : IBinaryFloatingPointIeee754<T> =>
        LuSolve(a, Identity<T>(a.GetLength(0)));

    /// <summary>A = L Lᵀ, then two triangular solves for every column of B.</summary>
    public static T[,] CholeskySolve<T>(T[,] a, T[,] b)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var n = a.GetLength(0);
        var l = new T[n, n];
        for (var j = 0; j < n; j++)
        {
            for (var i = j; i < n; i++)
            {
                var sum = a[i, j];
                for (var k = 0; k < j; k++)
                    sum -= l[i, k] * l[j, k];
                l[i, j] = i == j ? T.Sqrt(sum) : sum / l[j, j];
            }
        }

        return Substituted((T[,])b.Clone(), (i, k) => l[i, k], (i, k) => l[k, i]);
    }

    /// <summary>P A = L U with partial pivoting, then two triangular solves for every column of B.</summary>
    public static T[,] LuSolve<T>(T[,] a, T[,] b)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var n = a.GetLength(0);
        var (lu, right) = ((T[,])a.Clone(), (T[,])b.Clone());
        for (var j = 0; j < n; j++)
        {
            var pivot = j;
            for (var i = j + 1; i < n; i++)
                pivot = T.Abs(lu[i, j]) > T.Abs(lu[pivot, j]) ? i : pivot;
            Exchange(lu, j, pivot);
            Exchange(right, j, pivot);
            for (var i = j + 1; i < n; i++)
            {
                lu[i, j] /= lu[j, j];
                for (var k = j + 1; k < n; k++)
                    lu[i, k] -= lu[i, j] * lu[j, k];
            }
        }

        return Substituted(right, (i, k) => i == k ? T.One : lu[i, k], (i, k) => lu[i, k]);
    }

    /// <summary>Gauss–Jordan elimination of [A | I] with partial pivoting.</summary>
    public static T[,] GaussJordanInverse<T>(T[,] a)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var n = a.GetLength(0);
        var (left, right) = ((T[,])a.Clone(), Identity<T>(n));
        for (var j = 0; j < n; j++)
        {
            var pivot = j;
            for (var i = j + 1; i < n; i++)
                pivot = T.Abs(left[i, j]) > T.Abs(left[pivot, j]) ? i : pivot;
            Exchange(left, j, pivot);
            Exchange(right, j, pivot);
            var scale = left[j, j];
            for (var k = 0; k < n; k++)
                (left[j, k], right[j, k]) = (left[j, k] / scale, right[j, k] / scale);
            for (var i = 0; i < n; i++)
            {
                var factor = left[i, j];
                if (i == j)
                    continue;
                for (var k = 0; k < n; k++)
                {
                    left[i, k] -= factor * left[j, k];
                    right[i, k] -= factor * right[j, k];
                }
            }
        }

        return right;
    }

    // Lower, then upper triangular solve; the first index is the row.
    private static T[,] Substituted<T>(T[,] x, Func<int, int, T> lower, Func<int, int, T> upper)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var n = x.GetLength(0);
        for (var column = 0; column < x.GetLength(1); column++)
        {
            for (var i = 0; i < n; i++)
            {
                for (var k = 0; k < i; k++)
                    x[i, column] -= lower(i, k) * x[k, column];
                x[i, column] /= lower(i, i);
            }

            for (var i = n - 1; i >= 0; i--)
            {
                for (var k = i + 1; k < n; k++)
                    x[i, column] -= upper(i, k) * x[k, column];
                x[i, column] /= upper(i, i);
            }
        }

        return x;
    }

    private static void Exchange<T>(T[,] a, int i, int j)
    {
        for (var k = 0; k < a.GetLength(1); k++)
            (a[i, k], a[j, k]) = (a[j, k], a[i, k]);
    }

    private static T[,] Identity<T>(int n)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var identity = new T[n, n];
        for (var i = 0; i < n; i++)
            identity[i, i] = T.One;
        return identity;
    }

    private static T[,] Regularised<T>(T[,] a, double ridge)
        where T : IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < a.GetLength(0); i++)
            a[i, i] += T.CreateTruncating(ridge);
        return a;
    }

    private static T[,] Product<T>(T[,] a, T[,] b)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var product = new T[a.GetLength(0), b.GetLength(1)];
        for (var i = 0; i < a.GetLength(0); i++)
        {
            for (var j = 0; j < b.GetLength(1); j++)
            {
                for (var k = 0; k < b.GetLength(0); k++)
                    product[i, j] += a[i, k] * b[k, j];
            }
        }

        return product;
    }

    private static T[,] Transposed<T>(T[,] a)
    {
        var transposed = new T[a.GetLength(1), a.GetLength(0)];
        for (var i = 0; i < a.GetLength(0); i++)
        {
            for (var j = 0; j < a.GetLength(1); j++)
                transposed[j, i] = a[i, j];
        }

        return transposed;
    }

    private static T[,] Matrix<T>(Tensor x)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var (values, matrix) = (x.ToArray(), new T[x.Shape[0], x.Shape[1]]);
        for (var i = 0; i < values.Length; i++)
            matrix[i / x.Shape[1], i % x.Shape[1]] = T.CreateTruncating(values[i]);
        return matrix;
    }

    private static Tensor FromMatrix<T>(T[,] a)
        where T : IBinaryFloatingPointIeee754<T> =>
        Make([a.GetLength(0), a.GetLength(1)], i => double.CreateTruncating(a[i[0], i[1]]));
}
