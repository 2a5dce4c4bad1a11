using Harness.Conformance.Catalogue;
using Harness.Reports.Sources;

namespace Harness.Reports.Conformance;

/// <summary>What a reader must know before comparing.</summary>
internal static class Banners
{
    /// <summary>One sentence each.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<VerifySource> runs)
    {
        foreach (var run in runs)
        {
            foreach (var damage in run.Results.Damage)
                yield return $"{run.Name}: damaged fixture: {damage}";
            foreach (var record in run.Results.Implementations.Where(record => record.Checks.Count < record.Planned))
                yield return $"{run.Name}: the run of {record.Name} was cut short: {record.Checks.Count} of {record.Planned} checks.";
            if (run.Results.Settings.ToleranceFactor != 1)
                yield return $"{run.Name}: every tolerance was multiplied by {run.Results.Settings.ToleranceFactor}: passed does not mean what it means elsewhere.";
            if (run.Results.Settings.Catalogue != EquationCatalogue.Version)
            {
                yield return $"{run.Name} was made with catalogue {run.Results.Settings.Catalogue}; formulas and errata on this page are those of "
                    + $"catalogue {EquationCatalogue.Version}.";
            }
        }

        if (runs.Select(run => run.Results.Settings.Fixtures).Distinct().Count() > 1)
        {
            yield return "The runs were judged with different golden cases ("
                + string.Join(", ", runs.Select(run => $"{run.Name}: {Short(run.Results.Settings.Fixtures)}"))
                + "): verdicts can be compared case by case, counts cannot.";
        }

        if (runs.Select(run => run.Results.Settings.Seed).Distinct().Count() > 1)
            yield return "The runs drew their fresh inputs from different seeds: cases called fresh-N are not the same in all of them.";
    }

    private static string Short(string fingerprint) => fingerprint.Length > 10 ? fingerprint[..10] : fingerprint;
}
