using Harness.Cli.Commands;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;

namespace Harness.Cli;

/// <summary>The implementations of a run, each with a name of its own, and what has to be ended with them.</summary>
internal sealed class ImplementationSet : IDisposable
{
    private readonly List<(string Name, IImplementation Implementation)> _members = [];
    private OrphanWatch? _watch;

    /// <summary>Name and implementation, in the order they were named.</summary>
    public IReadOnlyList<(string Name, IImplementation Implementation)> Members => _members;

    /// <summary>Where messages are kept.</summary>
    public Transcript? Transcript { get; set; }

    /// <summary>Cleans up after programs if this process is killed; starts when it is first needed.</summary>
    public OrphanWatch Watch => _watch ??= OrphanWatch.Start(WatchCommand.CommandLine());

    /// <summary>Adds one. Where two say the same name of themselves, the second gets a number.</summary>
    public void Add((string? Name, IImplementation Implementation) member)
    {
        var wanted = member.Name ?? member.Implementation.Name;
        var name = wanted;
        for (var number = 2; _members.Exists(other => other.Name == name); number++)
            name = $"{wanted} ({number})";
        _members.Add((name, member.Implementation));
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
        foreach (var (_, implementation) in _members)
            (implementation as IDisposable)?.Dispose();
        _watch?.Dispose();
        Transcript?.Dispose();
    }
}
