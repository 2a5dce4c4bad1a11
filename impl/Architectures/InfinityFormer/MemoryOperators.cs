using Harness.Tensors;

namespace Harness.Architectures.InfinityFormer;

/// <summary>The standard deviations of a basis, equal where their values are.</summary>
internal readonly struct BasisWidths(double[] values) : IEquatable<BasisWidths>
{
    // A copy: what is computed is kept under them, and the caller may change its array.
    public double[] Values { get; } = [.. values];

    public bool Equals(BasisWidths other) => Values.AsSpan().SequenceEqual(other.Values);

    public override bool Equals(object? obj) => obj is BasisWidths other && Equals(other);

    public override int GetHashCode() => Values.Aggregate(0, HashCode.Combine);
}

/// <summary>What an update of the memory needs besides the memory and the tokens, which sizes and attributes alone decide.</summary>
/// <param name="Count">N.</param>
/// <param name="Widths">The basis' standard deviations.</param>
/// <param name="Ridge">λ.</param>
/// <param name="Samples">M.</param>
/// <param name="Length">L.</param>
/// <param name="Tau">τ.</param>
internal sealed record MemoryOperators(int Count, BasisWidths Widths, double Ridge, int Samples, int Length, double Tau) : IPrecomputation
{
    /// <summary>mu_j [N], sigma_j [N], psi(m/M) [M,N], G [M+L,N] on t_joint.</summary>
    public T[] Compute<T>(IEngine<T> engine)
        where T : class, ITensor<T>
    {
        using var precision = engine.Within(PrecisionPart.Positions);
        var (muJ, sigmaJ) = Basis.Grid(engine, Count, Widths.Values);
        var (tPast, tJoint) = Positions.Memory(engine, Samples, Length, Tau);
        var g = Regression.Operator(Basis.Evaluate(tJoint, muJ, sigmaJ), Ridge);
        return [muJ, sigmaJ, Basis.Evaluate(tPast, muJ, sigmaJ), g];
    }
}

/// <summary>The regression of a first segment, which is spread over all of (0,1].</summary>
/// <param name="Count">N.</param>
/// <param name="Widths">The basis' standard deviations.</param>
/// <param name="Ridge">λ.</param>
/// <param name="Length">L.</param>
internal sealed record SegmentOperator(int Count, BasisWidths Widths, double Ridge, int Length) : IPrecomputation
{
    /// <summary>G [L,N] on i/L.</summary>
    public T[] Compute<T>(IEngine<T> engine)
        where T : class, ITensor<T>
    {
        using var precision = engine.Within(PrecisionPart.Positions);
        var (muJ, sigmaJ) = Basis.Grid(engine, Count, Widths.Values);
        return [Regression.Operator(Basis.Evaluate(Positions.Segment(engine, Length), muJ, sigmaJ), Ridge)];
    }
}
