using Harness.Perf.History;
using Harness.Perf.Results;

namespace Harness.Perf.Gate;

/// <summary>The files that one gate judges, from one machine, as one night.</summary>
internal sealed class Tonight
{
    private readonly HashSet<Night> _nights;
    private readonly DateTimeOffset _created;

    /// <exception cref="FormatException">There are none, or they are of several machines.</exception>
    public Tonight(IReadOnlyList<PerfFile> files, Predicate<FigureKey>? isGated)
    {
        if (files.Count == 0)
            throw new FormatException("found no results, expected those of one night");
        if (files.FirstOrDefault(file => MachineFingerprint.Of(file.Machine) != MachineFingerprint.Of(files[0].Machine)) is { } other)
        {
            throw new FormatException(
                $"found results of the machines {files[0].Machine.Fingerprint} and {other.Machine.Fingerprint}, expected one ({Comparable.Differences(files[0].Machine, other.Machine)}): gate each by itself");
        }

        Machine = files[0].Machine with { Fingerprint = MachineFingerprint.Of(files[0].Machine) };
        IsGated = isGated ?? (_ => true);
        _nights = [.. files.Select(Night.Of)];
        _created = files.Max(file => file.Created);
        // Of a figure measured twice, the later one.
        Figures = files.OrderBy(file => file.Created).SelectMany(file => file.Figures).Where(figure => IsGated(figure.Key))
            .GroupBy(figure => figure.Key).ToDictionary(group => group.Key, group => group.Last());
    }

    /// <summary>Where they are from.</summary>
    public MachineRecord Machine { get; }

    /// <summary>Which series count.</summary>
    public Predicate<FigureKey> IsGated { get; }

    /// <summary>What was measured.</summary>
    public IReadOnlyDictionary<FigureKey, FigureRecord> Figures { get; }

    /// <summary>Whether a night came before: not what came later, nor tonight's own runs where they are recorded already.</summary>
    public bool IsBefore(Series series, SeriesNight night) =>
        night.Created < _created && !_nights.Contains(Night.Of(series.Machine, night.Commit, night.Created));

    /// <summary>Whether times of a machine are compared with those of this night.</summary>
    public bool IsHere(MachineRecord machine) => MachineFingerprint.Of(machine) == Machine.Fingerprint;

    /// <summary>What makes nights of this machine one, in order.</summary>
    public (DateOnly From, string? Commit) NightOf(SeriesNight night) => (Night.Of(Machine, night.Commit, night.Created).From, night.Commit?.Id);

    /// <summary>A figure among what was measured again here.</summary>
    public IEnumerable<FigureRecord> Among(IReadOnlyList<PerfFile> files, FigureKey key) => files
        .Where(file => IsHere(file.Machine))
        .SelectMany(file => file.Figures.Where(figure => figure.Key == key));
}
