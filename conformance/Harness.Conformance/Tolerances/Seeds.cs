namespace Harness.Conformance.Tolerances;

/// <summary>Seeds that depend on what they are for and not on the order of the checks.</summary>
internal static class Seeds
{
    /// <summary>FNV-1a of the text: string.GetHashCode differs from run to run.</summary>
    public static int Of(string text)
    {
        var hash = 2166136261u;
        foreach (var letter in text)
            hash = (hash ^ letter) * 16777619u;
        return unchecked((int)hash);
    }

    /// <summary>The seed of one of several runs, by SplitMix64's finaliser.</summary>
    /// <remarks>
    /// <see cref="Random"/>'s numbers are linear in its seed: with seeds in a row, the n-th numbers of the runs are in a row too, and where the step
    /// happens to be small eight samples are hardly more than one.
    /// </remarks>
    public static int Of(int seed, int run)
    {
        var mixed = ((ulong)(uint)seed << 32) + (uint)run + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return unchecked((int)(mixed ^ (mixed >> 31)));
    }
}
