namespace Harness.Perf.Scaling;

/// <summary>What a run concludes on one system.</summary>
/// <param name="Series">What it was concluded from.</param>
/// <param name="Conclusion">On its cost, time and memory together.</param>
/// <param name="Text">One sentence for people, with the figures that decided.</param>
/// <param name="Time">The exponent of time; null if none could be fitted.</param>
/// <param name="State">The exponent of the state's size, exactly 0 if it is constant; null without points.</param>
public sealed record ScalingVerdict(ScalingSeries Series, Conclusion Conclusion, string Text, ExponentInterval? Time, double? State);

/// <summary>A fitted exponent.</summary>
/// <param name="P">The estimate.</param>
/// <param name="Low">Lower end of its 95 % interval; null for too few rounds.</param>
/// <param name="High">Its upper end.</param>
public sealed record ExponentInterval(double P, double? Low, double? High);

/// <summary>Whether cost depends on the context.</summary>
public enum Conclusion
{
    /// <summary>Neither the other could be shown.</summary>
    Undecided,

    /// <summary>Time within ±0.05 of exponent 0 by an equivalence test, and a state that does not grow at all.</summary>
    ContextIndependent,

    /// <summary>Of a full backward pass: time within ±0.05 of exponent 1 by an equivalence test, and a tape as long as the tokens are.</summary>
    Linear,

    /// <summary>The exponent of time is more than 0.05 above that, or the state grows, or the tape does faster.</summary>
    Grows,
}
