using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.Lm2;

/// <summary>Fits T tokens to R bank rows where the paper leaves T ≠ R open.</summary>
public static class Alignment
{
    /// <summary>Pools (T &gt; R), interpolates (T &lt; R) or passes through (T = R) along the token axis.</summary>
    /// <param name="x">X [B,T,d].</param>
    /// <param name="rows">R ≥ 1.</param>
    /// <returns>Y [B,R,d].</returns>
    [Equation("lm2.align", "X[B,T,d] -> Y[B,R,d]", "code; the paper is silent for T ≠ R",
        Attributes = "rows=R",
        Definition = "T = R: X. T > R: mean of tokens ⌊rT/R⌋ … ⌈(r+1)T/R⌉−1. T < R: linear interpolation at (r+½)T/R − ½")]
    public static T Align<T>(T x, int rows)
        where T : class, ITensor<T>
    {
        var tokens = x.Shape[1];
        if (tokens == rows)
            return x;

        // Both are linear in the tokens, so they are one matrix product with exact weights, each rounded once.
        return T.MatMul(x.Engine.Precomputed(new Weights(tokens, rows))[0], x);
    }

    private static DoubleDouble[] Zeros(long rows, long tokens)
    {
        var weights = TensorAllocation.Allocate<DoubleDouble>("Align", [(int)rows, (int)tokens]);
        Array.Clear(weights);
        return weights;
    }

    private static DoubleDouble[] PoolingWeights(long tokens, long rows)
    {
        var weights = Zeros(rows, tokens);
        for (var r = 0L; r < rows; r++)
        {
            var first = r * tokens / rows;
            var end = ((r + 1) * tokens + rows - 1) / rows;
            for (var token = first; token < end; token++)
                weights[r * tokens + token] = DoubleDouble.FromRatio(1, end - first);
        }

        return weights;
    }

    private static DoubleDouble[] InterpolationWeights<T>(IEngine<T> engine, long tokens, long rows)
        where T : class, ITensor<T>
    {
        var weights = Zeros(rows, tokens);
        for (var r = 0L; r < rows; r++)
        {
            // s = (r+½)T/R − ½ over the common denominator 2R, clamped to the tokens that exist.
            var numerator = Math.Clamp((2 * r + 1) * tokens - rows, 0, 2 * rows * (tokens - 1));
            var (left, remainder) = Math.DivRem(numerator, 2 * rows);
            if (remainder == 0)
            {
                weights[r * tokens + left] = 1;
                continue;
            }

            // Whoever computes s knows its fraction no better than s.
            var error = engine.RoundingError(tokens);
            weights[r * tokens + left] = DoubleDouble.FromRatio(2 * rows - remainder, 2 * rows) - error;
            weights[r * tokens + left + 1] = DoubleDouble.FromRatio(remainder, 2 * rows) + error;
        }

        return weights;
    }

    /// <summary>The weights [R,T] that take T tokens to R rows.</summary>
    private sealed record Weights(int Tokens, int Rows) : IPrecomputation
    {
        public T[] Compute<T>(IEngine<T> engine)
            where T : class, ITensor<T> =>
            [engine.Create(Tokens > Rows ? PoolingWeights(Tokens, Rows) : InterpolationWeights(engine, Tokens, Rows), [Rows, Tokens])];
    }
}
