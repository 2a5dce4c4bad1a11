using System.CommandLine;
using System.Diagnostics;
using Harness.Cli.Terminals;
using Harness.Conformance.Writing;
using Harness.Reports;
using Harness.Reports.Comparing;
using Harness.Reports.Content;
using Harness.Reports.Markdown;
using Harness.Reports.Sources;

namespace Harness.Cli.Commands;

/// <summary><c>harness report</c>: results as one page, and in the formats that machines around it read.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var results = new Argument<string[]>("results")
        {
            Description = "Results of verify and perf in any mix: several implementations, machines, nights; shards of a run are put together",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var folder = new Option<string?>("--out")
        {
            Description = "The folder to write index.html, report.md, report.json, junit.xml and badge.svg to",
            HelpName = "DIR",
        };
        var compare = new Option<string[]>("--compare")
        {
            Description = "Say instead what became better, worse, new or gone from result A to result B, as Markdown; exit code 1 if anything is worse or gone",
            HelpName = "A B",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        var open = new Option<bool>("--open") { Description = "Open the page in the browser" };
        var command = new Command("report", "Make one page from results, and the same for pull requests, programs and CI systems")
        {
            results, folder, compare, open,
        };
        command.SetAction(parsed =>
        {
            var (files, target) = (parsed.GetValue(results)!, parsed.GetValue(folder));
            try
            {
                if (parsed.GetValue(compare) is { Length: 2 } pair)
                {
                    if (files.Length > 0 || target is not null || parsed.GetValue(open))
                        throw new UsageException("report: --compare A B stands alone: found results, --out or --open as well.");
                    return Compare(terminal, pair[0], pair[1]);
                }

                if (files.Length == 0 || target is null)
                    throw new UsageException("report: expected RESULTS… and --out DIR, or --compare A B.");
                if (target.Length == 0)
                    throw new UsageException("--out: found an empty path, expected a folder.");
                return Write(terminal, files, target, parsed.GetValue(open));
            }
            catch (FormatException failure)
            {
                throw new UsageException($"report: {failure.Message.TrimEnd('.')}.");
            }
            catch (Exception failure) when (FileFault.IsOne(failure))
            {
                throw new UsageException($"--out: '{target}' cannot be written: {FileFault.DescribeMaking(failure, target!, "a folder")}.");
            }
        });
        return command;
    }

    private static int Write(Terminal terminal, string[] files, string target, bool isOpened)
    {
        var report = Report.Of(ResultSources.Read(files));
        foreach (var banner in report.Banners)
            Say(terminal, "note", banner);
        if (report.Conformance is { } conformance)
            Say(terminal, "conformance", conformance.Sentence);
        if (report.Performance is { } performance)
            Say(terminal, "performance", performance.Sentence);
        ReportFolder.Write(report, target);
        var page = Path.GetFullPath(Path.Combine(target, ReportFolder.Page));
        terminal.Line($"report: {page}");
        if (isOpened)
            Open(terminal, page);
        return report.IsNothingChecked ? ExitCode.NothingToCompare : ExitCode.Passed;
    }

    // One line, whatever names there are in it.
    private static void Say(Terminal terminal, string about, string text) => terminal.Line($"{about}: {VisibleText.Of(text).Replace('\n', ' ')}");

    private static int Compare(Terminal terminal, string before, string after)
    {
        var comparison = Comparison.Read(before, after);
        terminal.Raw(ComparisonWriter.Write(comparison));
        return comparison.IsWorse ? ExitCode.Failed : comparison.Judged == 0 ? ExitCode.NothingToCompare : ExitCode.Passed;
    }

    // The report is there either way.
    private static void Open(Terminal terminal, string page)
    {
        try
        {
            Process.Start(new ProcessStartInfo(page) { UseShellExecute = true })?.Dispose();
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            terminal.Error.WriteLine($"harness: --open: no browser could be started: {failure.Message}");
        }
    }
}
