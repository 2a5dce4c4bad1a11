using System.Diagnostics;

namespace Harness.Conformance.Protocol;

/// <summary>
/// How long something is waited for, from now on. What is to end by itself is waited for longer on a busy machine: as long as it gets on,
/// but not for good.
/// </summary>
/// <param name="limit">How long it is waited for, or how long it may be idle.</param>
/// <param name="busy">The processes that are waited for while they get on; null if it does not matter what they do.</param>
internal sealed class Deadline(TimeSpan limit, ProcessMark? busy = null)
{
    // What ends at all has ended by then, on machines where everything takes ten times as long.
    private const int Extensions = 12;

    // Timers and collectors of garbage run in programs that do nothing, but for less than this share of the time.
    private const double IdleShare = 0.01;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _since;
    private TimeSpan _worked = busy is null ? default : ProcessTree.Effort(busy).Worked;

    /// <summary>The longest that it may take.</summary>
    public TimeSpan Longest => busy is null ? limit : Extensions * limit;

    /// <summary>What is left of that.</summary>
    public TimeSpan Left => Longest - _clock.Elapsed;

    /// <summary>Whether it is not waited for any more.</summary>
    public bool IsOver()
    {
        var now = _clock.Elapsed;
        if (now < _since + limit)
            return false;
        if (busy is null || now >= Longest)
            return true;
        var (worked, isRunnable) = ProcessTree.Effort(busy);

        // One that has just ended takes what it did with it: less than before is no idleness.
        if (!isRunnable && worked >= _worked && worked - _worked < IdleShare * (now - _since))
            return true;
        (_since, _worked) = (now, worked);
        return false;
    }

    /// <summary>How long it was waited for, for messages.</summary>
    public override string ToString() => busy is null ? $"{limit.TotalSeconds:0.###} s" : $"{_clock.Elapsed.TotalSeconds:0} s";
}
