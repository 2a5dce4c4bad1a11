using System.CommandLine;
using System.Numerics;
using Harness.Cli.Options;
using Harness.Cli.Terminals;
using Harness.Conformance.Writing;
using Harness.Perf.Complexity;
using Harness.Perf.Configurations;
using Harness.Perf.Gate;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Cli.Commands.Perf;

/// <summary>Options that several <c>harness perf</c> commands take, and what their values mean.</summary>
internal static class PerfOptions
{
    private const long LongestBackward = 1L << 30;

    private static readonly string Names = string.Join(", ", PublishedConfigurations.All.Select(each => each.Name));
    private static readonly string Ids = string.Join(", ", MemorySystem.All.Select(each => each.Id));

    public static Option<string> Contexts() => new("--contexts")
    {
        Description = "Tokens streamed before a segment is looked at: a list such as 1024,4096, doublings such as 2^10..2^20, or both",
        HelpName = "LIST",
        DefaultValueFactory = _ => Harness.Perf.Configurations.Contexts.Default,
    };

    public static Option<string> Configuration() => new("--config")
    {
        Description = $"The sizes: {Names}, or a JSON file (perf/schema/configuration.schema.json)",
        HelpName = "NAME|FILE",
        DefaultValueFactory = _ => PublishedConfigurations.Tiny.Name,
    };

    public static Option<string?> Systems() => new("--systems")
    {
        Description = $"Only these, separated by commas: {Ids} [default: all]",
        HelpName = "LIST",
    };

    public static Option<string?> Backward() => new("--backward")
    {
        Description = "With the backward pass: of a segment whose state enters as a constant (truncated, also without a word), or of all the "
            + "tokens of a context from its end to its beginning (full)",
        HelpName = "truncated|full",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Option<string> Format() => new("--dtype")
    {
        Description = "The format computed in",
        HelpName = "DTYPE",
        DefaultValueFactory = _ => FloatFormat.Float32.Name,
    };

    public static Option<string?> Json() => new("--json")
    {
        Description = "Write the figures and verdicts to a file, or with - to the output (perf/schema/perf.schema.json)",
        HelpName = "PATH",
    };

    /// <summary>The command line without the program, as it can be typed again.</summary>
    public static string CommandLine(ParseResult parsed) => CommandWords.Join(parsed.Tokens.Select(token => token.Value));

    /// <exception cref="UsageException">It is no list of contexts, or not of whole segments.</exception>
    public static IReadOnlyList<long> ResolveContexts(string list, Configuration configuration)
    {
        try
        {
            var contexts = Harness.Perf.Configurations.Contexts.Parse(list);
            Harness.Perf.Configurations.Contexts.RequireWholeSegments(contexts, configuration);
            return contexts;
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--contexts: {failure.Message.TrimEnd('.')}.");
        }
    }

    /// <exception cref="UsageException">Neither a known name nor a readable file.</exception>
    public static Configuration ResolveConfiguration(string nameOrFile)
    {
        if (PublishedConfigurations.All.FirstOrDefault(each => each.Name == nameOrFile) is { } published)
            return published;
        if (!File.Exists(nameOrFile))
            throw new UsageException($"--config: found '{nameOrFile}', expected one of {Names}, or an existing file.{Suggestion.Of(nameOrFile, PublishedConfigurations.All.Select(each => each.Name))}");
        try
        {
            return ConfigurationFile.Read(nameOrFile);
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--config: {failure.Message.TrimEnd('.')}.");
        }
    }

    /// <exception cref="UsageException">It is no pass.</exception>
    public static Pass ResolveBackward(ParseResult parsed, Option<string?> backward) =>
        parsed.GetResult(backward) is null ? Pass.Forward : parsed.GetValue(backward) switch
        {
            null or "truncated" => Pass.Truncated,
            "full" => Pass.Full,
            var found => throw new UsageException($"--backward: found '{found}', expected truncated or full."),
        };

    /// <summary>Positions of a backward pass are 32-bit numbers, and the tape of a full one is recorded segment by segment.</summary>
    /// <exception cref="UsageException">The longest context is longer.</exception>
    public static IReadOnlyList<long> WithinBackward(IReadOnlyList<long> contexts, Pass pass) =>
        pass != Pass.Forward && contexts[^1] > LongestBackward
            ? throw new UsageException($"--contexts: found {contexts[^1]}, expected at most {LongestBackward} tokens with --backward.")
            : contexts;

    /// <summary>The contexts of a full backward pass that is not told of others: 8 to 128 segments, more where memories take longer to fill.</summary>
    public static IReadOnlyList<long> Sequences(Configuration configuration)
    {
        var fewest = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(MemorySystem.SegmentsUntilFull(configuration), 8));
        return [.. Enumerable.Range(0, 5).Select(doublings => fewest * configuration.Segment << doublings)];
    }

    /// <returns>The systems named, in the order of <see cref="MemorySystem.All"/>; all of them for null.</returns>
    /// <exception cref="UsageException">One of them does not exist.</exception>
    public static IReadOnlyList<MemorySystem> ResolveSystems(string? list)
    {
        if (list is null)
            return MemorySystem.All;
        var ids = list.Split(',', StringSplitOptions.TrimEntries);
        if (ids.FirstOrDefault(id => MemorySystem.All.All(system => system.Id != id)) is { } unknown)
            throw new UsageException($"--systems: found '{unknown}', expected some of {Ids}.{Suggestion.Of(unknown, MemorySystem.All.Select(system => system.Id))}");
        return [.. MemorySystem.All.Where(system => ids.Contains(system.Id))];
    }

    /// <exception cref="UsageException">A system has no steady state at these sizes.</exception>
    public static void RequireSteadyStates(IReadOnlyList<MemorySystem> systems, Configuration configuration)
    {
        try
        {
            foreach (var system in systems)
                system.RequireSteadyState(configuration);
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--config: {failure.Message.TrimEnd('.')}.");
        }
    }

    /// <exception cref="UsageException">It is no command that measures.</exception>
    public static MeasuringCommand Measuring(string option, string command) => Understand(option, () =>
    {
        ProgramCommand.RefuseShell(command);
        TemporaryFiles.Require();
        return new MeasuringCommand(command);
    });

    /// <summary>Turns input that cannot be understood into one line and exit code 2.</summary>
    public static T Understand<T>(string command, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (FormatException failure)
        {
            throw new UsageException($"{command}: {failure.Message.TrimEnd('.')}.");
        }
    }
}
