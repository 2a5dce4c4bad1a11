using System.Numerics;
using Harness.Perf.Configurations;

namespace Harness.Perf.Forms;

/// <summary>The symbols of the closed forms: the papers' letters.</summary>
internal static class Symbols
{
    /// <summary>Batch.</summary>
    public static readonly Polynomial B = Polynomial.Symbol("B");

    /// <summary>Tokens of a segment.</summary>
    public static readonly Polynomial L = Polynomial.Symbol("L");

    /// <summary>Width.</summary>
    public static readonly Polynomial d = Polynomial.Symbol("d");

    /// <summary>Heads.</summary>
    public static readonly Polynomial H = Polynomial.Symbol("H");

    /// <summary>Width of a head, d/H.</summary>
    public static readonly Polynomial dh = d / H;

    /// <summary>Key/value heads of grouped attention.</summary>
    public static readonly Polynomial G = Polynomial.Symbol("G");

    /// <summary>Width of the feed-forward layer.</summary>
    public static readonly Polynomial f = Polynomial.Symbol("f");

    /// <summary>LM2's slots.</summary>
    public static readonly Polynomial R = Polynomial.Symbol("R");

    /// <summary>Heads of LM2's memory.</summary>
    public static readonly Polynomial Hm = Polynomial.Symbol("Hm");

    /// <summary>The ∞-former's basis functions.</summary>
    public static readonly Polynomial N = Polynomial.Symbol("N");

    /// <summary>Samples of the ∞-former's past.</summary>
    public static readonly Polynomial M = Polynomial.Symbol("M");

    /// <summary>Bins of the sticky memory.</summary>
    public static readonly Polynomial D = Polynomial.Symbol("D");

    /// <summary>⌈log₂ M⌉ comparisons sort a sample.</summary>
    public static readonly Polynomial LogM = Polynomial.Symbol("⌈log₂M⌉");

    /// <summary>⌈log₂(D+1)⌉ comparisons find a bin.</summary>
    public static readonly Polynomial LogD = Polynomial.Symbol("⌈log₂(D+1)⌉");

    /// <summary>Cached tokens.</summary>
    public static readonly Polynomial C = Polynomial.Symbol("C");

    /// <summary>Compressed entries.</summary>
    public static readonly Polynomial K = Polynomial.Symbol("K");

    /// <summary>Tokens per compressed entry.</summary>
    public static readonly Polynomial c = Polynomial.Symbol("c");

    /// <summary>Memory tokens.</summary>
    public static readonly Polynomial m = Polynomial.Symbol("m");

    /// <summary>The context: tokens before the segment that is counted.</summary>
    public static readonly Polynomial n = Polynomial.Symbol(Context);

    /// <summary>The name of <see cref="n"/>.</summary>
    public const string Context = "n";

    /// <summary>What the symbols stand for after a context.</summary>
    public static IReadOnlyDictionary<string, BigInteger> Values(Configuration configuration, long context) =>
        new Dictionary<string, BigInteger>(Values(configuration)) { [Context] = context };

    /// <summary>What the symbols stand for, <see cref="n"/> apart.</summary>
    public static IReadOnlyDictionary<string, BigInteger> Values(Configuration configuration) => new Dictionary<string, BigInteger>
    {
        ["B"] = configuration.Batch,
        ["L"] = configuration.Segment,
        ["d"] = configuration.Width,
        ["H"] = configuration.Heads,
        ["G"] = configuration.KvHeads,
        ["f"] = configuration.FeedForward,
        ["R"] = configuration.Lm2.Slots,
        ["Hm"] = configuration.Lm2.Heads,
        ["N"] = configuration.InfinityFormer.Functions,
        ["M"] = configuration.InfinityFormer.Samples,
        ["D"] = configuration.InfinityFormer.Bins,
        ["⌈log₂M⌉"] = Comparisons(configuration.InfinityFormer.Samples),
        ["⌈log₂(D+1)⌉"] = Comparisons(configuration.InfinityFormer.Bins + 1L),
        ["C"] = configuration.Cache,
        ["K"] = configuration.Compressive.Length,
        ["c"] = configuration.Compressive.Rate,
        ["m"] = configuration.MemoryTokens,
    };

    // ⌈log₂ x⌉ is the number of digits of x − 1.
    private static BigInteger Comparisons(long cases) => new BigInteger(cases - 1).GetBitLength();
}
