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
            var zeros = Allocate("MatMul", shape, left.Shape, right.Shape);
            Array.Clear(zeros);
            return new DenseTensor<TNumber>(zeros, shape);
        }

        // A weight shared by the whole batch is one tall product, not a batch of small ones.
        if (left.Shape.Rank > 2 && right.Shape.Rank == 2 && left._isContiguous)
        {
            var rows = Shape.Create([(int)left.Shape[..^1].Count, left.Shape[^1]]);
            return Reshape(MatMul(Reshape(left, rows), right), shape);
        }

        var result = Allocate("MatMul", shape, left.Shape, right.Shape);
        var batch = (int)shape[..^2].Count;
        Kernels.MatMul(left.Matrices(batch), right.Matrices(batch), result, shape[^2], left.Shape[^1], shape[^1]);
        return new DenseTensor<TNumber>(result, shape);
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

        var result = Allocate("SolvePositiveDefinite", shape, matrix.Shape, rightSide.Shape);
        var matrices = matrix.Values;
        var sides = rightSide.Values;
        for (int i = 0, count = (int)shape[..^2].Count; i < count; i++)
        {
            // A shared plain matrix or right side starts at 0 for every element of the batch.
            var a = matrix.Shape.Rank == 2 ? 0 : i * n * n;
            var b = rightSide.Shape.Rank == 2 ? 0 : i * n * k;
            var solution = result.AsSpan(i * n * k, n * k);
            sides.Slice(b, n * k).CopyTo(solution);
            Kernels.SolvePositiveDefinite(matrices.Slice(a, n * n), solution, n, k);
        }

        return new DenseTensor<TNumber>(result, shape);
    }

    private MatrixBatch<TNumber> Matrices(int batch)
    {
        var offsets = Shape.Rank == 2 ? Enumerable.Repeat(_offset, batch).ToArray() : Offsets(Shape[..^2]);
        return new MatrixBatch<TNumber>(_store, offsets, _strides[^2], _strides[^1]);
    }
}
