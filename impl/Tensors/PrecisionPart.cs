namespace Harness.Tensors;

/// <summary>
/// What of an equation is computed and handed on in which precision, where the format has 16 bits: an engine of such a format is told where
/// each part begins (<see cref="IEngine{T}.Within"/>), and keeps more digits there or does not.
/// </summary>
public enum PrecisionPart
{
    /// <summary>Everything else: tensors of the format itself.</summary>
    Tensors,

    /// <summary>Positions on [0,1], the basis on them, and moments over it.</summary>
    Positions,

    /// <summary>Ridge regression: operator, solution, coefficients.</summary>
    Regression,

    /// <summary>What a normalisation divides by, and its quotient: means, squares, a root.</summary>
    Norms,

    /// <summary>The coefficients that go from segment to segment.</summary>
    State,
}
