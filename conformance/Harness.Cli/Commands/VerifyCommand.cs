using System.CommandLine;
using System.Diagnostics;
using Harness.Cli.Options;
using Harness.Cli.Rendering;
using Harness.Cli.Terminals;
using Harness.Conformance.Checks;
using Harness.Conformance.Exchange;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Protocol;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Conformance.Writing;

namespace Harness.Cli.Commands;

/// <summary><c>harness verify</c>: the main job.</summary>
internal sealed class VerifyCommand
{
    private readonly Terminal _terminal;
    private readonly ImplementationOptions _implementations = new();
    private readonly SelectionOptions _selection = new();
    private readonly Option<string?> _fixtures = SharedOptions.Fixtures();
    private readonly Option<string?> _json = SharedOptions.Json();

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Go on with the run to the same --json PATH that was interrupted",
    };

    private readonly Option<bool> _failFast = new("--fail-fast") { Description = "Stop at the first check that does not pass" };

    private readonly Option<string> _shard = new("--shard")
    {
        Description = "Only part i of n, as in 2/5, for runs spread over machines; needs --seed, and 'harness merge' afterwards",
        HelpName = "i/n",
        DefaultValueFactory = _ => Shard.Whole.ToString(),
    };

    private readonly Option<int> _jobs = new("--jobs")
    {
        Description = "Checks at once; a program is started as often",
        HelpName = "N",
        CustomParser = Number.Whole,
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "Ask every check so many times: 6 find, nine times in ten, a fault that shows once in 50 calls of an equation",
        HelpName = "N",
        CustomParser = Number.Whole,
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<double> _toleranceFactor = new("--tolerance-factor")
    {
        Description = "Multiply every derived tolerance; a run with another factor than 1 verifies something else",
        HelpName = "X",
        CustomParser = Number.Positive,
        DefaultValueFactory = _ => 1,
    };

    private VerifyCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        var verify = new VerifyCommand(terminal);
        var command = new Command(
            "verify", "Check implementations against golden cases, freshly drawn inputs and properties, equation by equation");
        verify._implementations.AddTo(command);
        verify._selection.AddTo(command);
        command.Add(verify._json);
        command.Add(verify._resume);
        command.Add(verify._failFast);
        command.Add(verify._shard);
        command.Add(verify._jobs);
        command.Add(verify._repeat);
        command.Add(verify._fixtures);
        command.Add(verify._toleranceFactor);
        command.SetAction(verify.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var output = OutputFile.Of("--json", parsed.GetValue(_json));
        _implementations.RequireOtherFile(parsed, output);
        var json = output is { IsRegular: true } ? output.Path : null;
        if (json is null && parsed.GetValue(_resume))
        {
            throw new UsageException(output is null
                ? "--resume: found no --json PATH, expected that of the run to continue."
                : $"--resume: found --json '{output.Path}', which is no file beside which a run could be kept, expected that of the run to continue.");
        }

        var terminal = output is { IsOutput: true } ? _terminal.Aside : _terminal;
        var fixtures = SharedOptions.LoadFixtures(parsed.GetValue(_fixtures));
        var clock = Stopwatch.StartNew();
        using var implementations = _implementations.Open(parsed, fixtures);
        var options = Options(parsed, fixtures, implementations, json);
        var settings = RunSettings.Of(options, fixtures);
        using var journal = json is null ? null : new RunJournal(OpenJournal(json, settings, implementations, parsed.GetValue(_resume)));
        using var interruption = new Interruption(implementations.Abort);

        // Before a thousand checks that all end with it.
        foreach (var (name, implementation, _) in implementations.Members)
        {
            if (implementation is ProcessImplementation { CannotStart: { } reason })
                terminal.Hanging("  ", $"{name} cannot be asked anything: {reason}");
        }

        var reports = VerifyProgress.Show(terminal, options.FailFast, progress =>
        {
            var found = new List<ImplementationReport>();
            foreach (var (name, implementation, details) in implementations.Members)
            {
                var known = journal?.Known(name);
                void Note(CheckResult check, int planned)
                {
                    journal?.Add(name, check);
                    progress(name, check, planned);
                }

                var own = new Verifier(implementation, fixtures, options).Run(Note, known, interruption.Token);
                found.Add(own with { Name = name, Details = details with { Notes = own.Details.Notes, Constraints = own.Details.Constraints } });
            }

            return found;
        });
        string[] damage = [.. fixtures.Damage.Concat(reports.SelectMany(each => each.Damage)).Select(failure => failure.Message).Distinct()];
        var report = new VerifyReport(options, reports, damage, clock.Elapsed.TotalSeconds)
        {
            Notes = [.. fixtures.Notes, .. implementations.Members.Select(member => member.Implementation).OfType<OutputsImplementation>().SelectMany(outputs => outputs.Notes)],
        };
        if (interruption.Token.IsCancellationRequested)
            return Interrupted(terminal, report, journal is { Failure: null } ? json : null);
        var results = ResultsJson.FromReport(report, settings, DateTimeOffset.UtcNow);
        var code = OutputFile.Conclude(
            _terminal, shown => VerifyReportWriter.Write(shown, report, output is { IsWritten: true } ? output.Name : null), ExitCode.Of(report),
            (output, stream => ResultsJson.Write(results, stream)));
        return Close(code, journal, json, implementations.Transcript);
    }

    // Nothing of this ends a run, so that it is told at the end.
    private int Close(int code, RunJournal? journal, string? json, Transcript? transcript)
    {
        if (code != ExitCode.Usage)
            journal?.Remove();
        else if (journal is { Failure: null })
            _terminal.Error.WriteLine($"harness: {Journal.PathFor(json!)} keeps what was found: the same command with --resume goes on");
        if (journal is { Failure: { } reason })
            _terminal.Error.WriteLine($"harness: {Journal.PathFor(json!)} could not be kept for --resume: {FileFault.Describe(reason, Journal.PathFor(json!))}");
        if (transcript is not { Failure: { } lost })
            return code;
        _terminal.Error.WriteLine($"harness: --transcript: the rest of it cannot be written: {lost}");
        return ExitCode.Usage;
    }

    private VerifyOptions Options(ParseResult parsed, FixtureSet fixtures, ImplementationSet implementations, string? json)
    {
        var shard = ResolveShard(parsed.GetValue(_shard)!);
        var interrupted = json is not null && parsed.GetValue(_resume) ? FindSettings(json) : null;
        var exported = implementations.Members.Select(member => member.Implementation).OfType<OutputsImplementation>().FirstOrDefault()?.Manifest;
        if (shard != Shard.Whole && !_selection.HasSeed(parsed) && exported is null && interrupted is null)
            throw new UsageException("--shard: found no --seed, expected the same one for every shard, so that all draw the same inputs.");
        var options = _selection.Resolve(parsed, fixtures, interrupted?.Seed ?? exported?.Seed, interrupted?.Dtypes ?? exported?.Dtypes, interrupted?.Sizes ?? exported?.Sizes) with
        {
            FailFast = parsed.GetValue(_failFast),
            Jobs = parsed.GetValue(_jobs),
            Shard = shard,
            Repeat = parsed.GetValue(_repeat),
            ToleranceFactor = parsed.GetValue(_toleranceFactor),
        };
        implementations.RequireSeed(options.Seed);
        if (options.Jobs < 1)
            throw new UsageException($"--jobs: found {options.Jobs}, expected at least 1.");
        if (options.Repeat is < 1 or > VerifyOptions.MostRepeats)
            throw new UsageException($"--repeat: found {options.Repeat}, expected 1 to {VerifyOptions.MostRepeats}.");
        return options;
    }

    private static Shard ResolveShard(string text)
    {
        try
        {
            return Shard.Parse(text);
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--shard: {failure.Message}.");
        }
    }

    private static RunSettings? FindSettings(string json)
    {
        try
        {
            return Journal.FindSettings(json);
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--resume: {failure.Message}.");
        }
    }

    private static Journal OpenJournal(string json, RunSettings settings, ImplementationSet implementations, bool resume)
    {
        ImplementationIdentity[] identities = [.. implementations.Members.Select(member => ImplementationIdentity.Of(member.Name, member.Details))];
        try
        {
            return resume ? Journal.Resume(json, settings, identities) : Journal.Start(json, settings, identities);
        }
        catch (FormatException failure)
        {
            throw new UsageException($"{(resume ? "--resume" : "--json")}: {failure.Message.TrimEnd('.')}.");
        }
    }

    private static int Interrupted(Terminal terminal, VerifyReport report, string? json)
    {
        var done = report.Implementations.Sum(each => each.Checks.Count);
        terminal.Line(json is null
            ? $"interrupted after {done} checks"
            : $"interrupted after {done} checks, which {Journal.PathFor(json)} keeps: the same command with --resume goes on");
        return ExitCode.Interrupted;
    }
}
