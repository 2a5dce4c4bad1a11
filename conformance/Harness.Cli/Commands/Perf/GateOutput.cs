using System.CommandLine;
using Harness.Cli.Rendering;
using Harness.Perf.Gate;

namespace Harness.Cli.Commands.Perf;

/// <summary>Where a gate's report goes: the terminal, a file for programs, the summary of a job, the exit code.</summary>
internal sealed class GateOutput
{
    public Option<string?> Json { get; } = new("--json")
    {
        Description = "Write the verdicts to a file (perf/schema/gate.schema.json)",
        HelpName = "PATH",
    };

    public Option<string?> Markdown { get; } = new("--markdown") { Description = "Write the verdicts as Markdown, for the summary of a job", HelpName = "PATH" };

    /// <summary>Finds out now rather than after the run that results cannot be written.</summary>
    public void Check(ParseResult parsed)
    {
        SharedOptions.CheckJson(parsed.GetValue(Json));
        if (parsed.GetValue(Markdown) is { } path && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
            throw new UsageException($"--markdown: found no folder for '{path}', expected an existing one.");
    }

    /// <returns>The exit code.</returns>
    public int Write(Terminal terminal, ParseResult parsed, GateReport report)
    {
        if (parsed.GetValue(Json) is { } json)
            StoreOptions.WriteText("--json", json, GateJson.Write(report, DateTimeOffset.UtcNow) + "\n");
        if (parsed.GetValue(Markdown) is { } markdown)
            StoreOptions.WriteText("--markdown", markdown, GateText.Markdown(report));
        GateReportWriter.Write(terminal, report);
        return report.IsBad ? ExitCode.Failed
            : report.Count(GateVerdict.Suspicious) > 0 ? ExitCode.Undecided
            : report.IsEmpty ? ExitCode.NothingToCompare
            : ExitCode.Passed;
    }
}
