using Harness.Perf.Systems;
using Harness.Tensors;
using Harness.Tensors.Counting;

namespace Harness.Perf.Complexity;

/// <summary>Weights without values: gigabytes of random numbers are not drawn for a count.</summary>
internal sealed class CountedWeights(CountingEngine engine) : Weights<CountingTensor>(engine, seed: 0)
{
    protected override CountingTensor Create(Shape shape, Func<double> draw) => engine.Of(shape);
}
