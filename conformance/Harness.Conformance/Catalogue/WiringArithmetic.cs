using Tensor = Harness.Tensors.Gradients.TapedTensor<Harness.Tensors.Dense.DenseTensor<double>>;

namespace Harness.Conformance.Catalogue;

/// <summary>What a wiring does between the equations, in float64, beside what tensors do themselves.</summary>
internal static class WiringArithmetic
{
    /// <summary>The rows of a table [V,d] at whole numbers [B,T] → [B,T,d].</summary>
    public static Tensor Rows(Tensor table, Tensor ids) => Tensor.Reshape(
        Tensor.Concat(0, Array.ConvertAll(ids.ToArray(), id => Tensor.Slice(table, 0, (int)id, 1))), [.. ids.Shape, table.Shape[1]]);

    /// <summary>What a wiring may call by name.</summary>
    public static IReadOnlyDictionary<string, Func<Tensor, Tensor>> Functions { get; } = new Dictionary<string, Func<Tensor, Tensor>>
    {
        ["relu"] = x => Tensor.Clamp(x, 0, double.PositiveInfinity),
    };
}
