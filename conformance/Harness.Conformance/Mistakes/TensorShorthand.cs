using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>Short spellings that keep a wrong formula on one line.</summary>
internal static class TensorShorthand
{
    /// <summary>A tensor entry by entry, from its index.</summary>
    public static Tensor Make(Shape shape, Func<int[], double> entry)
    {
        var values = new double[shape.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = entry(shape.IndexOf(i));
        return DenseEngine<double>.Instance.Create(values, shape);
    }

    public static Tensor Row(int length, Func<int, double> entry) => Make([length], i => entry(i[0]));

    public static Tensor Zeros(Shape shape) => Make(shape, _ => 0);

    /// <summary>Random access to the entries.</summary>
    public static Entries Entries(this Tensor x) => new(x.ToArray(), x.Shape);

    public static Tensor Map(this Tensor x, Func<double, double> function) =>
        DenseEngine<double>.Instance.Create(Array.ConvertAll(x.ToArray(), value => function(value)), x.Shape);

    /// <summary>Applies a function to every row of the last axis.</summary>
    public static Tensor MapRows(this Tensor x, Func<double[], double[]> function) =>
        DenseEngine<double>.Instance.Create(x.ToArray().Chunk(x.Shape[^1]).SelectMany(function).ToArray(), x.Shape);

    /// <summary>Matrix product.</summary>
    public static Tensor Dot(this Tensor left, Tensor right) => Tensor.MatMul(left, right);

    public static Tensor Transposed(this Tensor x) =>
        Tensor.Permute(x, [.. Enumerable.Range(0, x.Shape.Rank - 2), x.Shape.Rank - 1, x.Shape.Rank - 2]);

    /// <summary>Reverses the last axis.</summary>
    public static Tensor Reversed(this Tensor x) => x.MapRows(row => [.. row.Reverse()]);

    /// <summary>[B,T,H·dh] → [B,H,T,dh], heads contiguous.</summary>
    public static Tensor Split(this Tensor x, int heads) =>
        Tensor.Permute(Tensor.Reshape(x, [x.Shape[0], x.Shape[1], heads, x.Shape[2] / heads]), 0, 2, 1, 3);

    /// <summary>[B,T,dh·H] → [B,H,T,dh], heads interleaved: a common mistake.</summary>
    public static Tensor SplitInterleaved(this Tensor x, int heads) =>
        Tensor.Permute(Tensor.Reshape(x, [x.Shape[0], x.Shape[1], x.Shape[2] / heads, heads]), 0, 3, 1, 2);

    /// <summary>[B,H,T,dh] → [B,T,H·dh].</summary>
    public static Tensor Merge(this Tensor x) =>
        Tensor.Permute(x, 0, 2, 1, 3).As(x.Shape[0], x.Shape[2], x.Shape[1] * x.Shape[3]);

    public static Tensor As(this Tensor x, params ReadOnlySpan<int> extents) => x.As(Shape.Create(extents));

    public static Tensor As(this Tensor x, Shape shape) => Tensor.Reshape(x, shape);

    /// <summary>Element of the first axis.</summary>
    public static Tensor Item(this Tensor x, int index) => Tensor.Reshape(Tensor.Slice(x, 0, index, 1), x.Shape[1..]);

    public static Tensor Stack(IEnumerable<Tensor> items) =>
        Tensor.Concat(0, [.. items.Select(item => Tensor.Expand(item, 0, 1))]);

    /// <summary>The elements of the first axis in another order, or repeated: from an element's number and their count.</summary>
    public static Tensor Reordered(this Tensor x, Func<int, int, int> source) =>
        Stack(Enumerable.Range(0, x.Shape[0]).Select(i => x.Item(source(i, x.Shape[0]))));

    /// <summary>Repeats the first element of the batch over all of it.</summary>
    public static Tensor FirstOfBatchForAll(this Tensor x) => Tensor.Expand(x.Item(0), 0, x.Shape[0]);

    /// <summary>A copy with one entry replaced.</summary>
    public static Tensor Set(this Tensor x, Index position, double value)
    {
        var values = x.ToArray();
        values[position] = value;
        return DenseEngine<double>.Instance.Create(values, x.Shape);
    }

    /// <summary>[..,m,k] · [k,n] or [..,k,n] in a loop, every operand and every partial sum rounded.</summary>
    public static Tensor RoundedProduct(Tensor left, Tensor right, Func<double, double> operand, Func<double, double> sum)
    {
        var (a, b) = (left.Map(operand).Entries(), right.Map(operand).Entries());
        return Make(left.Shape.With(^1, right.Shape[^1]), index =>
        {
            var total = 0.0;
            var (row, column) = (index.ToArray(), index[^right.Shape.Rank..]);
            for (var k = 0; k < left.Shape[^1]; k++)
            {
                (row[^1], column[^2]) = (k, k);
                total = sum(total + a[row] * b[column]);
            }

            return total;
        });
    }

    /// <summary>Rounds to so many significant bits at any exponent; TF32 has 11.</summary>
    public static double Significant(double value, int bits)
    {
        if (value == 0 || !double.IsFinite(value))
            return value;
        var shift = bits - 1 - Math.ILogB(value);
        return Math.ScaleB(Math.Round(Math.ScaleB(value, shift)), -shift);
    }

    public static double Single(double value) => (float)value;

    public static double BFloat16(double value) => FloatFormat.BFloat16.Round(value);

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double Silu(double x) => x * Sigmoid(x);

    public static double Gelu(double x) => 0.5 * x * (1 + MathNet.Numerics.SpecialFunctions.Erf(x / Math.Sqrt(2)));

    public static double Softplus(double x) => Math.Max(x, 0) + Logarithm.Log1p(Math.Exp(-Math.Abs(x)));

    /// <summary>N(x; m, v).</summary>
    public static double Normal(double x, double m, double v) =>
        Math.Exp(-(x - m) * (x - m) / (2 * v)) / Math.Sqrt(2 * Math.PI * v);

    /// <summary>Φ(x; m, σ).</summary>
    public static double NormalCdf(double x, double m, double deviation) =>
        0.5 * MathNet.Numerics.SpecialFunctions.Erfc((m - x) / (deviation * Math.Sqrt(2)));
}

/// <summary>The entries of a tensor by index.</summary>
internal sealed class Entries(double[] values, Shape shape)
{
    public double this[params ReadOnlySpan<int> index]
    {
        get
        {
            var position = 0;
            for (var axis = 0; axis < index.Length; axis++)
                position = position * shape[axis] + index[axis];
            return values[position];
        }
    }
}
