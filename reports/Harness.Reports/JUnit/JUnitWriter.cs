using System.Text;
using System.Xml;
using Harness.Conformance.Results;
using Harness.Conformance.Writing;
using Harness.Perf.Results;
using Harness.Reports.Conformance;
using Harness.Reports.Escaping;
using Harness.Reports.Performance;

namespace Harness.Reports.JUnit;

/// <summary>Writes the report as the JUnit XML that CI systems show as tests: a suite for each implementation, a test for each check.</summary>
public static class JUnitWriter
{
    /// <summary>The file.</summary>
    public static string Write(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new Utf8Writer();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n" }))
        {
            xml.WriteStartElement("testsuites");
            foreach (var column in report.Conformance?.Columns ?? [])
                WriteSuite(xml, column);
            if (report.Performance is { Verdicts.Count: > 0 } performance)
                WriteSuite(xml, performance);
            xml.WriteEndElement();
        }

        return text.ToString() + "\n";
    }

    private static void WriteSuite(XmlWriter xml, Column column)
    {
        var (checks, tally) = (column.Record.Checks, column.Tally);
        Begin(
            xml, column.Label, checks.Count, tally.Failed, tally.Errored + tally.TimedOut, tally.Unsupported + tally.NotJudged, column.Record.Seconds,
            column.Run.Results.Created);
        foreach (var check in checks)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", VisibleText.Of($"{column.Label}.{check.Equation}"));
            xml.WriteAttributeString("name", VisibleText.Of($"{check.Id} [{check.Dtype}]"));
            xml.WriteAttributeString("time", Seconds(check.Milliseconds / 1000));
            WriteOutcome(xml, column, check);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void WriteOutcome(XmlWriter xml, Column column, CheckRecord check)
    {
        switch (check.Verdict)
        {
            case "passed":
                return;
            case "unsupported" or "not_judged":
                xml.WriteStartElement("skipped");
                xml.WriteAttributeString("message", VisibleText.Of($"{check.Verdict.Replace('_', ' ')}{(check.Reason is null ? "" : $": {check.Reason}")}"));
                xml.WriteEndElement();
                return;
            default:
                xml.WriteStartElement(check.Verdict == "failed" ? "failure" : "error");
                xml.WriteAttributeString("message", VisibleText.Of(check.Reason ?? check.Verdict));
                xml.WriteAttributeString("type", VisibleText.Of(check.Verdict));
                xml.WriteString(VisibleText.Of($"{check.Reason}\n{(check.Note is null ? "" : $"the case catches: {check.Note}\n")}{Reproduction.Of(column, check)}"));
                xml.WriteEndElement();
                if (check.Words is { } words)
                    xml.WriteElementString("system-err", VisibleText.Of(words));
                return;
        }
    }

    // A conclusion is a test that fails where something regressed or is missing.
    private static void WriteSuite(XmlWriter xml, PerformanceReport report)
    {
        Begin(
            xml, "performance", report.Verdicts.Count, report.Verdicts.Count(PerformanceReport.IsBad), 0, 0, report.Runs.Sum(run => run.Results.Seconds),
            report.Runs[^1].Results.Created);
        foreach (var verdict in report.Verdicts)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", VisibleText.Of($"performance.{verdict.Suite}.{verdict.Subject}"));
            xml.WriteAttributeString("name", VisibleText.Of(Name(verdict)));
            xml.WriteAttributeString("time", "0");
            if (PerformanceReport.IsBad(verdict))
            {
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("message", VisibleText.Of(verdict.Text));
                xml.WriteAttributeString("type", VisibleText.Of(verdict.Conclusion));
                xml.WriteEndElement();
            }
            else
            {
                xml.WriteElementString("system-out", VisibleText.Of(verdict.Text));
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Begin(XmlWriter xml, string name, int tests, int failures, int errors, int skipped, double seconds, DateTimeOffset at)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", VisibleText.Of(name));
        xml.WriteAttributeString("tests", $"{tests}");
        xml.WriteAttributeString("failures", $"{failures}");
        xml.WriteAttributeString("errors", $"{errors}");
        xml.WriteAttributeString("skipped", $"{skipped}");
        xml.WriteAttributeString("time", Seconds(seconds));
        xml.WriteAttributeString("timestamp", $"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss}");
    }

    private static string Name(VerdictRecord verdict) => string.Join(
        " · ", new[] { verdict.Metric, verdict.Implementation, verdict.Device, verdict.Dtype, verdict.Configuration }.OfType<string>());

    private static string Seconds(double seconds) => (double.IsFinite(seconds) ? seconds : 0).ToString("0.######");

    // The declaration must say what the file is written in.
    private sealed class Utf8Writer : StringWriter
    {
        public override Encoding Encoding => new UTF8Encoding(false);
    }
}
