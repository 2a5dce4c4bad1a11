using Harness.Conformance.Comparison;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Checks;

/// <summary>What kind of check a result comes from.</summary>
public enum CheckKind
{
    /// <summary>A committed case with golden values.</summary>
    Golden,

    /// <summary>A case drawn for this run.</summary>
    Fresh,

    /// <summary>A property that must hold for any input.</summary>
    Property,

    /// <summary>How an adapter keeps to the protocol.</summary>
    Protocol,

    /// <summary>The errors of all cases of an equation together.</summary>
    Pooled,
}

/// <summary>How a check ended.</summary>
public enum Verdict
{
    /// <summary>Within every tolerance.</summary>
    Passed,

    /// <summary>Answered, and wrong.</summary>
    Failed,

    /// <summary>The implementation says that it does not do this.</summary>
    Unsupported,

    /// <summary>No answer: the implementation threw, or a fixture is damaged.</summary>
    Errored,

    /// <summary>No answer within the time limit; counted as errored.</summary>
    TimedOut,

    /// <summary>Not asked: the format is too coarse for the case.</summary>
    NotJudged,

    /// <summary>Within every tolerance, without outputs that the implementation says it does not have.</summary>
    PartlyChecked,

    /// <summary>Not asked: the implementation has said that it takes nothing of the kind.</summary>
    OutOfScope,
}

/// <summary>One check of one implementation in one format.</summary>
/// <param name="Id">Equation and case, as in <c>lm2.align/odd-extents</c>, <c>lm2.align/fresh-1</c> or <c>lm2.bank.update/property:…</c>.</param>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Equation">The id of the equation that is judged.</param>
/// <param name="Format">The format computed in.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Reason">In one line why, unless it passed.</param>
/// <param name="Note">What the check is there to catch; null where the reason says it.</param>
/// <param name="Outputs">The figures per output; empty where there was nothing to compare.</param>
/// <param name="Milliseconds">How long the implementation took, over all that it was asked; 0 if it was not.</param>
/// <param name="Words">What the implementation printed meanwhile, unless it passed; null if nothing.</param>
/// <param name="Asked">The shapes of the inputs, and the attributes; null where there are none.</param>
/// <param name="Flags">What is special about the case, the input family included; null where nothing is said.</param>
/// <param name="Number">Its place in the whole run, all shards together, from 0; null if it has none.</param>
public sealed record CheckResult(
    string Id,
    CheckKind Kind,
    string Equation,
    FloatFormat Format,
    Verdict Verdict,
    string? Reason,
    string? Note,
    IReadOnlyList<OutputFigures> Outputs,
    double Milliseconds,
    string? Words = null,
    string? Asked = null,
    IReadOnlyList<string>? Flags = null,
    int? Number = null)
{
    /// <summary>
    /// How far answers to one and the same question were apart, as a share of the tolerance; null where all had the same bits, or it was asked once.
    /// </summary>
    public double? NotRepeatable { get; init; }

    /// <summary>Whether it counts against the implementation.</summary>
    public bool IsBad => Verdict is Verdict.Failed or Verdict.Errored or Verdict.TimedOut;

    /// <summary>The largest error as a share of its tolerance, over all outputs.</summary>
    public double WorstShare => Outputs.Count == 0 ? 0 : Outputs.Max(output => output.WorstShare);
}

/// <summary>A check that has not been run yet.</summary>
internal sealed record PlannedCheck(string Id, FloatFormat Format, Func<CheckResult> Run);
