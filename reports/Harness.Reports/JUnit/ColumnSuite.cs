using System.Xml;
using Harness.Conformance.Results;
using Harness.Conformance.Writing;
using Harness.Reports.Conformance;
using Harness.Reports.Wording;

namespace Harness.Reports.JUnit;

/// <summary>
/// The suite of an implementation: a test for each check, and one for whatever keeps the others from meaning what they seem to. Where
/// something is missing that might have failed, that test is an error: checks that did not run, fixtures that are damaged. Where nothing is
/// known to be wrong it is skipped, which no CI system shows as green either: other tolerances, nothing judged.
/// </summary>
/// <param name="xml">The file.</param>
/// <param name="column">The implementation.</param>
/// <param name="share">Bytes of each text at most.</param>
internal sealed class ColumnSuite(XmlWriter xml, Column column, int share)
{
    private const int MessageLength = 200;

    private readonly Dictionary<string, string> _reasons = [];
    private readonly Dictionary<string, string> _words = [];

    public void Write()
    {
        var (checks, tally, settings) = (column.Record.Checks, column.Tally, column.Run.Results.Settings);
        (string Name, string Message, string? Error)[] reservations = [.. Reservations()];
        var errors = reservations.Count(each => each.Error is not null);
        JUnitXml.BeginSuite(
            xml, column.Label, checks.Count + reservations.Length, tally.Failed, tally.Errored + tally.TimedOut + errors,
            tally.Unsupported + tally.NotJudged + tally.PartlyChecked + tally.OutOfScope + reservations.Length - errors, column.Record.Seconds, column.Run.Results.Created);
        xml.WriteStartElement("properties");
        JUnitXml.Property(xml, "catalogue", settings.Catalogue);
        JUnitXml.Property(xml, "seed", $"{settings.Seed}");
        JUnitXml.Property(xml, "tolerance_factor", $"{settings.ToleranceFactor}");
        JUnitXml.Property(xml, "planned_checks", $"{column.Record.Planned}");
        JUnitXml.Property(xml, "damaged_fixtures", $"{column.Run.Results.Damage.Count}");
        xml.WriteEndElement();
        foreach (var (name, message, error) in reservations)
        {
            JUnitXml.BeginTest(xml, $"{column.Label}.run", name, 0);
            if (error is not null)
                JUnitXml.Problem(xml, "error", error, message, null);
            else
                JUnitXml.Skipped(xml, message);
            xml.WriteEndElement();
        }

        foreach (var check in checks)
        {
            JUnitXml.BeginTest(xml, $"{column.Label}.{check.Equation}", $"{check.Id} [{check.Dtype}]", check.Milliseconds / 1000);
            WriteOutcome(check);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private IEnumerable<(string Name, string Message, string? Error)> Reservations()
    {
        var (record, settings, damage) = (column.Record, column.Run.Results.Settings, column.Run.Results.Damage);
        if (column.IsCutShort)
            yield return ("every planned check ran", $"the run was cut short: {record.Checks.Count} of {record.Planned} checks", "cut_short");
        if (damage.Count > 0)
            yield return ("the fixtures are whole", $"{Prose.Count(damage.Count, "damaged fixture file")}, the first: {Excerpt.Of(damage[0], Math.Min(share, MessageLength))}", "damaged_fixtures");
        if (!column.HasUsualTolerances)
            yield return ("the tolerances are the usual ones", $"every tolerance was multiplied by {settings.ToleranceFactor:G3}: passed does not mean what it means elsewhere", null);
        if (column.Tally.Judged == 0)
            yield return ("anything was judged", "nothing was checked", null);
    }

    private void WriteOutcome(CheckRecord check)
    {
        var reason = check.Reason;
        switch (Tally.StandingOf(check))
        {
            case Standing.Good:
                return;
            case Standing.Open:
                JUnitXml.Skipped(xml, $"{check.Verdict.Replace('_', ' ')}{(reason is null ? "" : $": {Excerpt.Of(reason, Math.Min(share, MessageLength))}")}");
                return;
            case Standing.Bad:
                JUnitXml.Problem(
                    xml, check.Verdict == "failed" ? "failure" : "error", check.Verdict, reason is null ? check.Verdict : Excerpt.Of(reason, Math.Min(share, MessageLength)),
                    Explain(check));
                if (check.Words is { } words)
                    xml.WriteElementString("system-err", LogText.Of(Once(_words, words, check, Excerpt.EndOf(words, share))));
                return;
        }
    }

    private string Explain(CheckRecord check)
    {
        var reason = check.Reason is { } text ? Once(_reasons, text, check, Excerpt.Of(text, share)) : "";
        var note = check.Note is { } caught ? $"the case catches: {Excerpt.Of(caught, share)}\n" : "";
        return $"{reason}\n{note}{Excerpt.Of(Reproduction.Of(column, check), share)}";
    }

    // A program that says the same at every case is quoted once.
    private static string Once(Dictionary<string, string> said, string text, CheckRecord check, string shown)
    {
        var here = $"{check.Id} [{check.Dtype}]";
        if (said.TryAdd(text, here) || shown.Length <= MessageLength)
            return shown;
        return $"the same as at {said[text]}";
    }
}
