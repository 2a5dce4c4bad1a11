using System.Runtime.InteropServices;
using Harness.Perf.Statistics;

namespace Harness.Perf.Gate;

/// <summary>
/// Watches one series night by night, on values y = ±ln(figure) of which larger is worse. Two ways to notice a change: the rank scan over
/// the nights so far, which needs a few nights after the change and believes no single one; and the bound on one night, which is
/// noise-aware and asks to measure again. <c>perf/GATE.md</c> has the mathematics in the symbols used here, and what it achieves.
/// </summary>
internal sealed class NightlyMonitor(int window = NightlyMonitor.DefaultWindow)
{
    /// <summary>Nights of the current level that serve as its past.</summary>
    public const int DefaultWindow = 60;

    /// <summary>α: how probable a change point may be by chance, on one night of one series.</summary>
    public const double Alpha = 5e-4;

    /// <summary>δ: no smaller change is called, 2 %. Another layout of the same code in memory does as much.</summary>
    public static readonly double SmallestEffect = Math.Log(1.02);

    /// <summary>κ: nor is one below this share of the spread s from night to night, such as a busy machine's week.</summary>
    public const double SmallestShareOfSpread = 0.75;

    /// <summary>k: a night this many s above the level is suspicious.</summary>
    public const double SuspiciousSpreads = 5;

    /// <summary>g: the newest nights, on which a change may be under way already, are no past to judge a night by.</summary>
    public const int Unsettled = 5;

    /// <summary>r: so many settled nights at least, or the spread is not known.</summary>
    public const int FewestSettled = 10;

    /// <summary>A change is called for a week from the night it is found on: a weekend does not hide it.</summary>
    public const int NightsCalled = 7;

    private readonly List<double> _segment = [];
    private readonly List<ChangeFound> _changes = [];
    private int _nights;
    private double? _spreadBefore;

    /// <summary>The changes found so far, the earliest first.</summary>
    public IReadOnlyList<ChangeFound> Changes => _changes;

    /// <summary>How many nights there have been.</summary>
    public int Nights => _nights;

    /// <summary>What a night is judged by, from the nights so far; null where they are too few.</summary>
    public Bound? CurrentBound()
    {
        var segment = CollectionsMarshal.AsSpan(_segment);
        if (segment.Length - Unsettled >= FewestSettled)
        {
            var settled = segment[Math.Max(0, segment.Length - Unsettled - window)..^Unsettled];
            var (level, spread) = (Robust.Median(settled), Robust.Spread(settled));
            var bound = new Bound(level, spread, Margin(spread), IsErratic: false);
            var isErratic = false;
            foreach (var y in settled)
                isErratic |= bound.IsWorse(y) || bound.IsBetter(y);
            return bound with { IsErratic = isErratic };
        }

        // Soon after a change: the new level's median, the spread from before.
        return _spreadBefore is { } before ? new Bound(Robust.Median(segment), before, Margin(before), IsErratic: false) : null;
    }

    /// <summary>Adds a night, and looks for a change anywhere in the nights of the current level.</summary>
    public void Add(double y)
    {
        _segment.Add(y);
        _nights++;
        var first = Math.Max(0, _segment.Count - window);
        var recent = CollectionsMarshal.AsSpan(_segment)[first..];
        if (RankScan.Find(recent) is not { } found || found.PValue > Alpha)
            return;
        var c = RankScan.Locate(recent);
        var before = recent[..c];
        var (level, spread) = (Robust.Median(before), Robust.Spread(before));
        var shift = Robust.Median(recent[c..]) - level;
        if (Math.Abs(shift) < Math.Max(SmallestEffect, SmallestShareOfSpread * spread))
            return;
        var at = _nights - _segment.Count + first + c;
        _changes.Add(new ChangeFound(at, _nights - 1, level, shift, found.PValue));
        _spreadBefore = spread;
        _segment.RemoveRange(0, first + c);
    }

    /// <summary>The change that is being called tonight: the last one, found within <see cref="NightsCalled"/> nights.</summary>
    public ChangeFound? Called() => _changes is [.., var last] && _nights - 1 - last.FoundOn < NightsCalled ? last : null;

    private static double Margin(double spread) => Math.Max(SmallestEffect, SuspiciousSpreads * spread);
}

/// <summary>A change of level.</summary>
/// <param name="At">The first night of the new level, counted from 0.</param>
/// <param name="FoundOn">The night on which there was evidence enough.</param>
/// <param name="Before">The median of y before.</param>
/// <param name="Shift">New less old median of y.</param>
/// <param name="PValue">How probable so clear a change is by chance.</param>
internal sealed record ChangeFound(int At, int FoundOn, double Before, double Shift, double PValue);

/// <summary>What one night is judged by.</summary>
/// <param name="Level">The median of the settled nights.</param>
/// <param name="Spread">s: their robust standard deviation, from night to night.</param>
/// <param name="Margin">max(δ, k·s).</param>
/// <param name="IsErratic">A settled night lies beyond the margin and came back by itself: one night alone proves nothing here.</param>
internal sealed record Bound(double Level, double Spread, double Margin, bool IsErratic)
{
    /// <summary>Whether a night is worse than noise explains.</summary>
    public bool IsWorse(double y) => y - Level > Margin;

    /// <summary>Whether it is better than noise explains.</summary>
    public bool IsBetter(double y) => Level - y > Margin;
}
