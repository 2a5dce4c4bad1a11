using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Profiles;
using Harness.Conformance.Tolerances;

namespace Harness.Conformance.Diagnosis;

/// <summary>What was answered is what the other profile says: the authors' code in place of the paper, or the paper in place of the code.</summary>
/// <remarks>
/// That is judged by its own tolerances. A form that costs digits allows more than the one that was asked for, so that the same number, more
/// coarsely computed, is recognised too.
/// </remarks>
internal static class OtherProfile
{
    // As of coarser arithmetic: errors far below a tolerance have another reason.
    private const double SmallestShare = 1.0 / 64;
    private const int FewestEntries = 4;

    public static string? Of(IReadOnlyList<Evidence> evidence)
    {
        var id = evidence[0].Equation.Id;
        foreach (var pair in ProfilePairs.Of(id))
        {
            var isPaper = pair.Paper.Id == id;
            if (Outputs(pair, isPaper, evidence) is not { } outputs || !evidence.All(answer => Matches(pair, isPaper, outputs, answer)))
                continue;
            var other = isPaper ? pair.Code : pair.Paper;
            return $"matches {other.Id}, {(isPaper ? "what the authors' code computes" : "what the paper says")}: {string.Join("; ", outputs.Select(output => output.Why).Distinct())}";
        }

        return null;
    }

    // Those that are wrong; null if there are others, or too little of them.
    private static ProfileOutput[]? Outputs(ProfilePair pair, bool isPaper, IReadOnlyList<Evidence> evidence)
    {
        var failed = evidence.Where(answer => !answer.Passed).ToArray();
        if (failed.SelectMany(answer => answer.Figures).Any(output => output.Fault is not null))
            return null;
        string[] wrong = [.. failed.SelectMany(answer => answer.Figures).Where(output => !output.Passed).Select(output => output.Name).Distinct()];

        // Of gradients a sum of several may be that of one; those are not looked at.
        ProfileOutput[] outputs = [.. pair.Outputs.Where(output => wrong.Contains(isPaper ? output.Paper : output.Code))];
        return outputs.Length == wrong.Length && failed.Sum(answer => wrong.Where(answer.Golden.ContainsKey).Sum(name => answer.Golden[name].Length)) >= FewestEntries ? outputs : null;
    }

    private static bool Matches(ProfilePair pair, bool isPaper, ProfileOutput[] outputs, Evidence answer)
    {
        if (pair.Reading(answer.Request) is not { } other)
            return answer.Passed;
        try
        {
            var equation = isPaper ? pair.Code : pair.Paper;
            if (ToleranceModel.Derive(equation, other.Format, other.Attributes, other.Inputs, Seeds.Of($"{other.Case}/{equation}")) is not { } expected)
                return answer.Passed;
            var largest = 0.0;
            foreach (var output in outputs)
            {
                var (own, its) = isPaper ? (output.Paper, output.Code) : (output.Code, output.Paper);
                if (answer.Answer.GetValueOrDefault(own) is not { } found)
                    return false;
                var figures = Comparer.Compare(own, found, expected.Golden[its], expected.Rho[its], expected.Shapes[its], other.Format);
                if (!figures.Passed)
                    return false;
                largest = Math.Max(largest, Nearest(found.Values, expected.Golden[its], answer.Golden[own]) ? 1 : figures.WorstShare);
            }

            return answer.Passed || largest >= SmallestShare;
        }
        catch (Exception)
        {
            // The other equation may not be defined there.
            return answer.Passed;
        }
    }

    // Of two numbers that differ, the other one is what was answered.
    private static bool Nearest(double[] found, double[] other, double[] golden) =>
        found.Zip(other, (value, reading) => Math.Abs(value - reading)).Sum() < found.Zip(golden, (value, right) => Math.Abs(value - right)).Sum() / 2;
}
