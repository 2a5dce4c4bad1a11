using Harness.Perf.Configurations;
using Harness.Perf.Fidelity;
using Harness.Perf.Systems;

namespace Harness.Perf.Tests.Fidelity;

public sealed class FidelityRunTests
{
    // The dialogue's memory at a narrower width: columns are independent of each other, so that the width only averages.
    private static readonly Configuration Dialogue = PublishedConfigurations.Dialogue with { Width = 64, Heads = 4, KvHeads = 4 };

    /// <summary>
    /// Values of the same memory in NumPy, written separately from this code, for three hundred columns of noise averaged over 32 of 512
    /// tokens: they differ from draw to draw by up to 0.04 where little is left.
    /// </summary>
    [Fact]
    public void The_long_term_memory_of_512_functions_forgets_as_an_independent_computation_says()
    {
        double[] expected = [0.99, 0.97, 0.95, 0.86, 0.66, 0.48, 0.34, 0.25];

        var curve = Curve("inf", Dialogue, updates: 7);

        for (var k = 0; k < expected.Length; k++)
            curve[k].Should().BeApproximately(expected[k], 0.06, $"k = {k}");
    }

    [Fact]
    public void A_sticky_memory_forgets_otherwise_than_one_that_samples_evenly()
    {
        var (evenly, sticky) = (Curve("inf", Dialogue, updates: 3), Curve("inf-sticky", Dialogue, updates: 3));

        sticky[0].Should().BeApproximately(evenly[0], 0.02, "nothing has been resampled yet");
        sticky[3].Should().NotBeApproximately(evenly[3], 0.05);
    }

    [Fact]
    public void A_cache_keeps_a_segment_whole_until_it_leaves() =>
        Curve("txl", PublishedConfigurations.Tiny with { Cache = 96 }, updates: 4)
            .Select(value => Math.Round(value, 12)).Should().Equal(1, 1, 1, 0, 0);

    // At rate 1 a compressed entry is its token: the cache holds one segment, the memory the two before it.
    [Fact]
    public void Compression_that_compresses_nothing_loses_nothing_until_it_forgets() =>
        Curve("compressive", PublishedConfigurations.Tiny with { Compressive = new CompressiveSizes(Length: 64, Rate: 1) }, updates: 4)
            .Select(value => Math.Round(value, 12)).Should().Equal(1, 1, 1, 0, 0);

    [Fact]
    public void Compressed_entries_resemble_what_they_are_the_means_of()
    {
        var curve = Curve("compressive", PublishedConfigurations.Small, updates: 5);

        curve[0].Should().BeApproximately(1, 1e-12);
        curve.Skip(1).Take(4).Should().OnlyContain(value => value > 0.7 && value < 0.999);
        curve[5].Should().Be(0);
    }

    [Fact]
    public void Softmax_attention_forgets_nothing() =>
        Curve("softmax", PublishedConfigurations.Tiny, updates: 5).Should().OnlyContain(value => Math.Abs(value - 1) < 1e-12);

    [Theory]
    [InlineData("lm2")]
    [InlineData("rmt")]
    public void Influence_begins_at_1_and_has_changed_after_an_update(string id)
    {
        var curve = Curve(id, PublishedConfigurations.Tiny, updates: 2);

        curve[0].Should().Be(1);
        curve.Skip(1).Should().OnlyContain(value => value > 0 && value < 10 && value != 1);
    }

    // An untrained forget gate is about ½, and some of what it lets go comes back through reading.
    [Fact]
    public void The_bank_lets_go_of_a_segment() => Curve("lm2", PublishedConfigurations.Tiny, updates: 12)[12].Should().BeInRange(0.01, 0.5);

    [Fact]
    public void Figures_carry_the_measure_and_the_number_of_updates()
    {
        var figures = FidelityRun.Figures(FidelityRun.Measure(System("txl"), PublishedConfigurations.Tiny, updates: 1, seed: 1), PublishedConfigurations.Tiny).ToArray();

        figures.Select(figure => (figure.Key.Metric, figure.Key.Axis, figure.Key.At)).Should().Equal(("correlation", "updates", 0L), ("correlation", "updates", 1L));
    }

    private static MemorySystem System(string id) => MemorySystem.All.Single(system => system.Id == id);

    private static IReadOnlyList<double> Curve(string id, Configuration configuration, int updates) =>
        FidelityRun.Measure(System(id), configuration, updates, seed: 1).Values;
}
