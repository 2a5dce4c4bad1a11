using Harness.Tensors.Dense;
using TorchSharp;
using static TorchSharp.torch;

namespace Harness.Tensors.Torch;

public sealed partial class TorchTensor
{
    /// <inheritdoc/>
    public static TorchTensor MatMul(TorchTensor left, TorchTensor right)
    {
        var shape = ShapeRules.MatMul(left.Shape, right.Shape);
        var (m, k, n) = (shape.Extents[^2], left.Shape.Extents[^1], shape.Extents[^1]);

        // Sums without terms are 0.
        if (k == 0 || shape.Extents.Contains(0))
            return Guarded("MatMul", shape, [left, right], () => left._engine.Zeros(shape));
        left._engine.ChooseProducts();
        return Compute("MatMul", shape, left, right, (a, b) =>
        {
            // Positions times 16-bit numbers.
            if (a.dtype != b.dtype)
                (a, b) = (a.to(ScalarType.Float32), b.to(ScalarType.Float32));

            // A weight shared by the whole batch is one tall product, not a batch of small ones.
            var product = right.Shape.Rank == 2
                ? a.reshape(-1, k).mm(b)
                : a.reshape(-1, m, k).expand(shape[..^2].Count, m, k).bmm(b.reshape(-1, k, n));
            return product.reshape(TorchEngine.Extents(shape));
        });
    }

    /// <inheritdoc/>
    /// <remarks>
    /// In float64, whatever the tensors hold. What libtorch cannot factorise, the managed engine tries again, and says which pivot is not
    /// positive.
    /// </remarks>
    public static TorchTensor SolvePositiveDefinite(TorchTensor matrix, TorchTensor rightSide)
    {
        var shape = ShapeRules.SolvePositiveDefinite(matrix.Shape, rightSide.Shape);
        if (shape.Extents.Contains(0))
            return Guarded("SolvePositiveDefinite", shape, [matrix, rightSide], () => matrix._engine.Zeros(shape));
        return Compute("SolvePositiveDefinite", shape, matrix, rightSide, (a, b) =>
        {
            var (factor, info) = linalg.cholesky_ex(a.to(ScalarType.Float64));

            // A factorisation that meets a NaN need not report it.
            var isDefinite = factor.diagonal(0, -2, -1).isfinite().all().logical_and(info.any().logical_not());
            return isDefinite.cpu().item<bool>()
                ? b.to(ScalarType.Float64).cholesky_solve(factor).expand(TorchEngine.Extents(shape))
                : Managed(matrix, rightSide).Native;
        });
    }

    private static TorchTensor Managed(TorchTensor matrix, TorchTensor rightSide)
    {
        var solution = DenseTensor<double>.SolvePositiveDefinite(
            DenseEngine<double>.Instance.Create(matrix.ToArray(), matrix.Shape),
            DenseEngine<double>.Instance.Create(rightSide.ToArray(), rightSide.Shape));
        return matrix._engine.Create(solution.ToArray(), solution.Shape);
    }
}
