using Harness.Cli.Terminals;
using Harness.Conformance.Exchange;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Conformance.Results;

namespace Harness.Cli.Options;

/// <summary>The implementations of a run, each with a name of its own, and what has to be ended with them.</summary>
internal sealed class ImplementationSet : IDisposable
{
    private readonly List<(string Name, IImplementation Implementation, ImplementationDetails Details)> _members = [];
    private OrphanWatch? _watch;

    /// <summary>Name, implementation, and what it says of itself at the source that was typed; in the order they were named.</summary>
    public IReadOnlyList<(string Name, IImplementation Implementation, ImplementationDetails Details)> Members => _members;

    /// <summary>Where messages are kept.</summary>
    public Transcript? Transcript { get; init; }

    /// <summary>Cleans up after programs if this process is killed; starts when it is first needed.</summary>
    public OrphanWatch Watch => _watch ??= OwnWatch.Start();

    /// <summary>Adds one. Where two say the same name of themselves, the second gets a number.</summary>
    /// <param name="givenName">The name that was typed; null if it is to say one.</param>
    /// <param name="implementation">The implementation.</param>
    /// <param name="kind">How it is reached.</param>
    /// <param name="source">The very text that was typed for assembly, command or folder; null if there is none.</param>
    public void Add(string? givenName, IImplementation implementation, string kind, string? source)
    {
        var wanted = givenName ?? implementation.Name;
        var name = wanted;
        for (var number = 2; _members.Exists(other => other.Name == name); number++)
            name = $"{wanted} ({number})";
        _members.Add((name, implementation, implementation.Details with { Kind = kind, Source = source, Program = ProgramFingerprint.Of(kind, source) }));
    }

    /// <summary>Refuses folders of outputs that belong to other inputs: their answers would only be wrong.</summary>
    /// <exception cref="UsageException">One was exported from another seed.</exception>
    public void RequireSeed(int seed)
    {
        if (_members.Select(member => member.Implementation).OfType<OutputsImplementation>().FirstOrDefault(outputs => outputs.Manifest.Seed != seed) is { } other)
            throw new UsageException($"--outputs: '{other.Details.Source}' was exported from seed {other.Manifest.Seed}, expected {seed}, from which the inputs are drawn.");
    }

    /// <summary>Ends what is being asked at once.</summary>
    public void Abort()
    {
        foreach (var process in _members.Select(member => member.Implementation).OfType<ProcessImplementation>())
            process.Abort();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, implementation, _) in _members)
            (implementation as IDisposable)?.Dispose();
        _watch?.Dispose();
        Transcript?.Dispose();
    }
}
