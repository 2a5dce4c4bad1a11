using Harness.Perf.Results;

namespace Harness.Perf.History;

/// <summary>One figure, night after night, on one machine.</summary>
/// <param name="Key">What is measured.</param>
/// <param name="Machine">Where.</param>
/// <param name="Unit">As in <see cref="FigureRecord"/>, of the newest night.</param>
/// <param name="Better">As there.</param>
/// <param name="Nights">The earliest first.</param>
public sealed record Series(FigureKey Key, MachineRecord Machine, string Unit, string? Better, IReadOnlyList<SeriesNight> Nights)
{
    /// <summary>The last so many nights.</summary>
    public Series Last(int nights) => this with { Nights = [.. Nights.TakeLast(nights)] };
}

/// <summary>
/// A night of a series. Runs on one machine, of one commit, between one noon (UTC) and the next are one night: their median counts, because
/// they share what that night did to the machine.
/// </summary>
/// <param name="Created">When its first run ended, as <see cref="StoredRun"/> has it.</param>
/// <param name="Commit">What was measured; null outside a repository.</param>
/// <param name="Value">The figure, the median where there are several runs.</param>
/// <param name="Low">Lower end of its interval within the run; null where there are several runs, or none.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Exact">As in <see cref="FigureRecord"/>, of the last run.</param>
/// <param name="Machine">Where, as it was that night; null where that is not known.</param>
public sealed record SeriesNight(
    DateTimeOffset Created, CommitRecord? Commit, double Value, double? Low, double? High, string? Exact, MachineRecord? Machine = null);
