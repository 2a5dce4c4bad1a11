using System.CommandLine;
using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Cli.Options;

/// <summary>The options that say which cases, in which formats, from which seed.</summary>
internal sealed class SelectionOptions
{
    private static readonly FloatFormat[] DefaultFormats = [FloatFormat.Float64, FloatFormat.Float32];

    private readonly Option<string[]> _equation = new("--equation")
    {
        Description = "Only equations whose id matches, such as 'lm2.gate.*'; several separated by commas, or the option repeated",
        HelpName = "GLOB",
        DefaultValueFactory = _ => ["*"],
    };

    private readonly Option<string?> _profile =
        SharedOptions.Profile("paper, reference-code (what the authors' code computes) or all [default: paper; all with --equation or --case]");

    private readonly Option<string?> _gradients = SharedOptions.Gradients();

    private readonly Option<string[]> _case = new("--case")
    {
        Description = "Only golden cases whose id matches, such as 'lm2.align/*', likewise; no fresh inputs, no properties",
        HelpName = "GLOB",
    };

    private readonly Option<string[]> _dtype = new("--dtype")
    {
        Description = "What to compute in: any of f64,f32,bf16,f16 (the managed engine emulates the 16-bit ones) [default: f64,f32]",
        HelpName = "LIST",
    };

    private readonly Option<int?> _seed = new("--seed")
    {
        Description = "Where the fresh inputs start [default: new each run, and printed]",
        HelpName = "N",
        CustomParser = typed => Number.Whole(typed),
    };

    private readonly Option<string?> _sizes = new("--sizes")
    {
        Description = "Fresh inputs beside small ones: small (none), sample (a tenth of boundary, by the seed), boundary (around 16, 32, … 512 along every axis), "
            + "published (the papers'; hours), or a FILE such as {\"lm2.*\": {\"T\": 1000}} [default: sample]",
        HelpName = "CHOICE",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_equation);
        command.Add(_profile);
        command.Add(_gradients);
        command.Add(_case);
        command.Add(_dtype);
        command.Add(_seed);
        command.Add(_sizes);
    }

    /// <summary>Whether a seed is given.</summary>
    public bool HasSeed(ParseResult parsed) => parsed.GetValue(_seed) is not null;

    /// <summary>What they select.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="fixtures">Where cases are selected from.</param>
    /// <param name="knownSeed">The seed of what this run goes on from; null if it is new.</param>
    /// <param name="knownFormats">Its formats.</param>
    /// <param name="knownSizes">Its sizes.</param>
    /// <exception cref="UsageException">They select nothing, or another seed or other sizes than the known ones.</exception>
    public VerifyOptions Resolve(ParseResult parsed, FixtureSet fixtures, int? knownSeed, IReadOnlyList<string>? knownFormats, string? knownSizes)
    {
        var globs = Listed(parsed, _equation) ?? ["*"];
        if (globs.FirstOrDefault(glob => !EquationCatalogue.Matching(glob).Any()) is { } noEquation)
            throw new UsageException($"--equation: '{noEquation}' matches none of the {EquationCatalogue.All.Count} equations; 'harness list' shows them.{SharedOptions.NearEquation(noEquation)}");
        var equations = string.Join(',', globs);
        var caseGlobs = Listed(parsed, _case);
        var cases = caseGlobs is null ? null : string.Join(',', caseGlobs);

        // Whoever names equations or cases has said whose they are.
        var isNamed = equations != "*" || cases is not null;
        Profile? profile = parsed.GetValue(_profile) is { } name ? SharedOptions.ResolveProfile(name) : isNamed ? null : Profile.Paper;
        if (!EquationCatalogue.Matching(equations, profile).Any())
            throw new UsageException($"--profile: found no equation '{equations}' in {ProfileName.Of(profile)}; 'harness list' shows them.");
        var gradients = SharedOptions.ResolveGradients(parsed.GetValue(_gradients));
        if (!EquationCatalogue.Matching(equations, profile, gradients).Any())
            throw new UsageException($"--gradients {GradientChoiceName.Of(gradients)}: leaves nothing of '{equations}'{(EquationCatalogue.LackingGradient($"{equations}.vjp") is { } lacking ? $": {lacking}." : "; gradients are called ID.vjp ('harness list' shows them).")}");
        if (caseGlobs?.FirstOrDefault(glob => !fixtures.Cases.Any(golden => Globs.Match(glob, golden.Id))) is { } noCase)
        {
            throw fixtures.Damage.Count > 0
                ? new FixtureException(fixtures.Folder, $"'{noCase}' matches none of the {fixtures.Cases.Count} cases that are not damaged; {fixtures.Damage[0].Message}")
                : new UsageException($"--case: '{noCase}' matches none of the {fixtures.Cases.Count} cases in {fixtures.Folder}.{Suggestion.Of(noCase, Suggestion.Globs(fixtures.Cases.Select(golden => golden.Id)))}");
        }

        if (cases is not null && !fixtures.Cases.Any(golden => Globs.Match(cases, golden.Id) && EquationCatalogue.Matching(equations, profile, gradients).Contains(golden.Equation)))
            throw new UsageException($"--case: '{cases}' matches no case of what --equation '{equations}', --profile {ProfileName.Of(profile)} and --gradients {GradientChoiceName.Of(gradients)} leave.");

        var seed = parsed.GetValue(_seed);
        if (seed is not null && knownSeed is not null && seed != knownSeed)
            throw new UsageException($"--seed: found {seed}, expected {knownSeed}, from which the inputs were drawn.");
        var sizes = parsed.GetValue(_sizes) is { } typed ? ResolveSizes(typed) : null;
        if (sizes is not null && knownSizes is not null && sizes.ToString() != knownSizes)
            throw new UsageException($"--sizes: found {sizes}, expected {knownSizes}, which the inputs have.");
        return new VerifyOptions
        {
            EquationGlob = equations,
            Profile = profile,
            Gradients = gradients,
            CaseGlob = cases,
            Formats = Listed(parsed, _dtype) is { } names ? SharedOptions.ResolveFormats(string.Join(',', names))
                : knownFormats?.Select(FloatFormat.Parse).ToArray() ?? DefaultFormats,
            Sizes = sizes ?? (knownSizes is null ? SizeChoice.Sample : SizeChoice.Parse(knownSizes)),
            Seed = seed ?? knownSeed ?? Random.Shared.Next(1, int.MaxValue),
        };
    }

    private static SizeChoice ResolveSizes(string typed)
    {
        if (SizeChoice.All.FirstOrDefault(choice => choice.ToString() == typed) is { } named)
            return named;
        if (!Path.Exists(typed))
            throw new UsageException($"--sizes: found '{typed}', expected one of {string.Join(", ", SizeChoice.All)}, or a file.{Suggestion.Of(typed, SizeChoice.All.Select(choice => choice.ToString()))}");
        try
        {
            return SizeChoice.Read(typed);
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--sizes: {failure.Message}.");
        }
    }

    // Null where the option is not given.
    private static string[]? Listed(ParseResult parsed, Option<string[]> option)
    {
        if (parsed.GetValue(option) is not { Length: > 0 } typed)
            return null;
        string[] items = [.. typed.SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries)).Distinct()];
        return items.Contains("")
            ? throw new UsageException($"{option.Name}: found nothing beside a comma in '{string.Join(',', typed)}', expected one or more, separated by commas.")
            : items;
    }
}
