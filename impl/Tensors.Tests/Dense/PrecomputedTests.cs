using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Tensors.Tests.Dense;

/// <summary>What depends on sizes alone is computed once, in float64, and by nobody who wants to see his own rounding.</summary>
public sealed class PrecomputedTests
{
    [Fact]
    public void Equal_computations_are_computed_once()
    {
        var (first, second, other) = (new Third("once"), new Third("once"), new Third("another"));

        var tensor = Get(DenseEngine<double>.Instance, first);

        Get(DenseEngine<double>.Instance, second).Should().BeSameAs(tensor);
        Get(DenseEngine<double>.Instance, other).Should().NotBeSameAs(tensor);
        (first.Computed, second.Computed, other.Computed).Should().Be((1, 0, 1));
    }

    [Fact]
    public void Float32_rounds_what_float64_computed()
    {
        // ⅓ + ⅓ + ⅓ + … in float64, then rounded; a sum in float32 is off by several units in the last place.
        var found = Get(DenseEngine<float>.Instance, new Third("rounded")).Values[0];

        found.Should().Be((float)(1000 / 3.0));
    }

    [Fact]
    public void It_belongs_to_no_scope()
    {
        DenseTensor<float> tensor;
        using (DenseEngine<float>.Instance.Scope())
        using (DenseEngine<double>.Instance.Scope())
            tensor = Get(DenseEngine<float>.Instance, new Third("outside"));

        tensor.ToArray().Should().HaveCount(1);
        Get(DenseEngine<float>.Instance, new Third("outside")).Should().BeSameAs(tensor);
    }

    [Fact]
    public void The_least_used_make_room()
    {
        var first = new Third("0");
        Get(DenseEngine<DoubleDouble>.Instance, first);
        for (var i = 1; i <= 40; i++)
        {
            Get(DenseEngine<DoubleDouble>.Instance, new Third($"{i}"));
            if (i <= 20)
                Get(DenseEngine<DoubleDouble>.Instance, first);
        }

        var second = new Third("1");
        Get(DenseEngine<DoubleDouble>.Instance, second);
        second.Computed.Should().Be(1);
        first.Computed.Should().Be(1);
        Get(DenseEngine<DoubleDouble>.Instance, first);
        first.Computed.Should().Be(1);
    }

    [Fact]
    public void Engines_that_round_in_their_own_way_compute_it_themselves_each_time()
    {
        var computation = new Third("own");
        IEngine<RoundedTensor<DenseTensor<double>>> engine =
            new FormatEngine<DenseTensor<double>>(DenseEngine<double>.Instance, FloatFormat.BFloat16);
        Get(DenseEngine<double>.Instance, computation);

        Get(engine, computation).Should().NotBeSameAs(Get(engine, computation));

        computation.Computed.Should().Be(3);
    }

    private static T Get<T>(IEngine<T> engine, IPrecomputation computation)
        where T : class, ITensor<T> =>
        engine.Precomputed(computation)[0];

    /// <summary>1000 times ⅓, summed one by one.</summary>
    private sealed class Third(string name) : IPrecomputation
    {
        public int Computed { get; private set; }

        private string Name => name;

        public T[] Compute<T>(IEngine<T> engine)
            where T : class, ITensor<T>
        {
            Computed++;
            var third = engine.Create([DoubleDouble.FromRatio(1, 3)], [1]);
            var sum = third;
            for (var i = 1; i < 1000; i++)
                sum += third;
            return [sum];
        }

        public override bool Equals(object? obj) => obj is Third other && other.Name == Name;

        public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
    }
}
