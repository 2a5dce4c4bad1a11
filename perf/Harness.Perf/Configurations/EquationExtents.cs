namespace Harness.Perf.Configurations;

/// <summary>The sizes of a configuration under the letters that the catalogue's signatures have for them.</summary>
internal static class EquationExtents
{
    /// <summary>Every letter that a signature of one layer or one of its parts uses.</summary>
    public static Dictionary<string, int> Of(Configuration c)
    {
        var headWidth = c.Width / c.Heads;
        return new()
        {
            ["B"] = c.Batch,
            ["T"] = c.Segment,
            ["L"] = c.Segment,
            ["d"] = c.Width,
            ["e"] = c.Width,
            ["dh"] = headWidth,
            ["h"] = headWidth / 2,
            ["F"] = c.Width / 2,
            ["H"] = c.Heads,
            ["G"] = c.KvHeads,
            ["f"] = c.FeedForward,
            ["R"] = c.Lm2.Slots,
            ["C"] = c.Cache,
            ["K"] = c.MemoryTokens,
            ["N"] = c.InfinityFormer.Functions,
            ["M"] = c.InfinityFormer.Samples,
            ["D"] = c.InfinityFormer.Bins,
            ["P"] = c.InfinityFormer.Samples + c.Segment,
        };
    }
}
