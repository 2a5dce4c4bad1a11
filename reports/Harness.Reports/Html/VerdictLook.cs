using Harness.Reports.Conformance;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Html;

/// <summary>How a verdict looks: a sign and a word, and a class for its colour, so that no reader depends on one of them.</summary>
/// <param name="Class">The class of the style sheet.</param>
/// <param name="Sign">One character.</param>
/// <param name="Word">What a screen reader says.</param>
internal sealed record VerdictLook(string Class, string Sign, string Word)
{
    private static readonly Dictionary<string, VerdictLook> ByVerdict = new()
    {
        ["passed"] = new("p", "✓", "passed"),
        ["failed"] = new("f", "✗", "failed"),
        ["errored"] = new("e", "!", "errored"),
        ["timed_out"] = new("e", "…", "timed out"),
        ["partly_checked"] = new("h", "◐", "partly checked"),
        ["unsupported"] = new("u", "–", "unsupported"),
        ["out_of_scope"] = new("o", "⊘", "out of scope"),
        ["not_judged"] = new("n", "○", "not judged"),
        ["absent"] = new("n", "", "no check"),
        ["qualified"] = new("e", "!", "with a reservation"),
    };

    /// <summary>The look of a verdict.</summary>
    /// <exception cref="FormatException">It is none that is known.</exception>
    public static VerdictLook Of(string verdict) =>
        ByVerdict.GetValueOrDefault(verdict) ?? throw Fault.Of("verdict", Fault.Quoted(verdict), $"one of {string.Join(", ", ByVerdict.Keys)}");

    /// <summary>The look of what a whole run, or a whole report, comes to.</summary>
    public static VerdictLook Of(Outcome outcome) => Of(outcome switch
    {
        Outcome.Passed => "passed",
        Outcome.Qualified => "qualified",
        Outcome.Undecided or Outcome.NothingChecked => "not_judged",
        Outcome.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "expected an outcome"),
    });

    /// <summary>What a cell says beside the sign: the worst share of a tolerance, or the word.</summary>
    public static string Figure(Tally tally) => tally.Verdict switch
    {
        "failed" => tally.WorstFailed is { } worst ? Share.Describe(worst) : "failed",
        "passed" or "partly_checked" => tally.WorstPassed is { } worst ? Share.Describe(worst) : "holds",
        "absent" => "",
        var verdict => Of(verdict).Word,
    };
}
