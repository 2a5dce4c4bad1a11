using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.Blocks;

/// <summary>Rotary position embedding: a query and a key, each turned by its position, meet in the angle of their distance.</summary>
public static class Rope
{
    /// <summary>The base of Llama 3, which LM2 starts from.</summary>
    internal const double Base = 500000;

    /// <summary>Rotates the pairs (j, j + h) of every head, h = dh/2: the half-rotation convention.</summary>
    /// <param name="x">x [B,H,T,2h], queries or keys.</param>
    /// <param name="base">&gt; 0; the frequencies fall from 1 towards 1/base.</param>
    /// <param name="offset">The position of the first token, ≥ 0.</param>
    /// <returns>y [B,H,T,2h].</returns>
    /// <exception cref="EquationException">A base far below 1 gives angles beyond 2⁵⁰.</exception>
    [Equation("block.rope", "x[B,H,T,2*h] -> y[B,H,T,2*h]", "Su et al. 2021; pairs as in Llama",
        Attributes = "base >0 ~ base, offset >=0",
        Definition = "a_j = (offset + i)·base^(−j/h): y_j = x_j cos a_j − x_{j+h} sin a_j, y_{j+h} = x_{j+h} cos a_j + x_j sin a_j")]
    public static T Rotate<T>(T x, double @base = Base, int offset = 0)
        where T : class, ITensor<T>
    {
        var (tokens, half) = (x.Shape[2], x.Shape[3] / 2);
        if (Math.Pow(@base, -(half - 1.0) / half) * ((double)offset + tokens) > DoubleDouble.LargestAngle)
            throw new EquationException("block.rope", "attribute \"base\"", $"{@base}", "one whose angles stay below 2⁵⁰");
        var tables = x.Engine.Precomputed(new AngleTables(@base, half, offset, tokens));
        var (cos, sin) = (tables[0], tables[1]);
        var (left, right) = (T.Slice(x, 3, 0, half), T.Slice(x, 3, half, half));
        return T.Concat(3, left * cos - right * sin, right * cos + left * sin);
    }
}
