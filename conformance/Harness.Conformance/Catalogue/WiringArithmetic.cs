using Harness.Conformance.Implementations;
using Harness.Tensors.Dense;

namespace Harness.Conformance.Catalogue;

/// <summary>What a wiring does between the equations, in float64: residual sums, the projection to logits, a table's rows.</summary>
internal static class WiringArithmetic
{
    /// <summary>Along axis 1, batch element by batch element.</summary>
    public static TensorData Concatenate(TensorData first, TensorData second)
    {
        var values = new List<double>(first.Values.Length + second.Values.Length);
        var (left, right) = ((int)first.Shape[1..].Count, (int)second.Shape[1..].Count);
        for (var b = 0; b < first.Shape[0]; b++)
        {
            values.AddRange(first.Values.AsSpan(b * left, left));
            values.AddRange(second.Values.AsSpan(b * right, right));
        }

        return new TensorData(first.Shape.With(1, first.Shape[1] + second.Shape[1]), [.. values]);
    }

    /// <summary>The entries start … start + length − 1 along axis 1.</summary>
    public static TensorData Part(TensorData x, int start, int length)
    {
        var values = new List<double>();
        var (row, inner) = ((int)x.Shape[1..].Count, (int)x.Shape[2..].Count);
        for (var b = 0; b < x.Shape[0]; b++)
            values.AddRange(x.Values.AsSpan(b * row + start * inner, length * inner));
        return new TensorData(x.Shape.With(1, length), [.. values]);
    }

    /// <summary>The right operand may be as long as the last axes of the left one.</summary>
    public static TensorData Add(TensorData left, TensorData right) =>
        new(left.Shape, [.. left.Values.Select((value, i) => value + right.Values[i % right.Values.Length])]);

    /// <summary>[..,k] · [k,n] → [..,n].</summary>
    public static TensorData Multiply(TensorData left, TensorData right)
    {
        DenseTensor<double> Tensor(TensorData data) => DenseEngine<double>.Instance.Create(data.Values, data.Shape);

        var product = DenseTensor<double>.MatMul(Tensor(left), Tensor(right));
        return new TensorData(product.Shape, product.ToArray());
    }

    /// <summary>The rows of a table [V,d] at whole numbers [B,T] → [B,T,d].</summary>
    public static TensorData Rows(TensorData table, TensorData ids)
    {
        var width = table.Shape[1];
        return new TensorData(
            [.. ids.Shape, width], [.. ids.Values.SelectMany(id => table.Values[((int)id * width)..(((int)id + 1) * width)])]);
    }

    /// <summary>What a wiring may call by name.</summary>
    public static IReadOnlyDictionary<string, Func<TensorData, TensorData>> Functions { get; } = new Dictionary<string, Func<TensorData, TensorData>>
    {
        ["relu"] = x => new(x.Shape, Array.ConvertAll(x.Values, value => Math.Max(value, 0))),
    };
}
