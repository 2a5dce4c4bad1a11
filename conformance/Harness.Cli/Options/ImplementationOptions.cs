using System.CommandLine;
using System.Text.RegularExpressions;
using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Exchange;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Conformance.Running;
using Harness.Conformance.Writing;

namespace Harness.Cli.Options;

/// <summary>The options that say what is to be checked, and how what they name is reached.</summary>
internal sealed partial class ImplementationOptions
{
    private const string Kinds = "managed, torch, torch-tf32, exec:COMMAND, assembly:DLL or outputs:DIR";

    private readonly Option<string[]> _implementations = new("--impl")
    {
        Description = "What to check: [NAME=]managed | torch | torch-tf32 | exec:COMMAND | assembly:DLL | outputs:DIR; may be repeated, for a column each [default: managed]",
        HelpName = "SPEC",
    };

    private readonly EngineOptions _engine = new();

    private readonly Option<string[]> _commands = new("--exec")
    {
        Description = "A program that speaks the adapter protocol (conformance/PROTOCOL.md), as in --exec \"python3 adapter.py\"; short for --impl exec:COMMAND",
        HelpName = "COMMAND",
    };

    private readonly Option<string[]> _assemblies = new("--assembly")
    {
        Description = "A .NET assembly with a class that implements IImplementation, or DLL#TYPE; short for --impl assembly:DLL",
        HelpName = "DLL",
    };

    private readonly Option<string[]> _folders = new("--outputs")
    {
        Description = "A folder of exported inputs to which outputs have been added ('harness export-inputs DIR'); short for --impl outputs:DIR",
        HelpName = "DIR",
    };

    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "How long a program may take for a case",
        HelpName = "SECONDS",
        CustomParser = Number.Seconds,
        DefaultValueFactory = _ => new AdapterOptions { Command = [] }.RunTimeout.TotalSeconds,
    };

    private readonly Option<double> _startTimeout = StartTimeout();

    private readonly Option<string[]> _environment = new("--env")
    {
        Description = "Let programs see this environment variable as well, beyond those listed in conformance/PROTOCOL.md; may be repeated",
        HelpName = "NAME",
    };

    private readonly Option<string?> _transcript = new("--transcript")
    {
        Description = "Keep every message to and from programs, one a line",
        HelpName = "PATH",
    };

    /// <summary>An option of every command that starts programs: the message of one that does not start in time names it.</summary>
    public static Option<double> StartTimeout() => new("--start-timeout")
    {
        Description = "How long a program may take to start",
        HelpName = "SECONDS",
        CustomParser = Number.Seconds,
        DefaultValueFactory = _ => new AdapterOptions { Command = [] }.StartTimeout.TotalSeconds,
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_implementations);
        _engine.AddTo(command);
        command.Add(_commands);
        command.Add(_assemblies);
        command.Add(_folders);
        command.Add(_timeout);
        command.Add(_startTimeout);
        command.Add(_environment);
        command.Add(_transcript);
    }

    /// <summary>Opens what is named, or the reference implementation.</summary>
    /// <exception cref="UsageException">Something named does not exist, or is no implementation.</exception>
    public ImplementationSet Open(ParseResult parsed, FixtureSet fixtures)
    {
        var (startTimeout, timeout) = (TimeSpan.FromSeconds(parsed.GetValue(_startTimeout)), TimeSpan.FromSeconds(parsed.GetValue(_timeout)));
        var specifications = Specifications(parsed).DefaultIfEmpty((Option: "--impl", Text: "managed")).ToArray();
        var transcript = OpenTranscript(parsed);
        var set = new ImplementationSet { Transcript = transcript };
        try
        {
            foreach (var (option, text) in specifications)
                Open(parsed, option, text, (startTimeout, timeout), set, fixtures);
            _engine.RequireUse(parsed, set.Members.Any(member => member.Implementation is TorchImplementation));
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a transcript where the results go: they would take its place.</summary>
    /// <exception cref="UsageException">Both are one file.</exception>
    public void RequireOtherFile(ParseResult parsed, OutputFile? results)
    {
        if (results is { IsRegular: true } && OutputFile.Of("--transcript", parsed.GetValue(_transcript)) is { IsRegular: true } transcript
            && Path.GetFullPath(transcript.Path) == Path.GetFullPath(results.Path))
        {
            throw new UsageException($"--transcript: found '{transcript.Path}', where --json writes the results, expected another file.");
        }
    }

    private Transcript? OpenTranscript(ParseResult parsed)
    {
        if (OutputFile.Of("--transcript", parsed.GetValue(_transcript)) is not { } file)
            return null;
        if (file.IsOutput)
            throw new UsageException($"--transcript: found '{file.Path}', expected a file: the output is for the results.");
        try
        {
            return new Transcript(file.Path);
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            throw new UsageException(file.Refusal(failure));
        }
    }

    private IEnumerable<(string Option, string Text)> Specifications(ParseResult parsed) =>
        (parsed.GetValue(_implementations) ?? []).Select(text => ("--impl", text))
            .Concat(_engine.Specifications(parsed).Select(text => ("--engine", text)))
            .Concat((parsed.GetValue(_commands) ?? []).Select(text => ("--exec", $"exec:{text}")))
            .Concat((parsed.GetValue(_assemblies) ?? []).Select(text => ("--assembly", $"assembly:{text}")))
            .Concat((parsed.GetValue(_folders) ?? []).Select(text => ("--outputs", $"outputs:{text}")));

    private void Open(ParseResult parsed, string option, string text, (TimeSpan Start, TimeSpan Run) timeouts, ImplementationSet set, FixtureSet fixtures)
    {
        var match = Specification().Match(text);
        if (!match.Success)
            throw new UsageException($"--impl: found '{text}', expected [NAME=] and {Kinds}.{Suggestion.Question(Near(text))}");
        var name = match.Groups["name"] is { Success: true } given ? given.Value : null;
        var kind = match.Groups["kind"].Value;
        var value = match.Groups["value"] is { Success: true } typed ? typed.Value : null;
        if (kind == "exec")
            TemporaryFiles.Require();
        try
        {
            IImplementation implementation = kind switch
            {
                "managed" => new ReferenceImplementation(),
                "torch" => _engine.OpenTorch(parsed, allowsTf32: false),
                "torch-tf32" => _engine.OpenTorch(parsed, allowsTf32: true),
                "assembly" => PluginLoader.Load(value!),
                "outputs" => new OutputsImplementation(value!, fixtures),
                _ => ProcessImplementation.Start(new AdapterOptions
                {
                    Command = ProgramCommand.Split(value!),
                    Name = name,
                    StartTimeout = timeouts.Start,
                    RunTimeout = timeouts.Run,
                    Environment = parsed.GetValue(_environment) ?? [],
                    Transcript = set.Transcript,
                    Watch = set.Watch,
                }),
            };
            if (kind == "assembly")
                RequireConstraints(implementation, value!);
            set.Add(name, implementation, kind, value);
        }
        catch (FormatException failure)
        {
            throw new UsageException($"{option}: {failure.Message.TrimEnd('.')}.");
        }
    }

    private static void RequireConstraints(IImplementation implementation, string source)
    {
        try
        {
            Verifier.RequireConstraints(implementation);
        }
        catch (FormatException failure)
        {
            throw new FormatException($"{source}: {failure.Message}", failure);
        }
    }

    // The kind alone is what may be mistyped.
    private static string? Near(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var end = colon < 0 ? text.Length : colon + 1;
        var start = text[..end].IndexOf('=', StringComparison.Ordinal) + 1;
        var typed = text[start..end];
        return Suggestion.For(typed, ["managed", "torch", "torch-tf32", "exec:", "assembly:", "outputs:"]) is { } kind && kind != typed
            ? $"{text[..start]}{kind}{text[end..]}"
            : null;
    }

    [GeneratedRegex("^(?:(?<name>[^:=]+)=)?(?:(?<kind>managed|torch|torch-tf32)|(?<kind>exec|assembly|outputs):(?<value>.*))$", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Specification();
}
