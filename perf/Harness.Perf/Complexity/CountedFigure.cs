using System.Numerics;

namespace Harness.Perf.Complexity;

/// <summary>A count and what the closed form says it is.</summary>
/// <param name="Metric">What was counted.</param>
/// <param name="Unit">As in results.</param>
/// <param name="Context">Tokens before the segment; null where it does not matter.</param>
/// <param name="Counted">The count.</param>
/// <param name="Predicted">The closed form's value.</param>
public sealed record CountedFigure(string Metric, string Unit, long? Context, BigInteger Counted, BigInteger Predicted)
{
    /// <summary>Whether both are the same number.</summary>
    public bool Agrees => Counted == Predicted;
}
