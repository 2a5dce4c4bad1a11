namespace Harness.Perf.Gate;

/// <summary>What the gate says of a series, the worst first.</summary>
public enum GateVerdict
{
    /// <summary>Present in the nights before, absent now: an alert.</summary>
    Missing,

    /// <summary>Worse, and measured again.</summary>
    Regression,

    /// <summary>Worse than noise explains, and not confirmed.</summary>
    Suspicious,

    /// <summary>Nothing to compare with, or too little.</summary>
    InsufficientData,

    /// <summary>Better, and measured again.</summary>
    Improvement,

    /// <summary>Within what the series' own noise explains.</summary>
    NoChange,
}

/// <summary>How a night's verdict on a series comes about.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Level">The level that y is compared with; null without one.</param>
/// <param name="Effect">How far above it y is; of a change of level, the new one.</param>
/// <param name="Reason">Why, in half a sentence.</param>
internal sealed record NightVerdict(GateVerdict Verdict, double? Level, double? Effect, string Reason)
{
    /// <summary>Adds a night to what is watched, and judges it.</summary>
    /// <param name="monitor">All nights before.</param>
    /// <param name="y">This night.</param>
    /// <param name="again">Measures again; null where that is not possible. Called only on a suspicion.</param>
    public static NightVerdict Judge(NightlyMonitor monitor, double y, Func<IReadOnlyList<double>>? again)
    {
        var bound = monitor.CurrentBound();
        monitor.Add(y);
        if (monitor.Called() is { Shift: > 0 } regression)
            return Called(GateVerdict.Regression, regression, monitor);
        if (bound is not null && (bound.IsWorse(y) || (bound.IsBetter(y) && again is not null)))
            return Suspected(bound, y, again);
        if (monitor.Called() is { } improvement)
            return Called(GateVerdict.Improvement, improvement, monitor);
        if (bound is null)
        {
            const int Needed = NightlyMonitor.FewestSettled + NightlyMonitor.Unsettled;
            return new(GateVerdict.InsufficientData, null, null, $"found {monitor.Nights - 1} nights before, a night is judged from {Needed} on");
        }

        var faster = bound.IsBetter(y) ? "; better tonight than noise explains, not measured again" : "";
        return new(GateVerdict.NoChange, bound.Level, y - bound.Level, $"within ±{Percent(bound.Margin)} of the level of the nights before{faster}");
    }

    private static NightVerdict Called(GateVerdict verdict, ChangeFound change, NightlyMonitor monitor) => new(
        verdict, change.Before, change.Shift, $"a change of level {monitor.Nights - change.At} nights ago, p = {change.PValue:G2}");

    private static NightVerdict Suspected(Bound bound, double y, Func<IReadOnlyList<double>>? again)
    {
        var beyond = $"beyond ±{Percent(bound.Margin)} of the level of the nights before";
        if (again is null)
            return new(GateVerdict.Suspicious, bound.Level, y - bound.Level, $"{beyond}; not measured again");
        if (again() is not { Count: > 0 } repeated)
            return new(GateVerdict.Suspicious, bound.Level, y - bound.Level, $"{beyond}; not among what was measured again");
        var median = Statistics.Robust.Median([.. repeated]);
        if (bound.IsBetter(y))
        {
            return bound.IsBetter(median)
                ? new(GateVerdict.Improvement, bound.Level, median - bound.Level, $"{beyond}; so are {repeated.Count} more measurements")
                : new(GateVerdict.NoChange, bound.Level, median - bound.Level, $"{beyond}, but not when measured again");
        }

        if (!bound.IsWorse(median))
            return new(GateVerdict.NoChange, bound.Level, median - bound.Level, $"{beyond}, but not when measured again");
        return bound.IsErratic
            ? new(GateVerdict.Suspicious, bound.Level, median - bound.Level, $"{beyond}, measured again too; but nights before were as far off and came back")
            : new(GateVerdict.Regression, bound.Level, median - bound.Level, $"{beyond}; so are {repeated.Count} more measurements");
    }

    internal static string Percent(double y) => $"{(Math.Exp(y) - 1) * 100:0.#} %";
}
