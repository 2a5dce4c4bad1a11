using Harness.Conformance.Catalogue;
using Harness.Conformance.Writing;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Conformance;

/// <summary>What a reader must know before comparing.</summary>
internal static class Banners
{
    private const int DamageShown = 5;
    private const int DamageLength = 300;
    private const int RunsNamed = 8;

    /// <summary>One sentence each.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<VerifySource> runs)
    {
        foreach (var run in runs)
        {
            foreach (var reservation in Reservations(run))
                yield return reservation;
            if (run.Results.Settings.Catalogue != EquationCatalogue.Version)
            {
                yield return $"{run.Name} was made with catalogue {run.Results.Settings.Catalogue}; formulas and errata on this page are those of "
                    + $"catalogue {EquationCatalogue.Version}.";
            }
        }

        if (runs.Select(run => run.Results.Settings.Fixtures).Distinct().Count() > 1)
        {
            yield return "The runs were judged with different golden cases ("
                + string.Join(", ", runs.Take(RunsNamed).Select(run => $"{run.Name}: {Short(run.Results.Settings.Fixtures)}")) + (runs.Count > RunsNamed ? ", …" : "")
                + "): verdicts can be compared case by case, counts cannot.";
        }

        if (runs.Select(run => run.Results.Settings.Seed).Distinct().Count() > 1)
            yield return "The runs drew their fresh inputs from different seeds: cases called fresh-N are not the same in all of them.";
    }

    /// <summary>What keeps the verdicts of a run from meaning what they seem to.</summary>
    public static IEnumerable<string> Reservations(VerifySource run)
    {
        var (damaged, settings) = (run.Results.Damage, run.Results.Settings);
        foreach (var damage in damaged.Take(DamageShown))
            yield return $"{run.Name}: damaged fixture: {Excerpt.Of(damage, DamageLength)}";
        if (damaged.Count > DamageShown)
            yield return $"{run.Name}: … and {Prose.Count(damaged.Count - DamageShown, "more damaged fixture")}.";
        foreach (var record in run.Results.Implementations.Where(record => record.Checks.Count < record.Planned))
            yield return $"{run.Name}: the run of {record.Name} was cut short: {record.Checks.Count} of {record.Planned} checks.";
        if (settings.ToleranceFactor != 1)
            yield return $"{run.Name}: every tolerance was multiplied by {settings.ToleranceFactor:G3}: passed does not mean what it means elsewhere.";
    }

    private static string Short(string fingerprint) => fingerprint.Length > 10 ? fingerprint[..10] : fingerprint;
}
