using Harness.Conformance.Results;
using Harness.Reports.Conformance;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Comparing;

/// <summary>Compares two runs of verify, check by check.</summary>
internal static class CheckComparison
{
    public static Comparison Of(VerifySource first, VerifySource second)
    {
        var (before, after) = (first.Results, second.Results);
        var notes = Differences(before.Settings, after.Settings).Concat(Banners.Reservations(first)).Concat(Banners.Reservations(second)).ToList();
        var isSeedSame = before.Settings.Seed == after.Settings.Seed;

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
            var (was, isNow) = (old.GetValueOrDefault(key), now.GetValueOrDefault(key));
            if (Comparison.Judge(StandingOf(was), StandingOf(isNow)) is { } kind)
                changes.Add(new Change(kind, $"{(hasSeveral ? $"{key.Implementation} " : "")}{key.Id} {key.Dtype}", Describe(was, isNow)));
        }

        (CheckRecord Was, CheckRecord IsNow)[] both = [.. old.Where(each => now.ContainsKey(each.Key)).Select(each => (each.Value, now[each.Key]))];
        return new Comparison("", "", notes, both.Length, both.Count(pair => IsJudged(pair.Was) || IsJudged(pair.IsNow)), Comparison.Sort(changes));
    }

    private static IEnumerable<string> Differences(RunSettings before, RunSettings after)
    {
        if (before.Catalogue != after.Catalogue)
            yield return $"The catalogues differ ({before.Catalogue} before, {after.Catalogue} after): equations of one name may say different things.";
        if (before.Fixtures != after.Fixtures)
            yield return "The golden cases differ between the two: cases of one name are compared, and may ask different things.";
        if (before.ToleranceFactor != after.ToleranceFactor)
            yield return $"Every tolerance was multiplied by {before.ToleranceFactor:G3} before and by {after.ToleranceFactor:G3} after.";
        if (before.Seed != after.Seed)
            yield return "The seeds differ: fresh inputs are not the same and are left out.";
        if (!before.Dtypes.ToHashSet().SetEquals(after.Dtypes))
            yield return $"The formats differ ({string.Join(", ", before.Dtypes)} before, {string.Join(", ", after.Dtypes)} after): checks in the others are on one side only.";
        if ((before.Profile, before.Equations, before.Cases, before.Gradients) != (after.Profile, after.Equations, after.Cases, after.Gradients))
            yield return $"The selections differ ({Selection(before)} before, {Selection(after)} after): what only one asks for is on one side only.";
    }

    private static string Selection(RunSettings settings) =>
        $"{settings.Profile} profile, {settings.Equations} {settings.Gradients} gradients{(settings.Cases is null ? "" : $", cases {settings.Cases}")}";

    private static Standing? StandingOf(CheckRecord? check) => check is null ? null : Tally.StandingOf(check);

    private static bool IsJudged(CheckRecord check) => Tally.StandingOf(check) != Standing.Open;

    private static string Describe(CheckRecord? old, CheckRecord? now) => (old, now) switch
    {
        ({ } was, { } isNow) => $"was {Describe(was)}, is {Describe(isNow)}",
        ({ } was, null) => $"was {Describe(was)}, is not there",
        (null, { } isNow) => Describe(isNow),
        _ => "",
    };

    private static string Describe(CheckRecord check)
    {
        var share = check.Outputs.Count == 0 ? "" : $" ({Share.Describe(check.Outputs.Max(output => output.WorstShare))})";
        return $"{check.Verdict.Replace('_', ' ')}{share}";
    }
}
