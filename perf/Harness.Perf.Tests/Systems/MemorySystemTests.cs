using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Perf.Systems;
using Harness.Tensors;
using Harness.Tensors.Dense;

namespace Harness.Perf.Tests.Systems;

/// <summary>Every system streams at its sizes, and its state grows or does not, as it says.</summary>
public sealed class MemorySystemTests
{
    public static TheoryData<string> Ids => [.. MemorySystem.All.Select(system => system.Id)];

    public static TheoryData<string> Undrawn => [.. MemorySystem.All.Select(system => system.Id).Where(id => id != "inf-sticky")];

    // The sticky memory draws its positions from what the weights are drawn from, and goes on with other draws.
    [Theory]
    [MemberData(nameof(Undrawn))]
    public void A_layer_that_takes_up_a_state_goes_on_as_the_one_that_had_it(string id)
    {
        var system = MemorySystem.All.Single(each => each.Id == id);
        var (configuration, engine) = (PublishedConfigurations.Tiny, DenseEngine<float>.Instance);
        IStreamingLayer<DenseTensor<float>> Layer() => system.Create(configuration, new Weights<DenseTensor<float>>(engine, seed: 1));
        var tokens = new Weights<DenseTensor<float>>(engine, seed: 2);
        var (original, other) = (Layer(), Layer());
        for (var n = 0; n < 9; n++)
            original.Advance(tokens.Tokens([configuration.Batch, configuration.Segment, configuration.Width]));

        other.TakeUp([.. original.State.Select(part => engine.Create(part.ToArray(), part.Shape))]);

        var x = tokens.Tokens([configuration.Batch, configuration.Segment, configuration.Width]);
        other.Advance(x).ToArray().Should().Equal(original.Advance(x).ToArray());
        other.StateEntries.Should().Be(original.StateEntries);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void State_grows_only_where_the_system_says_so(string id)
    {
        var system = MemorySystem.All.Single(each => each.Id == id);
        var (configuration, weights) = (PublishedConfigurations.Tiny, new Weights<DenseTensor<float>>(DenseEngine<float>.Instance, seed: 1));
        var layer = system.Create(configuration, weights);
        Shape segment = [configuration.Batch, configuration.Segment, configuration.Width];

        var entries = new List<long>();
        for (var n = 0; n < 8; n++)
        {
            var y = layer.Advance(weights.Tokens(segment));
            y.Shape.Should().Equal(segment);
            y.ToArray().Should().OnlyContain(value => double.IsFinite(value) && Math.Abs(value) < 100);
            entries.Add(layer.StateEntries);
        }

        // Caches and memories are full after the first half.
        if (system.GrowsWithContext)
            entries.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        else
            entries[4..].Should().AllBeEquivalentTo(entries[^1]);
    }
}
