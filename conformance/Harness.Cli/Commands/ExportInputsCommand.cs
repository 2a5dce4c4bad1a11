using System.CommandLine;
using System.Text;
using Harness.Cli.Options;
using Harness.Cli.Terminals;
using Harness.Conformance.Exchange;
using Harness.Conformance.Implementations;
using Harness.Conformance.Reading;
using Harness.Conformance.Running;
using Harness.Conformance.Writing;

namespace Harness.Cli.Commands;

/// <summary><c>harness export-inputs DIR</c>: for implementations that can only be handed files.</summary>
internal static class ExportInputsCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("dir") { Description = "A new folder" };
        var selection = new SelectionOptions();
        var fixtures = SharedOptions.Fixtures();
        var constraints = new Option<string?>("--constraints")
        {
            Description = "What the implementation takes alone, as JSON in a file: {\"inf.layer\": {\"samples\": 512, \"e\": {\"multiple_of\": 16}}}",
            HelpName = "FILE",
        };
        var command = new Command("export-inputs", "Write the inputs of all cases to files, to be computed anywhere; then: harness verify --outputs DIR")
        {
            folder, fixtures, constraints,
        };
        selection.AddTo(command);
        command.SetAction(parsed =>
        {
            var set = SharedOptions.LoadFixtures(parsed.GetValue(fixtures));
            var options = selection.Resolve(parsed, set, null, null, null);
            var target = parsed.GetValue(folder)!;
            try
            {
                var manifest = InputExport.Write(target, set, options, ReadConstraints(parsed.GetValue(constraints)));
                terminal.Line($"{manifest.Cases} cases in {string.Join(", ", manifest.Dtypes)}, seed {manifest.Seed}, in {target}");
                terminal.Line($"{Path.Combine(target, InputExport.CommandsName)} has a line for each: what to compute from which file, and where to write the outputs.");
                terminal.Line("A program that speaks the adapter protocol can be fed with it:");
                terminal.Line($"    cd {target} && my_adapter < {InputExport.CommandsName} > answers.jsonl");
                terminal.Line($"Then: harness verify --outputs {target}");
            }
            catch (FormatException failure)
            {
                throw new UsageException($"--constraints: {failure.Message.TrimEnd('.')}.");
            }
            catch (Exception failure) when (FileFault.IsOne(failure))
            {
                throw new UsageException($"export-inputs: '{target}': {FileFault.DescribeMaking(failure, target, "a new folder")}.");
            }

            return ExitCode.Passed;
        });
        return command;
    }

    private static Constraints ReadConstraints(string? path)
    {
        try
        {
            return path is null ? Constraints.None : Constraints.Parse(Encoding.UTF8.GetString(ForeignFile.ReadText(path).Span));
        }
        catch (IOException failure)
        {
            throw new FormatException($"{path}: {failure.Message}", failure);
        }
    }
}
