namespace Harness.Conformance.Protocol;

/// <summary>How an adapter is run.</summary>
public sealed record AdapterOptions
{
    /// <summary>Program and arguments; no shell looks at them.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>What to call it in tables instead of the name that it gives itself.</summary>
    public string? Name { get; init; }

    /// <summary>How long <c>start</c> may take: interpreters and device libraries load in it.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long <c>run</c> may take.</summary>
    public TimeSpan RunTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the adapter may do nothing after <c>stop</c> before it has exited; one that does something has twelve times as long.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Environment variables that it may see beyond those that every adapter sees.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Where every message of both sides is kept; null for nowhere.</summary>
    public Transcript? Transcript { get; init; }

    /// <summary>Who cleans up if this process is killed; null for nobody.</summary>
    public OrphanWatch? Watch { get; init; }
}
