using System.Text;
using Harness.Conformance.Writing;
using Harness.Reports.Badges;
using Harness.Reports.Content;
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
    /// <exception cref="IOException">The folder cannot be written to; what was in it is as it was.</exception>
    public static void Write(Report report, string folder)
    {
        var files = new Dictionary<string, byte[]>
        {
            [Page] = Encoding.UTF8.GetBytes(PageWriter.Write(report)),
            ["report.md"] = Encoding.UTF8.GetBytes(MarkdownWriter.Write(report)),
            ["report.json"] = Encoding.UTF8.GetBytes(ReportJson.Write(report)),
            ["junit.xml"] = Encoding.UTF8.GetBytes(JUnitWriter.Write(report)),
            ["badge.svg"] = Encoding.UTF8.GetBytes(BadgeWriter.Write(report)),
        };
        var isNew = !Directory.Exists(folder);
        Directory.CreateDirectory(folder);
        try
        {
            Rehearse(folder, files);
        }
        catch when (isNew)
        {
            Directory.Delete(folder);
            throw;
        }

        foreach (var (name, text) in files)
            WholeFile.Write(Path.Combine(folder, name), stream => stream.Write(text));
    }

    // All of it once beside where it goes: a disk without room for the last file must not leave a report of two results.
    private static void Rehearse(string folder, Dictionary<string, byte[]> files)
    {
        foreach (var name in files.Keys)
        {
            if (Directory.Exists(Path.Combine(folder, name)))
                throw new IOException($"found a folder at '{Path.Combine(folder, name)}', expected a file or nothing");
        }

        var all = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        try
        {
            using var stream = File.Create(all);
            foreach (var text in files.Values)
                stream.Write(text);
        }
        finally
        {
            File.Delete(all);
        }
    }
}
