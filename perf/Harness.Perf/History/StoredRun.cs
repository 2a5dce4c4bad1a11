using System.Globalization;
using Harness.Perf.Results;

namespace Harness.Perf.History;

/// <summary>A run of a store.</summary>
/// <param name="Id">Its number: a run that was recorded later has a larger one.</param>
/// <param name="Hash">Of its content.</param>
/// <param name="Results">
/// The run. Where its date cannot be, because it is still to come, it is taken to have ended just after all that had been recorded before it.
/// </param>
/// <param name="Dated">When it says it ended.</param>
public sealed record StoredRun(long Id, string Hash, PerfFile Results, DateTimeOffset Dated)
{
    private const int ShownDigits = 12;

    // Clocks of two machines differ by as much; it is no reason to distrust one.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);

    /// <summary>The beginning of the hash, by which it can be named.</summary>
    public string Name => Hash[..Math.Min(ShownDigits, Hash.Length)];

    /// <summary>Whether the date was not believed.</summary>
    public bool IsMisdated => Dated != Results.Created;

    /// <summary>The run in one line.</summary>
    public string Describe() => Describe(Results with { Created = Dated });

    /// <summary>A run in one line.</summary>
    internal static string Describe(PerfFile run) => string.Join(
        ", ",
        run.Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC",
        run.Commit is { } commit ? $"commit {commit.Id[..Math.Min(12, commit.Id.Length)]}{(commit.IsDirty ? " with changes" : "")}" : "no commit",
        $"machine {MachineFingerprint.Of(run.Machine)}", $"{run.Figures.Count} figures", $"'{run.Command}'");

    /// <summary>Puts runs in order: by their dates, and those whose date cannot be by when they were recorded.</summary>
    /// <param name="recorded">In the order in which they were recorded, with their own dates.</param>
    /// <param name="now">What the clock says.</param>
    internal static IReadOnlyList<StoredRun> InOrder(IEnumerable<StoredRun> recorded, DateTimeOffset now)
    {
        var runs = new List<StoredRun>();
        DateTimeOffset? last = null;
        foreach (var run in recorded)
        {
            var created = run.Dated <= now + Skew ? run.Dated : last?.AddTicks(1) ?? DateTimeOffset.UnixEpoch;
            if (last is null || created > last)
                last = created;
            runs.Add(run with { Results = run.Results with { Created = created } });
        }

        return [.. runs.OrderBy(run => run.Results.Created).ThenBy(run => run.Hash, StringComparer.Ordinal)];
    }
}
