using System.CommandLine;
using Harness.Cli.Options;
using Harness.Cli.Rendering;
using Harness.Cli.Terminals;
using Harness.Conformance.Results;
using Harness.Conformance.Running;

namespace Harness.Cli.Commands;

/// <summary><c>harness merge</c>: what several machines found, as if one had.</summary>
internal static class MergeCommand
{
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("results")
        {
            Description = "Results of all shards, or of several implementations, of one run (same seed, same options)",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = SharedOptions.Json();
        var command = new Command("merge", "Put results of shards, or of several implementations, together, and report on them as verify does")
        {
            files, json,
        };
        command.SetAction(parsed =>
        {
            var output = OutputFile.Of("--json", parsed.GetValue(json));
            ResultsFile merged;
            VerifyReport report;
            try
            {
                merged = ResultsMerge.Merge([.. parsed.GetValue(files)!.Select(file => (file, ResultsJson.Read(file)))]);
                report = ResultsJson.ToReport(merged);
            }
            catch (FormatException failure)
            {
                throw new UsageException($"merge: {failure.Message.TrimEnd('.')}.");
            }

            return OutputFile.Conclude(
                terminal, shown => VerifyReportWriter.Write(shown, report, output is { IsWritten: true } ? output.Name : null), ExitCode.Of(report), (output, stream => ResultsJson.Write(merged, stream)));
        });
        return command;
    }
}
