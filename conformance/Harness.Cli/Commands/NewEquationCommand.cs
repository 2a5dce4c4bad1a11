using System.CommandLine;
using Harness.Cli.Templates;
using Harness.Cli.Terminals;

namespace Harness.Cli.Commands;

/// <summary><c>harness new-equation</c>: writes an equation down wherever one has to be, to be filled by its author.</summary>
internal static class NewEquationCommand
{
    private const string Solution = "Harness.sln";

    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string>("id") { Description = "The new equation's id, such as block.squared_relu" };
        var command = new Command("new-equation", "Add an equation to this repository: method, oracle, case, adapters and a mistake, for you to fill") { id };
        command.SetAction(parsed =>
        {
            var skeleton = EquationSkeleton.For(parsed.GetValue(id)!);
            var root = RootAbove(Environment.CurrentDirectory) ?? throw new UsageException($"found no {Solution} in or above the current folder: run this inside the repository.");
            var files = skeleton.Write(root);
            terminal.Line("It returns its input so far. Write what it computes into:");
            foreach (var file in files)
                terminal.Line($"  {file}");
            terminal.Line();
            terminal.Line($"Then, in {root}, in this order:");
            foreach (var step in Steps(parsed.GetValue(id)!))
                terminal.Line($"  {step}");
            terminal.Line();
            terminal.Line("The formula stands in the oracle as the paper has it; nothing may be copied between oracle, method and adapters.");
            terminal.Line("At least nine cases, a third of them full-24 or full-53; at least four mistakes, as ports make them.");
            terminal.Line("Three snapshots list every equation: CommandLineTests.List, DefinitionTests.Catalogue and FreshInputTests. Where they fail by the new one");
            terminal.Line("alone, each *.received.* takes the place of its *.verified.*.");
            return ExitCode.Passed;
        });
        return command;
    }

    // Not the repository that the program was built in: there may be several.
    private static string? RootAbove(string? folder) =>
        folder is null || File.Exists(Path.Combine(folder, Solution)) ? folder : RootAbove(Path.GetDirectoryName(folder));

    private static string[] Steps(string id) =>
    [
        "dotnet build -c Release conformance/Harness.Cli",
        "harness list --json > reference-fixtures/catalogue.json",
        $"/usr/bin/python3 reference-fixtures/oracle/generate.py --only '{id}/*'",
        "/usr/bin/python3 reference-fixtures/oracle/test_oracle.py",
        $"harness verify --equation {id} --dtype f64,f32,bf16,f16 --impl managed "
            + "--exec \"/usr/bin/python3 impl/adapters/python-numpy/adapter.py\" --exec \"/usr/bin/python3 impl/adapters/python-torch/adapter.py\"",
        $"dotnet test conformance/Harness.Conformance.Tests --filter 'FullyQualifiedName~Mutant|FullyQualifiedName~Catalogue'",
    ];
}
