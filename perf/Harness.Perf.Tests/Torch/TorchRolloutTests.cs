using Harness.Perf.Configurations;
using Harness.Perf.Engines;
using Harness.Perf.Scaling;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;
using Harness.Tensors.Torch;
using TorchSharp;

namespace Harness.Perf.Tests.Torch;

/// <summary>Long rollouts on libtorch: whatever a step makes, its scope ends it.</summary>
public sealed class TorchRolloutTests
{
    private static readonly Configuration Sizes = new(
        "test", "as small as it gets", Batch: 1, Segment: 2, Width: 4, Heads: 2, KvHeads: 1, FeedForward: 4, new Lm2Sizes(Slots: 2, Heads: 2),
        new InfinityFormerSizes(4, [0.1, 0.3], 0.5, 4, 0.5, 1e-4, 4), Cache: 2, new CompressiveSizes(Length: 2, Rate: 2), MemoryTokens: 1);

    [Theory]
    [InlineData("lm2", 10_000)]
    [InlineData("inf", 10_000)]
    [InlineData("inf-sticky", 10_000)]
    [InlineData("txl", 1_000)]
    [InlineData("compressive", 1_000)]
    [InlineData("rmt", 1_000)]
    public void A_long_rollout_holds_a_constant_number_of_tensors_and_a_state_of_constant_size(string id, int segments)
    {
        var engine = new TorchPerfEngine(TorchEngines.Open(TorchDevice.Cpu, allowsTf32: false), FloatFormat.Float32);
        var stream = ContextStream.Open(MemorySystem.All.Single(system => system.Id == id), Sizes, engine);

        // Until every memory is filled. The state that is looked at is lent to whoever asks, and counts from then on.
        Advance(stream, 100);
        var entries = stream.StateEntries;
        var alive = Alive;
        var checkpoints = Enumerable.Range(0, 10).Select(_ =>
        {
            Advance(stream, segments / 10);
            return Alive;
        });

        checkpoints.Should().AllBeEquivalentTo(alive);
        stream.StateEntries.Should().Be(entries);
    }

    // Made and not yet ended by this thread: what is left to the garbage collector would count, and grow.
    private static long Alive => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static void Advance(ContextStream stream, int segments)
    {
        for (var i = 0; i < segments; i++)
            stream.Advance();
    }
}
