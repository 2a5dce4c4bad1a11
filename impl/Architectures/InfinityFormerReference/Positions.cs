using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>
/// The positions of the authors' code, with those of the padding on both sides. All grids are exact, rounded once, unless the engine models code
/// whose positions are no better near 0 than elsewhere.
/// </summary>
/// <remarks>The code rounds its grids to float32 even where it computes in float64; that is not part of this profile.</remarks>
public static class Positions
{
    // From −½ to 3/2.
    private const double Extent = 2;

    /// <summary>The first segment's tokens: midpoints, unlike any later segment's.</summary>
    /// <param name="engine">Makes the result.</param>
    /// <param name="length">L ≥ 2 tokens.</param>
    /// <returns>t [L], t_padded [2L] for even L, [2L−1] for odd L.</returns>
    /// <exception cref="EquationException">The length is 1: the code's operator is then empty.</exception>
    [Equation("inf-ref.positions.first", "-> t[L], t_padded[L+2*(L/2)]", "code: long_term_attention.py (sorting) 135–145",
        Attributes = "length=L", Positions = "t t_padded",
        Definition = "t_i = (i + ½)/L, i = 0…L−1; t_padded: i = −⌊L/2⌋ … L−1+⌊L/2⌋; L ≥ 2")]
    public static (T T, T TPadded) First<T>(IEngine<T> engine, int length)
        where T : class, ITensor<T>
    {
        if (length == 1)
            throw new EquationException("inf-ref.positions.first", "attribute \"length\"", "1", "a whole number ≥ 2");
        using var precision = engine.Within(PrecisionPart.Positions);
        var padding = length / 2;

        T Midpoints(int first, int count)
        {
            var midpoints = TensorAllocation.Allocate<DoubleDouble>("Positions", [count]);
            for (var i = 0; i < count; i++)
                midpoints[i] = DoubleDouble.FromRatio(2L * (first + i) + 1, 2L * length) + engine.RoundingError(Extent);
            return engine.Create(midpoints, [count]);
        }

        return (Midpoints(0, length), Midpoints(-padding, length + 2 * padding));
    }

    /// <summary>Every later segment's: as in the paper, with padding from a grid whose step is not quite that of the positions.</summary>
    /// <remarks>
    /// The padding comes from 2n points, n = M + L, evenly from −½ + s to 3/2 − s with s = 1/(2L + M), of which those outside [0,1] are
    /// taken. Below 0 are the k &lt; n/2 − ¼ − r/4, r = (2n − 1)/(2L + M − 1); as 1 &lt; r &lt; 2 that is ⌊n/2⌋ of them for every L ≥ 2 and M,
    /// and by symmetry as many above 1.
    /// </remarks>
    /// <param name="engine">Makes the result.</param>
    /// <param name="samples">M ≥ 1 samples of the past.</param>
    /// <param name="length">L ≥ 2 new tokens, even: with odd L the code fails.</param>
    /// <param name="tau">τ in (0,1), the share of the unit interval that the past keeps.</param>
    /// <returns>t_past [M], t_joint [M+L], t_padded [M+L+2·⌊(M+L)/2⌋].</returns>
    [Equation("inf-ref.positions.recurrent", "-> t_past[M], t_joint[M+L], t_padded[(M+L)+2*((M+L)/2)]",
        "code: long_term_attention.py (sorting) 160–196",
        Attributes = "samples=M, length=L even, tau in (0,1)", Positions = "t_past t_joint t_padded",
        Definition = "t_past = m/M, m = 1…M; t_joint = (τ m/M)_m ‖ (τ + (1−τ) i/L)_i, i = 1…L; t_padded = the points < 0, t_joint, the points > 1 "
            + "of linspace(−½ + s, 3/2 − s, 2(M+L)), s = 1/(2L+M)")]
    public static (T TPast, T TJoint, T TPadded) Recurrent<T>(IEngine<T> engine, int samples, int length, double tau)
        where T : class, ITensor<T>
    {
        using var precision = engine.Within(PrecisionPart.Positions);
        var (tPast, tJoint) = InfinityFormer.Positions.Memory(engine, samples, length, tau);
        var count = samples + length;
        var padding = count / 2;
        Shape shape = [padding];

        // −½ + s + k(2 − 2s)/(2n − 1) over one denominator; both integers are exact in double-double.
        var (inverse, gaps) = (2L * length + samples, 2L * count - 1);
        DoubleDouble Point(long k) =>
            ((DoubleDouble)(2 - inverse) * gaps + (DoubleDouble)(4 * k) * (inverse - 1)) / ((DoubleDouble)(2 * inverse) * gaps);

        var (below, above) = (
            TensorAllocation.Allocate<DoubleDouble>("Positions", shape), TensorAllocation.Allocate<DoubleDouble>("Positions", shape));
        for (var i = 0; i < padding; i++)
            (below[i], above[i]) = (Point(i) + engine.RoundingError(Extent), Point(2L * count - padding + i) + engine.RoundingError(Extent));
        return (tPast, tJoint, T.Concat(0, engine.Create(below, shape), tJoint, engine.Create(above, shape)));
    }
}
