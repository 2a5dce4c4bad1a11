using Harness.Perf.Results;

namespace Harness.Perf.History;

/// <summary>What makes runs one night: machine, commit, and the time from noon to noon.</summary>
internal sealed record Night(string Machine, string? Commit, bool IsDirty, DateOnly From)
{
    public static Night Of(MachineRecord machine, CommitRecord? commit, DateTimeOffset created) => new(
        MachineFingerprint.Of(machine), commit?.Id, commit?.IsDirty ?? false, DateOnly.FromDateTime(created.UtcDateTime.AddHours(-12)));

    public static Night Of(PerfFile run) => Of(run.Machine, run.Commit, run.Created);
}
