using Harness.Conformance.Results;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Conformance;

/// <summary>What a set of checks came to: a cell of the matrix, or a whole implementation.</summary>
/// <param name="Passed">Within every tolerance.</param>
/// <param name="Failed">Answered, and wrong.</param>
/// <param name="Errored">No answer.</param>
/// <param name="TimedOut">No answer in time.</param>
/// <param name="Unsupported">Not claimed.</param>
/// <param name="NotJudged">Not asked.</param>
/// <param name="PartlyChecked">Within every tolerance, without outputs that are not claimed.</param>
/// <param name="OutOfScope">Not asked: the implementation takes nothing of the kind.</param>
/// <param name="WorstPassed">The largest share of a tolerance among what passed, as a whole or in part; null where no share was measured.</param>
/// <param name="WorstFailed">The largest among what failed; infinite where nothing may deviate or nothing could be compared.</param>
public sealed record Tally(
    int Passed, int Failed, int Errored, int TimedOut, int Unsupported, int NotJudged, int PartlyChecked, int OutOfScope, double? WorstPassed, double? WorstFailed)
{
    /// <summary>The tally of checks.</summary>
    public static Tally Of(IEnumerable<CheckRecord> checks)
    {
        ArgumentNullException.ThrowIfNull(checks);
        int passed = 0, failed = 0, errored = 0, late = 0, unsupported = 0, unjudged = 0, partly = 0, outside = 0;
        double? worstPassed = null, worstFailed = null;
        foreach (var check in checks)
        {
            switch (check.Verdict)
            {
                case "passed":
                    passed++;
                    worstPassed = Larger(worstPassed, check);
                    break;
                case "partly_checked":
                    partly++;
                    worstPassed = Larger(worstPassed, check);
                    break;
                case "failed":
                    failed++;
                    worstFailed = Larger(worstFailed, check);
                    break;
                case "errored":
                    errored++;
                    break;
                case "timed_out":
                    late++;
                    break;
                case "unsupported":
                    unsupported++;
                    break;
                case "not_judged":
                    unjudged++;
                    break;
                case "out_of_scope":
                    outside++;
                    break;
                default:
                    throw Unknown(check);
            }
        }

        return new Tally(passed, failed, errored, late, unsupported, unjudged, partly, outside, worstPassed, worstFailed);
    }

    /// <summary>How many count against the implementation.</summary>
    public int Bad => Failed + Errored + TimedOut;

    /// <summary>How many were judged: all that were answered, or should have been.</summary>
    public int Judged => Passed + PartlyChecked + Bad;

    /// <summary>All of them.</summary>
    public int Count => Judged + Unsupported + NotJudged + OutOfScope;

    /// <summary>The worst verdict: failed, errored, timed_out, partly_checked, passed, unsupported, out_of_scope, not_judged, or absent where there is no check.</summary>
    public string Verdict =>
        Failed > 0 ? "failed"
        : Errored > 0 ? "errored"
        : TimedOut > 0 ? "timed_out"
        : PartlyChecked > 0 ? "partly_checked"
        : Passed > 0 ? "passed"
        : Unsupported > 0 ? "unsupported"
        : OutOfScope > 0 ? "out_of_scope"
        : NotJudged > 0 ? "not_judged"
        : "absent";

    /// <summary>The counts other than 0, for people.</summary>
    public string Counts => string.Join(", ", new[]
    {
        (Passed, "passed"), (PartlyChecked, "partly checked"), (Failed, "failed"), (Errored, "errored"), (TimedOut, "timed out"), (Unsupported, "unsupported"), (OutOfScope, "out of scope"), (NotJudged, "not judged"),
    }.Where(count => count.Item1 > 0).Select(count => $"{count.Item1} {count.Item2}"));

    /// <summary>What one check says.</summary>
    /// <exception cref="FormatException">Its verdict is none that is known.</exception>
    public static Standing StandingOf(CheckRecord check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return check.Verdict switch
        {
            "passed" => Standing.Good,
            "unsupported" or "not_judged" or "partly_checked" or "out_of_scope" => Standing.Open,
            "failed" or "errored" or "timed_out" => Standing.Bad,
            _ => throw Unknown(check),
        };
    }

    private static FormatException Unknown(CheckRecord check) =>
        Fault.Of($"{check.Id} {check.Dtype}: verdict", Fault.Quoted(check.Verdict), "passed, partly_checked, failed, errored, timed_out, unsupported, not_judged or out_of_scope");

    private static double? Larger(double? worst, CheckRecord check) =>
        check.Outputs.Count == 0 ? worst : Math.Max(worst ?? 0, check.Outputs.Max(output => output.WorstShare));
}
