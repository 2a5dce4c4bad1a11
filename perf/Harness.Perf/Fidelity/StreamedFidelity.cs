using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Perf.Systems;
using Harness.Tensors.Dense;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Perf.Fidelity;

/// <summary>What the state of a streaming layer still says of one segment.</summary>
internal static class StreamedFidelity
{
    /// <summary>Correlation, for a state that is a cache, with compressed entries before it where there are any.</summary>
    public static IReadOnlyList<double> OfCaches(MemorySystem system, Configuration configuration, int updates, int seed)
    {
        var (layer, text) = Full(system, configuration, seed);
        var stored = text.Next();
        layer.Advance(stored);
        var values = new List<double>();
        for (var k = 0; k <= updates; k++)
        {
            values.Add(Likeness.Correlation(stored.ToArray(), Found(layer.State, configuration, k)));
            layer.Advance(text.Next());
        }

        return values;
    }

    /// <summary>Correlation, for a cache of all keys: of those of the segment with what they were at first.</summary>
    public static IReadOnlyList<double> OfKeys(MemorySystem system, Configuration configuration, int updates, int seed)
    {
        var (layer, text) = Full(system, configuration, seed);
        var before = layer.State is [var kept, ..] ? kept.Shape[1] : 0;
        double[] Keys() => Tensor.Slice(layer.State[0], 1, before, configuration.Segment).ToArray();
        layer.Advance(text.Next());
        var first = Keys();
        var values = new List<double>();
        for (var k = 0; k <= updates; k++)
        {
            values.Add(Likeness.Correlation(first, Keys()));
            layer.Advance(text.Next());
        }

        return values;
    }

    /// <summary>Influence, for a state that keeps no copy.</summary>
    public static IReadOnlyList<double> OfRecurrence(MemorySystem system, Configuration configuration, int updates, int seed)
    {
        // The same weights, and all segments the same but for one.
        var ((with, text), (without, _)) = (Full(system, configuration, seed), Full(system, configuration, seed));
        with.Advance(text.Next());
        without.Advance(text.Next());
        double Distance() => Likeness.RelativeDistance(with.State[0].ToArray(), without.State[0].ToArray());
        var first = Distance();
        var values = new List<double>();
        for (var k = 0; k <= updates; k++)
        {
            values.Add(Distance() / first);
            var x = text.Next();
            with.Advance(x);
            without.Advance(x);
        }

        return values;
    }

    /// <summary>The segments after which caches and compressed entries are full, and what comes after them is as it stays.</summary>
    public static long SegmentsUntilFull(Configuration configuration)
    {
        const int SegmentsBeyond = 2;
        return (configuration.Cache + (long)configuration.Compressive.Length * configuration.Compressive.Rate) / configuration.Segment + SegmentsBeyond;
    }

    // A layer whose memories are full, and the text that follows.
    private static (IStreamingLayer<Tensor> Layer, Text Text) Full(MemorySystem system, Configuration configuration, int seed)
    {
        var layer = system.Create(configuration, new Weights<Tensor>(DenseEngine<double>.Instance, seed));
        var text = new Text(configuration, seed);
        for (var n = SegmentsUntilFull(configuration); n > 0; n--)
            layer.Advance(text.Next());
        return (layer, text);
    }

    // The segment that ended k segments ago, as far as the state has it: from the newest token backwards, first the cache, then the
    // compressed entries, each standing for c tokens.
    private static double[] Found(IReadOnlyList<Tensor> state, Configuration configuration, int k)
    {
        var (length, width, rate) = (configuration.Segment, configuration.Width, configuration.Compressive.Rate);
        var found = new double[configuration.Batch * length * width];
        var cache = state.Count > 0 ? state[^1] : null;
        var compressed = state.Count > 1 ? state[0] : null;
        var (cached, entries) = (cache?.Shape[1] ?? 0, compressed?.Shape[1] ?? 0);
        var (cacheValues, entryValues) = (cache?.ToArray(), compressed?.ToArray());
        for (var b = 0; b < configuration.Batch; b++)
        {
            for (var i = 0; i < length; i++)
            {
                var age = (k + 1) * length - 1 - i;
                var entry = entries - 1 - (age - cached) / rate;
                var source = age < cached ? cacheValues.AsSpan((b * cached + cached - 1 - age) * width, width)
                    : entry >= 0 && entryValues is not null ? entryValues.AsSpan((b * entries + entry) * width, width)
                    : default;
                source.CopyTo(found.AsSpan((b * length + i) * width));
            }
        }

        return found;
    }
}
