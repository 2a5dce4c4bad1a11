using System.Text;
using System.Xml;
using Harness.Conformance.Writing;
using Harness.Perf.Results;
using Harness.Reports.Content;
using Harness.Reports.Performance;

namespace Harness.Reports.JUnit;

/// <summary>Writes the report as the JUnit XML that CI systems show as tests: a suite for each implementation, a test for each check.</summary>
public static class JUnitWriter
{
    /// <summary>What CI systems still take, in bytes.</summary>
    private const int Most = 4_900_000;

    /// <summary>The file.</summary>
    public static string Write(Report report)
    {
        return Fitted.Write(report, Most, share => Write(report, share));
    }

    private static string Write(Report report, int share)
    {
        var text = new Utf8Writer();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n" }))
        {
            xml.WriteStartElement("testsuites");
            foreach (var column in report.Conformance?.Columns ?? [])
                new ColumnSuite(xml, column, share).Write();
            if (report.Performance is { } performance)
                WriteSuite(xml, performance, share);
            xml.WriteEndElement();
        }

        return text.ToString() + "\n";
    }

    // A conclusion is a test: it fails where it is a reason to act, and is skipped where it leaves the question open. So is a history.
    private static void WriteSuite(XmlWriter xml, PerformanceReport report, int share)
    {
        var (verdicts, history) = (report.Verdicts, report.History);
        var isEmpty = verdicts.Count + history.Count == 0;
        JUnitXml.BeginSuite(
            xml, "performance", verdicts.Count + history.Count + (isEmpty ? 1 : 0),
            verdicts.Count(PerformanceReport.IsBad) + history.Count(series => series.EndsWorse), 0, verdicts.Count(PerformanceReport.IsOpen) + (isEmpty ? 1 : 0),
            report.Runs.Sum(run => run.Results.Seconds), report.Runs[^1].Results.Created);
        if (isEmpty)
        {
            JUnitXml.BeginTest(xml, "performance.run", "anything was concluded", 0);
            JUnitXml.Skipped(xml, report.Sentence);
            xml.WriteEndElement();
        }

        foreach (var verdict in verdicts)
        {
            JUnitXml.BeginTest(xml, $"performance.{verdict.Suite}.{verdict.Subject}", Name(verdict), 0);
            var words = Excerpt.Of(verdict.Text, share);
            if (PerformanceReport.IsBad(verdict))
                JUnitXml.Problem(xml, "failure", verdict.Conclusion, Excerpt.Of(Conclusions.Explain(verdict), share), null);
            else if (PerformanceReport.IsOpen(verdict))
                JUnitXml.Skipped(xml, $"{PerformanceReport.Words(verdict.Conclusion)}: {words}");
            else
                xml.WriteElementString("system-out", LogText.Of(words));
            xml.WriteEndElement();
        }

        foreach (var series in history)
        {
            JUnitXml.BeginTest(xml, $"performance.history.{series.Key.Subject}", $"{series.Key.Describe()} · {series.Series.Machine.Name}", 0);
            if (series.EndsWorse)
            {
                var change = series.Changes[^1];
                JUnitXml.Problem(
                    xml, "failure", "worse", $"worse since {series.Series.Nights[change.Night].Created.UtcDateTime:yyyy-MM-dd}: × {change.Ratio:G3}", null);
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static string Name(VerdictRecord verdict) => string.Join(
        " · ", new[] { verdict.Metric, verdict.Implementation, verdict.Device, verdict.Dtype, verdict.Configuration }.OfType<string>());

    // The declaration must say what the file is written in.
    private sealed class Utf8Writer : StringWriter
    {
        public override Encoding Encoding => new UTF8Encoding(false);
    }
}
