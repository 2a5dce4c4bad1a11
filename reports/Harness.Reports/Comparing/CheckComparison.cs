using Harness.Conformance.Results;
using Harness.Reports.Conformance;

namespace Harness.Reports.Comparing;

/// <summary>Compares two runs of verify, check by check.</summary>
internal static class CheckComparison
{
    public static Comparison Of(ResultsFile before, ResultsFile after)
    {
        var notes = new List<string>();
        if (before.Settings.Fixtures != after.Settings.Fixtures)
            notes.Add("The golden cases differ between the two: cases of one name are compared, and may ask different things.");
        if (before.Settings.ToleranceFactor != after.Settings.ToleranceFactor)
            notes.Add($"Every tolerance was multiplied by {before.Settings.ToleranceFactor} before and by {after.Settings.ToleranceFactor} after.");
        var isSeedSame = before.Settings.Seed == after.Settings.Seed;
        if (!isSeedSame)
            notes.Add("The seeds differ: fresh inputs are not the same and are left out.");

        // Two runs of one implementation each are compared whatever it is called.
        var isSole = before.Implementations.Count == 1 && after.Implementations.Count == 1;
        if (isSole && before.Implementations[0].Name != after.Implementations[0].Name)
            notes.Add($"{after.Implementations[0].Name} is compared with {before.Implementations[0].Name}.");
        var hasSeveral = before.Implementations.Concat(after.Implementations).Select(each => each.Name).Distinct().Count() > 1 && !isSole;
        Dictionary<(string Implementation, string Id, string Dtype), CheckRecord> Checks(ResultsFile results) => results.Implementations
            .SelectMany(each => each.Checks.Where(check => isSeedSame || check.Kind != "fresh").Select(check => (Key: (isSole ? "" : each.Name, check.Id, check.Dtype), Check: check)))
            .DistinctBy(each => each.Key).ToDictionary(each => each.Key, each => each.Check);

        var (old, now) = (Checks(before), Checks(after));
        var changes = new List<Change>();
        foreach (var key in old.Keys.Union(now.Keys))
        {
            var what = $"{(hasSeveral ? $"{key.Implementation} " : "")}{key.Id} {key.Dtype}";
            if (Judge(old.GetValueOrDefault(key), now.GetValueOrDefault(key)) is { } change)
                changes.Add(new Change(change.Kind, what, change.How));
        }

        return new Comparison("", "", notes, old.Keys.Count(now.ContainsKey), Comparison.Sort(changes));
    }

    private static (ChangeKind Kind, string How)? Judge(CheckRecord? old, CheckRecord? now)
    {
        if (old is null)
            return (ChangeKind.New, Describe(now!));
        if (now is null)
            return (ChangeKind.Gone, $"was {Describe(old)}");
        var how = $"was {Describe(old)}, is {Describe(now)}";
        return (Standing(old), Standing(now)) switch
        {
            var (first, second) when first == second => null,
            (_, Standings.Bad) => (ChangeKind.Worse, how),
            (_, Standings.Unanswered) => (ChangeKind.Gone, how),
            (Standings.Unanswered, _) => (ChangeKind.New, how),
            _ => (ChangeKind.Better, how),
        };
    }

    private static Standings Standing(CheckRecord check) => check.Verdict switch
    {
        "passed" => Standings.Good,
        "unsupported" or "not_judged" => Standings.Unanswered,
        _ => Standings.Bad,
    };

    private static string Describe(CheckRecord check)
    {
        var share = check.Outputs.Count == 0 ? "" : $" ({Share.Describe(check.Outputs.Max(output => output.WorstShare))})";
        return $"{check.Verdict.Replace('_', ' ')}{share}";
    }

    private enum Standings
    {
        Bad,
        Unanswered,
        Good,
    }
}
