using Harness.Perf.Configurations;
using Harness.Perf.Systems;
using Harness.Tensors;
using Harness.Tensors.Dense;

namespace Harness.Perf.Tests.Systems;

/// <summary>Every system streams at its sizes, and its state grows or does not, as it says.</summary>
public sealed class MemorySystemTests
{
    public static TheoryData<string> Ids => [.. MemorySystems.All.Select(system => system.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void State_grows_only_where_the_system_says_so(string id)
    {
        var system = MemorySystems.All.Single(each => each.Id == id);
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
