using Harness.Tensors.Numerics;

namespace Harness.Tensors.Gradients;

public sealed partial class TapedTensor<TInner>
{
    /// <summary>Y = A B: Ā = Ȳ Bᵀ, B̄ = Aᵀ Ȳ, added up over the batch for a matrix that it shares.</summary>
    public static TapedTensor<TInner> MatMul(TapedTensor<TInner> left, TapedTensor<TInner> right)
    {
        var (leftShape, rightShape) = (left.Shape, right.Shape);
        return left.Made(TInner.MatMul(left.Inner, right.Inner))
            .From(left, [right.Inner], (g, read) => OfLeft(g, read[0], leftShape))
            .From(right, [left.Inner], (g, read) => OfRight(read[0], g, rightShape));
    }

    /// <summary>Y = A B/c: Ā = Ȳ Bᵀ/c, B̄ = Aᵀ Ȳ/c.</summary>
    public static TapedTensor<TInner> ScaledMatMul(TapedTensor<TInner> left, TapedTensor<TInner> right, DoubleDouble divisor)
    {
        var (leftShape, rightShape) = (left.Shape, right.Shape);
        return left.Made(TInner.ScaledMatMul(left.Inner, right.Inner, divisor))
            .From(left, [right.Inner], (g, read) => OfLeft(g, read[0], leftShape) / divisor)
            .From(right, [left.Inner], (g, read) => OfRight(read[0], g, rightShape) / divisor);
    }

    /// <summary>
    /// y = (A B/c) w: with v = B w/c and v̄ = Aᵀ ȳ, Ā = ȳ vᵀ, B̄ = v̄ wᵀ/c, w̄ = Bᵀ v̄/c; the product A B is not made here either.
    /// </summary>
    public static TapedTensor<TInner>[] ScaledMatMulMapped(
        TapedTensor<TInner> left, TapedTensor<TInner> right, DoubleDouble divisor, params ReadOnlySpan<TapedTensor<TInner>> vectors)
    {
        var inner = new TInner[vectors.Length];
        for (var i = 0; i < inner.Length; i++)
            inner[i] = vectors[i].Inner;
        var maps = TInner.ScaledMatMulMapped(left.Inner, right.Inner, divisor, inner);

        var (leftShape, rightShape, columnShape) = (left.Shape, right.Shape, right.Shape.With(^1, 1));
        var taped = new TapedTensor<TInner>[maps.Length];
        for (var i = 0; i < taped.Length; i++)
        {
            taped[i] = left.Made(maps[i])
                .From(left, [right.Inner, inner[i]], (g, read) =>
                    OfLeft(Column(g), TInner.MatMul(read[0], Column(read[1])) / divisor, leftShape))
                .From(right, [left.Inner, inner[i]], (g, read) =>
                    OfLeft(OfRight(read[0], Column(g), columnShape), Column(read[1]), rightShape) / divisor)
                .From(vectors[i], [left.Inner, right.Inner], (g, read) =>
                {
                    var sum = OfRight(read[1], OfRight(read[0], Column(g), columnShape), [rightShape.Extents[^1], 1]) / divisor;
                    return TInner.Reshape(sum, [rightShape.Extents[^1]]);
                });
        }

        return taped;
    }

    /// <summary>X = A⁻¹ Y: with S = A⁻¹ X̄, solved again, Ȳ = S and Ā = −S Xᵀ.</summary>
    /// <remarks>
    /// Ā is that of a matrix whose two halves vary by themselves. Along symmetric changes, which are all that the operation allows, it is
    /// the derivative, whichever half an engine reads.
    /// </remarks>
    public static TapedTensor<TInner> SolvePositiveDefinite(TapedTensor<TInner> matrix, TapedTensor<TInner> rightSide)
    {
        var (matrixShape, sideShape) = (matrix.Shape, rightSide.Shape);
        var x = TInner.SolvePositiveDefinite(matrix.Inner, rightSide.Inner);
        return matrix.Made(x)
            .From(matrix, [matrix.Inner, x], (g, read) => -OfLeft(TInner.SolvePositiveDefinite(read[0], g), read[1], matrixShape))
            .From(rightSide, [matrix.Inner], (g, read) => Summed(TInner.SolvePositiveDefinite(read[0], g), sideShape));
    }

    /// <summary>Ȳ Bᵀ, or Σ Ȳ Bᵀ over the batch, as one product: its matrices side by side.</summary>
    private static TInner OfLeft(TInner gradient, TInner right, Shape left)
    {
        if (left.Rank > 2 || gradient.Shape.Rank == 2)
            return TInner.MatMul(gradient, Transposed(right));
        var batch = gradient.Shape.Rank - 2;
        int[] rowsFirst = [batch, .. Enumerable.Range(0, batch), batch + 1];
        var columns = gradient.Shape[..^2].Count * gradient.Shape.Extents[^1];
        return TInner.MatMul(
            TInner.Reshape(TInner.Permute(gradient, rowsFirst), [left.Extents[0], columns]),
            TInner.Reshape(Transposed(right), [columns, left.Extents[1]]));
    }

    /// <summary>Aᵀ Ȳ, or Σ Aᵀ Ȳ over the batch, as one product: its matrices one below the other.</summary>
    private static TInner OfRight(TInner left, TInner gradient, Shape right)
    {
        if (right.Rank > 2 || gradient.Shape.Rank == 2)
            return TInner.MatMul(Transposed(left), gradient);
        var rows = gradient.Shape[..^1].Count;
        return TInner.MatMul(
            Transposed(TInner.Reshape(left, [rows, right.Extents[0]])), TInner.Reshape(gradient, [rows, right.Extents[1]]));
    }

    private static TInner Column(TInner x) => TInner.Reshape(x, [.. x.Shape.Extents, 1]);

    private static TInner Transposed(TInner x)
    {
        int[] axes = [.. Enumerable.Range(0, x.Shape.Rank)];
        (axes[^1], axes[^2]) = (axes[^2], axes[^1]);
        return TInner.Permute(x, axes);
    }
}
