using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.InfinityFormer;

/// <summary>
/// Where tokens and memory samples lie on [0,1]. All grids are exact rationals, rounded once, unless the engine models code whose positions are no
/// better near 0 than elsewhere.
/// </summary>
public static class Positions
{
    /// <summary>The first segment's tokens.</summary>
    /// <param name="engine">Makes the result.</param>
    /// <param name="length">L ≥ 1 tokens.</param>
    /// <returns>t [L].</returns>
    [Equation("inf.positions.segment", "-> t[L]", "∞ §2.2", Attributes = "length=L", Positions = "t", Definition = "t_i = i/L, i = 1…L")]
    public static T Segment<T>(IEngine<T> engine, int length)
        where T : class, ITensor<T>
    {
        using var precision = engine.Within(PrecisionPart.Positions);
        return RightEnds(engine, length);
    }

    /// <summary>Where the past is sampled, and where samples and new tokens lie after the past is contracted to [0,τ].</summary>
    /// <param name="engine">Makes the result.</param>
    /// <param name="samples">M ≥ 1 samples of the past.</param>
    /// <param name="length">L ≥ 1 new tokens.</param>
    /// <param name="tau">τ in (0,1), the share of the unit interval that the past keeps.</param>
    /// <returns>t_past [M], t_joint [M+L].</returns>
    [Equation("inf.memory.positions", "-> t_past[M], t_joint[M+L]", "∞ §3.2; m/M is the code's",
        Attributes = "samples=M, length=L, tau in (0,1)", Positions = "t_past t_joint",
        Definition = "t_past = m/M, m = 1…M; t_joint = (τ m/M)_m ‖ (τ + (1−τ) i/L)_i, i = 1…L")]
    public static (T TPast, T TJoint) Memory<T>(IEngine<T> engine, int samples, int length, double tau)
        where T : class, ITensor<T>
    {
        using var precision = engine.Within(PrecisionPart.Positions);
        Shape shape = [checked(samples + length)];
        var joint = TensorAllocation.Allocate<DoubleDouble>("Positions", shape);
        for (var m = 1; m <= samples; m++)
            joint[m - 1] = (DoubleDouble)tau * m / samples + engine.RoundingError(1);
        for (var i = 1; i <= length; i++)
            joint[samples + i - 1] = tau + (1 - (DoubleDouble)tau) * i / length + engine.RoundingError(1);
        return (RightEnds(engine, samples), engine.Create(joint, shape));
    }

    private static T RightEnds<T>(IEngine<T> engine, int count)
        where T : class, ITensor<T>
    {
        var ends = TensorAllocation.Allocate<DoubleDouble>("Positions", [count]);
        for (var i = 1; i <= count; i++)
            ends[i - 1] = DoubleDouble.FromRatio(i, count) + engine.RoundingError(1);
        return engine.Create(ends, [count]);
    }
}
