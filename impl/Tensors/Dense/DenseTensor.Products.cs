using Harness.Tensors.Numerics;

namespace Harness.Tensors.Dense;

public sealed partial class DenseTensor<TNumber>
{
    /// <inheritdoc/>
    public static DenseTensor<TNumber> MatMul(DenseTensor<TNumber> left, DenseTensor<TNumber> right)
    {
        var shape = ShapeRules.MatMul(left.Shape, right.Shape);

        // Sums without terms are 0, and matrices without elements need not even lie inside their array.
        if (left.Shape[^1] == 0 || shape.Extents.Contains(0))
        {
            var (empty, zeros) = Allocate("MatMul", shape, left.Shape, right.Shape);
            zeros.Span.Clear();
            return empty;
        }

        // A weight shared by the whole batch is one tall product, not a batch of small ones.
        if (left.Shape.Rank > 2 && right.Shape.Rank == 2 && left._isContiguous)
        {
            var rows = Shape.Create([(int)left.Shape[..^1].Count, left.Shape[^1]]);
            return Reshape(MatMul(Reshape(left, rows), right), shape);
        }

        var (result, _) = Allocate("MatMul", shape, left.Shape, right.Shape);
        var batch = (int)shape[..^2].Count;
        Kernels.MatMul(left.Matrices(batch), right.Matrices(batch), result.Storage.Values, shape[^2], left.Shape[^1], shape[^1]);
        return result;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Divides the left operand. Equal rows of the right one still give equal products, and where the divisor is a power of 2, as √dh
    /// mostly is, not a bit is different from dividing the products.
    /// </remarks>
    public static DenseTensor<TNumber> ScaledMatMul(DenseTensor<TNumber> left, DenseTensor<TNumber> right, DoubleDouble divisor) =>
        MatMul(left / divisor, right);

    /// <inheritdoc/>
    /// <remarks>Applies the vectors to the right operand: m·k + k·n multiplications each instead of m·k·n, and as few roundings.</remarks>
    public static DenseTensor<TNumber>[] ScaledMatMulMapped(
        DenseTensor<TNumber> left, DenseTensor<TNumber> right, DoubleDouble divisor, params ReadOnlySpan<DenseTensor<TNumber>> vectors)
    {
        var maps = new DenseTensor<TNumber>[vectors.Length];
        for (var i = 0; i < maps.Length; i++)
        {
            var shape = ShapeRules.ScaledMatMulMapped(left.Shape, right.Shape, vectors[i].Shape);
            var applied = MatMul(right, Reshape(vectors[i], [vectors[i].Shape[0], 1])) / divisor;
            maps[i] = Reshape(MatMul(left, applied), shape);
        }

        return maps;
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> SolvePositiveDefinite(DenseTensor<TNumber> matrix, DenseTensor<TNumber> rightSide)
    {
        var shape = ShapeRules.SolvePositiveDefinite(matrix.Shape, rightSide.Shape);
        var (n, k) = (shape[^2], shape[^1]);

        // One matrix for the whole batch is factorised once: the batch's right sides become columns side by side.
        if (matrix.Shape.Rank == 2 && rightSide.Shape.Rank > 2)
        {
            var batch = (int)shape[..^2].Count;
            var columns = Reshape(Permute(Reshape(rightSide, [batch, n, k]), 1, 0, 2), [n, batch * k]);
            return Reshape(Permute(Reshape(SolvePositiveDefinite(matrix, columns), [n, batch, k]), 1, 0, 2), shape);
        }

        var (result, values) = Allocate("SolvePositiveDefinite", shape, matrix.Shape, rightSide.Shape);
        var matrices = matrix.Values;
        var sides = rightSide.Values;
        for (int i = 0, count = (int)shape[..^2].Count; i < count; i++)
        {
            // A shared plain matrix or right side starts at 0 for every element of the batch.
            var a = matrix.Shape.Rank == 2 ? 0 : i * n * n;
            var b = rightSide.Shape.Rank == 2 ? 0 : i * n * k;
            var solution = values.Span.Slice(i * n * k, n * k);
            sides.Slice(b, n * k).CopyTo(solution);
            Kernels.SolvePositiveDefinite(matrices.Slice(a, n * n), solution, n, k);
        }

        return result;
    }

    private MatrixBatch<TNumber> Matrices(int batch)
    {
        var offsets = Shape.Rank == 2 ? Enumerable.Repeat(_offset, batch).ToArray() : Offsets(Shape[..^2]);
        return new MatrixBatch<TNumber>(Storage.Values, offsets, _strides[^2], _strides[^1]);
    }

    /// <summary>Where every matrix of the outermost axes starts in the array, in row-major order.</summary>
    private int[] Offsets(Shape outerAxes)
    {
        var offsets = new int[(int)outerAxes.Count];
        for (var i = 0; i < offsets.Length; i++)
            offsets[i] = Start(outerAxes, i);
        return offsets;
    }
}
