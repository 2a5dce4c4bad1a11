using System.CommandLine;
using System.Text;
using Harness.Cli.Rendering;
using Harness.Cli.Terminals;
using Harness.Perf.Gate;

namespace Harness.Cli.Commands.Perf;

/// <summary>Where a gate's report goes: the terminal, a file for programs, the summary of a job, the exit code.</summary>
internal sealed class GateOutput
{
    public Option<string?> Json { get; } = new("--json")
    {
        Description = "Write the verdicts to a file, or with - to the output (perf/schema/gate.schema.json)",
        HelpName = "PATH",
    };

    public Option<string?> Markdown { get; } = new("--markdown")
    {
        Description = "Write the verdicts as Markdown, for the summary of a job; - is the output",
        HelpName = "PATH",
    };

    /// <summary>Finds out now rather than after the run that results cannot be written.</summary>
    /// <exception cref="UsageException">They cannot.</exception>
    public Files Open(ParseResult parsed)
    {
        var files = new Files(OutputFile.Of("--json", parsed.GetValue(Json)), OutputFile.Of("--markdown", parsed.GetValue(Markdown)));
        return files is { Json.IsOutput: true, Markdown.IsOutput: true }
            ? throw new UsageException("--markdown: found the output, to which --json writes, expected a file.")
            : files;
    }

    /// <summary>The files that were named.</summary>
    public sealed record Files(OutputFile? Json, OutputFile? Markdown)
    {
        /// <summary>Where all else is shown.</summary>
        public Terminal Shown(Terminal terminal) => Json is { IsOutput: true } || Markdown is { IsOutput: true } ? terminal.Aside : terminal;

        /// <returns>The exit code.</returns>
        public int Write(Terminal terminal, GateReport report)
        {
            var code = report.IsBad ? ExitCode.Failed
                : report.Count(GateVerdict.Suspicious) > 0 ? ExitCode.Undecided
                : report.IsEmpty ? ExitCode.NothingToCompare
                : ExitCode.Passed;
            return OutputFile.Conclude(
                terminal, shown => GateReportWriter.Write(shown, report), code,
                (Json, stream => stream.Write(Encoding.UTF8.GetBytes(GateJson.Write(report, DateTimeOffset.UtcNow) + "\n"))),
                (Markdown, stream => stream.Write(Encoding.UTF8.GetBytes(GateText.Markdown(report)))));
        }
    }
}
