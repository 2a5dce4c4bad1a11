using Harness.Perf.Results;
using Harness.Perf.Scaling;
using Harness.Perf.Systems;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Performance;

/// <summary>What the conclusions of perf say.</summary>
internal static class Conclusions
{
    private const string Grows = "grows";
    private const string Constant = "context_independent";
    private const string Linear = "linear";
    private const string Undecided = "undecided";

    // State and tape are counted, and need no control.
    private static readonly string[] Timed = ["segment_time", Pass.Truncated.Named("segment_time"), Pass.Full.Named("sequence_time")];

    /// <summary>
    /// The verdicts of a run. Of a time that is called independent of the context without a control beside it, whoever wrote so, nothing is
    /// known: the measurement might not have shown growth.
    /// </summary>
    public static IEnumerable<VerdictRecord> In(PerfFile run) => run.Verdicts.Select(verdict =>
        verdict is { Suite: "scaling", Conclusion: Constant or Linear } && Timed.Contains(verdict.Metric) && !IsControl(verdict.Subject)
            && !run.Verdicts.Any(other => IsControl(other.Subject) && Series(other) == Series(verdict))
            ? verdict with { Conclusion = Undecided, Text = $"{ScalingJudge.NoControl}; of the system by itself: {verdict.Text}" }
            : verdict);

    /// <summary>What a verdict says. The control has to grow, or the measurement could not have shown growth; nothing else may.</summary>
    /// <exception cref="FormatException">Its conclusion is none that is known.</exception>
    public static Standing Of(VerdictRecord verdict) => verdict.Conclusion switch
    {
        Grows => IsControl(verdict.Subject) ? Standing.Good : Standing.Bad,
        Constant or Linear => IsControl(verdict.Subject) ? Standing.Bad : Standing.Good,
        // Without a growing control all is undecided, the control too: its exponent tells whether it was found flat, or not found out about.
        Undecided => IsControl(verdict.Subject) && verdict.ExponentHigh <= ScalingJudge.Margin ? Standing.Bad : Standing.Open,
        "regression" or "missing" => Standing.Bad,
        "suspicious" or "insufficient_data" => Standing.Open,
        "improvement" or "no_change" => Standing.Good,
        _ => throw Fault.Of($"{verdict.Subject} {verdict.Metric}: conclusion", Fault.Quoted(verdict.Conclusion), $"one of {string.Join(", ", VerdictRecord.Conclusions)}"),
    };

    /// <summary>Whether a system keeps every token: softmax attention, by its name as a system or as an equation.</summary>
    public static bool IsControl(string subject) =>
        subject.StartsWith("base.attention.", StringComparison.Ordinal) || MemorySystem.All.Any(system => system.GrowsWithContext && system.Id == subject);

    private static (string, string, string, string?, string?, string) Series(VerdictRecord verdict) =>
        (verdict.Suite, verdict.Implementation, verdict.Device, verdict.Dtype, verdict.Configuration, verdict.Metric);

    /// <summary>Why a verdict is bad, and what it says.</summary>
    public static string Explain(VerdictRecord verdict) => verdict.Conclusion switch
    {
        Grows => $"{verdict.Subject} grows with the context, as only the control may: {verdict.Text}",
        Constant or Linear or Undecided => $"{verdict.Subject} is the control and was not found growing: {verdict.Text}",
        _ => verdict.Text,
    };
}
