namespace Harness.Perf.Systems;

/// <summary>How much of training is measured or counted.</summary>
public enum Pass
{
    /// <summary>None of it: a segment forward.</summary>
    Forward,

    /// <summary>A segment forward and back; the state that it takes over is a constant.</summary>
    Truncated,

    /// <summary>Several segments forward, the memory handed on, and back over all of them.</summary>
    Full,
}

/// <summary>How passes are told apart in results.</summary>
public static class PassNames
{
    /// <summary>A metric of a pass: figures of two passes are never one series.</summary>
    public static string Named(this Pass pass, string metric) => pass switch
    {
        Pass.Forward => metric,
        Pass.Truncated => $"{metric}_with_backward",
        _ => $"{metric}_with_full_backward",
    };
}
