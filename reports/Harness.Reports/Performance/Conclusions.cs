using Harness.Perf.Results;
using Harness.Perf.Scaling;
using Harness.Perf.Systems;
using Harness.Reports.Sources;

namespace Harness.Reports.Performance;

/// <summary>What the conclusions of perf say.</summary>
internal static class Conclusions
{
    private const string Grows = "grows";
    private const string Constant = "context_independent";
    private const string Undecided = "undecided";

    /// <summary>Every word that a verdict may have.</summary>
    public static IReadOnlyList<string> Known { get; } =
        [Constant, Grows, Undecided, "regression", "missing", "suspicious", "insufficient_data", "improvement", "no_change"];

    /// <summary>What a verdict says. The control has to grow, or the measurement could not have shown growth; nothing else may.</summary>
    /// <exception cref="FormatException">Its conclusion is none that is known.</exception>
    public static Standing Of(VerdictRecord verdict) => verdict.Conclusion switch
    {
        Grows => IsControl(verdict.Subject) ? Standing.Good : Standing.Bad,
        Constant => IsControl(verdict.Subject) ? Standing.Bad : Standing.Good,
        // Without a growing control all is undecided, the control too: its exponent tells whether it was found flat, or not found out about.
        Undecided => IsControl(verdict.Subject) && verdict.ExponentHigh <= ScalingJudge.Margin ? Standing.Bad : Standing.Open,
        "regression" or "missing" => Standing.Bad,
        "suspicious" or "insufficient_data" => Standing.Open,
        "improvement" or "no_change" => Standing.Good,
        _ => throw Fault.Of($"{verdict.Subject} {verdict.Metric}: conclusion", Fault.Quoted(verdict.Conclusion), $"one of {string.Join(", ", Known)}"),
    };

    /// <summary>Whether a system keeps every token: softmax attention, by its name as a system or as an equation.</summary>
    public static bool IsControl(string subject) =>
        subject.StartsWith("base.attention.", StringComparison.Ordinal) || MemorySystem.All.Any(system => system.GrowsWithContext && system.Id == subject);

    /// <summary>Why a verdict is bad, and what it says.</summary>
    public static string Explain(VerdictRecord verdict) => verdict.Conclusion switch
    {
        Grows => $"{verdict.Subject} grows with the context, as only the control may: {verdict.Text}",
        Constant or Undecided => $"{verdict.Subject} is the control and was not found growing: {verdict.Text}",
        _ => verdict.Text,
    };
}
