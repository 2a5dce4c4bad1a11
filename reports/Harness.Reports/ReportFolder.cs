using Harness.Conformance.Writing;
using Harness.Reports.Badges;
using Harness.Reports.Html;
using Harness.Reports.Json;
using Harness.Reports.JUnit;
using Harness.Reports.Markdown;

namespace Harness.Reports;

/// <summary>Writes all formats of a report into a folder.</summary>
public static class ReportFolder
{
    /// <summary>The page's name.</summary>
    public const string Page = "index.html";

    /// <summary>Writes the report. Everything is made before anything is written.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static void Write(Report report, string folder)
    {
        var files = new Dictionary<string, string>
        {
            [Page] = PageWriter.Write(report),
            ["report.md"] = MarkdownWriter.Write(report),
            ["report.json"] = ReportJson.Write(report),
            ["junit.xml"] = JUnitWriter.Write(report),
            ["badge.svg"] = BadgeWriter.Write(report),
        };
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in files)
            WholeFile.Write(Path.Combine(folder, name), text);
    }
}
