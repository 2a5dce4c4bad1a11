using System.CommandLine;
using System.IO.Enumeration;
using Harness.Cli.Rendering;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Results;
using Harness.Conformance.Running;

namespace Harness.Cli.Commands;

/// <summary><c>harness verify</c>: the main job.</summary>
internal static class VerifyCommand
{
    private static readonly Option<string> Equation = new("--equation")
    {
        Description = "Only equations whose id matches, such as 'lm2.gate.*'",
        HelpName = "GLOB",
        DefaultValueFactory = _ => "*",
    };

    private static readonly Option<string?> Case = new("--case")
    {
        Description = "Only golden cases whose id matches, such as 'lm2.align/*'; no fresh inputs, no properties",
        HelpName = "GLOB",
    };

    private static readonly Option<string> Dtype = new("--dtype")
    {
        Description = "What to compute in: any of f64,f32,bf16,f16 (the managed engine emulates the 16-bit ones)",
        HelpName = "LIST",
        DefaultValueFactory = _ => "f64,f32",
    };

    private static readonly Option<int?> Seed = new("--seed")
    {
        Description = "Where the fresh inputs start [default: new each run, and printed]",
        HelpName = "N",
    };

    private static readonly Option<string?> Json = new("--json")
    {
        Description = "Write the results to a file (conformance/schema/results.schema.json)",
        HelpName = "PATH",
    };

    private static readonly Option<bool> FailFast = new("--fail-fast") { Description = "Stop at the first check that does not pass" };

    private static readonly Option<int> Jobs = new("--jobs")
    {
        Description = "Checks at once",
        HelpName = "N",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private static readonly Option<double> ToleranceFactor = new("--tolerance-factor")
    {
        Description = "Multiply every derived tolerance; a run with another factor than 1 verifies something else",
        HelpName = "X",
        DefaultValueFactory = _ => 1,
    };

    public static Command Create(Terminal terminal)
    {
        var engine = SharedOptions.Engine();
        var fixtures = SharedOptions.Fixtures();
        var command = new Command(
            "verify", "Check an implementation against golden cases, freshly drawn inputs and properties, equation by equation")
        {
            Equation, Case, Dtype, engine, Seed, Json, FailFast, Jobs, fixtures, ToleranceFactor,
        };
        command.SetAction(parsed =>
        {
            var options = new VerifyOptions
            {
                EquationGlob = parsed.GetValue(Equation)!,
                CaseGlob = parsed.GetValue(Case),
                Formats = SharedOptions.ResolveFormats(parsed.GetValue(Dtype)!),
                Seed = parsed.GetValue(Seed) ?? Random.Shared.Next(1, int.MaxValue),
                FailFast = parsed.GetValue(FailFast),
                Jobs = parsed.GetValue(Jobs),
                ToleranceFactor = parsed.GetValue(ToleranceFactor),
            };
            var implementation = SharedOptions.ResolveEngine(parsed.GetValue(engine)!);
            var json = parsed.GetValue(Json);
            CheckOptions(options, json);
            var set = SharedOptions.LoadFixtures(parsed.GetValue(fixtures));
            CheckSelection(options, set);

            var report = VerifyProgress.Show(terminal, options.FailFast, progress => new Verifier(implementation, set, options).Run(progress));
            if (json is not null)
                ResultsJson.Write(ResultsJson.FromReport(report, DateTimeOffset.UtcNow), json);
            VerifyReportWriter.Write(terminal, report, json);
            return report.Damage.Count > 0 ? ExitCode.DamagedFixtures
                : report.Failed + report.Errored > 0 ? ExitCode.Failed
                : ExitCode.Passed;
        });
        return command;
    }

    private static void CheckOptions(VerifyOptions options, string? json)
    {
        if (options.Jobs < 1)
            throw new UsageException($"--jobs: found {options.Jobs}, expected at least 1.");
        if (!(options.ToleranceFactor > 0) || !double.IsFinite(options.ToleranceFactor))
            throw new UsageException($"--tolerance-factor: found {options.ToleranceFactor}, expected a positive number.");
        if (!EquationCatalogue.Matching(options.EquationGlob).Any())
        {
            throw new UsageException(
                $"--equation: '{options.EquationGlob}' matches none of the {EquationCatalogue.All.Count} equations; 'harness list' shows them.");
        }

        // Found now rather than after the run.
        if (json is not null && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(json))))
            throw new UsageException($"--json: found no folder for '{json}', expected an existing one.");
    }

    private static void CheckSelection(VerifyOptions options, FixtureSet fixtures)
    {
        if (options.CaseGlob is { } glob && !fixtures.Cases.Any(golden => FileSystemName.MatchesSimpleExpression(glob, golden.Id, ignoreCase: false)))
            throw new UsageException($"--case: '{glob}' matches none of the {fixtures.Cases.Count} cases in {fixtures.Folder}.");
    }
}
