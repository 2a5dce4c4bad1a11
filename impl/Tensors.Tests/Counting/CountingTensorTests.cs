using System.Numerics;
using Harness.Tensors.Counting;

namespace Harness.Tensors.Tests.Counting;

/// <summary>Every operation against a count by hand.</summary>
public sealed class CountingTensorTests
{
    private const int Width = 4;

    private readonly CountingEngine _engine = new(Width);

    private CountingTensor X => _engine.Of([2, 3]);

    public static TheoryData<string> Calls => [.. Counts.Keys];

    // Operations, transcendental ones, numbers read and numbers written of x [2,3].
    private static readonly Dictionary<string, (Func<CountingTensor, CountingTensor> Apply, long[] Expected)> Counts = new()
    {
        ["x + x"] = (x => x + x, [6, 0, 12, 6]),
        ["x + row"] = (x => x + Row(x), [6, 0, 6 + 3, 6]),
        ["x - x"] = (x => x - x, [6, 0, 12, 6]),
        ["x * row"] = (x => x * Row(x), [6, 0, 9, 6]),
        ["x / x"] = (x => x / x, [6, 0, 12, 6]),
        ["x + 1"] = (x => x + 1, [6, 0, 6, 6]),
        ["x * 2"] = (x => x * 2, [6, 0, 6, 6]),
        ["x / 2"] = (x => x / 2, [6, 0, 6, 6]),
        ["-x"] = (x => -x, [6, 0, 6, 6]),
        ["Sqrt"] = (CountingTensor.Sqrt, [6, 0, 6, 6]),
        ["Exp"] = (CountingTensor.Exp, [6, 6, 6, 6]),
        ["Log"] = (CountingTensor.Log, [6, 6, 6, 6]),
        ["Tanh"] = (CountingTensor.Tanh, [6, 6, 6, 6]),
        ["Sigmoid"] = (CountingTensor.Sigmoid, [6, 6, 6, 6]),
        ["Softplus"] = (CountingTensor.Softplus, [6, 6, 6, 6]),
        ["Erf"] = (CountingTensor.Erf, [6, 6, 6, 6]),
        ["KeepWithin"] = (x => CountingTensor.KeepWithin(x, x, 0, 1), [12, 0, 12, 6]),
        ["SortOrder"] = (CountingTensor.SortOrder, [12, 0, 6, 6]),
        ["KeepTopK by another"] = (x => CountingTensor.KeepTopK(x, x, 1), [12, 0, 12, 6]),
        ["ScatterAdd"] = (x => CountingTensor.ScatterAdd(x, x, 7), [6, 0, 12, 14]),
        ["Clamp"] = (x => CountingTensor.Clamp(x, 0, 1), [12, 0, 6, 6]),

        // δ², −, exp and two quotients of six numbers; 2v, 2πv and √ of three: 5·6 + 3·3.
        ["NormalDensity"] = (x => NormalDensity(x, Row(x)), [39, 6, 12 + 9 + 6 + 6 + 9 + 3 * 3, 5 * 6 + 3 * 3]),

        // [2,3]·[3,2]: four entries of three products and as many additions.
        ["x xᵀ"] = (x => CountingTensor.MatMul(x, CountingTensor.Permute(x, 1, 0)), [24, 0, 12, 4]),

        // The shared matrix is read once: 5·2·3 + 3·4 read, 5·2·4 written, three terms each.
        ["batch of x, shared weight"] = (x => CountingTensor.MatMul(CountingTensor.Expand(x, 0, 5), Of(x, 3, 4)), [240, 0, 42, 40]),

        // n = 3: three roots, three divisions, (27 − 3)/3 = 8 multiplications and additions; then 2·3² for each of two right sides.
        ["solve"] = (x => CountingTensor.SolvePositiveDefinite(Of(x, 3, 3), Of(x, 3, 2)), [14 + 36, 0, 9 + 6, 6]),
        ["solve a batch with one matrix"] =
            (x => CountingTensor.SolvePositiveDefinite(Of(x, 3, 3), Of(x, 5, 3, 2)), [14 + 5 * 36, 0, 9 + 30, 30]),
        ["solve a batch of matrices"] =
            (x => CountingTensor.SolvePositiveDefinite(Of(x, 5, 3, 3), Of(x, 5, 3, 2)), [5 * (14 + 36), 0, 45 + 30, 30]),
        ["Sum over columns"] = (x => CountingTensor.Sum(x, 1), [6, 0, 6, 2]),
        ["Sum over rows"] = (x => CountingTensor.Sum(x, 0), [6, 0, 6, 3]),
        ["CumulativeSum"] = (CountingTensor.CumulativeSum, [6, 0, 6, 6]),
        ["Softmax"] = (CountingTensor.Softmax, [30, 6, 6, 6]),

        // ȳ p, its sum, ȳ − mean and the product with p.
        ["SoftmaxGradient"] = (x => SoftmaxGradient(x, x), [24, 0, 12 + 6 + 12 + 12, 6 + 2 + 6 + 6]),

        // The first of two rows sees two of three entries, the second all three.
        ["CausalSoftmax"] = (CountingTensor.CausalSoftmax, [25, 5, 6, 6]),
        ["CausalSoftmax of a square"] = (x => CountingTensor.CausalSoftmax(Of(x, 4, 4)), [50, 10, 16, 16]),
        ["KeepTopK"] = (x => CountingTensor.KeepTopK(x, 1), [12, 0, 6, 6]),
        ["Sort rows of 3"] = (CountingTensor.Sort, [12, 0, 6, 6]),
        ["Sort rows of 4"] = (x => CountingTensor.Sort(Of(x, 2, 4)), [16, 0, 8, 8]),
        ["Sort rows of 5"] = (x => CountingTensor.Sort(Of(x, 2, 5)), [30, 0, 10, 10]),
        ["Sort rows of 1"] = (x => CountingTensor.Sort(Of(x, 2, 1)), [0, 0, 2, 2]),

        // Four answers, 0 … 3: two comparisons.
        ["SearchSorted"] = (x => CountingTensor.SearchSorted(x, Of(x, 2, 5)), [20, 0, 16, 10]),
        ["Gather"] = (x => CountingTensor.Gather(x, Of(x, 2, 5)), [0, 0, 16, 10]),
        ["Concat"] = (x => CountingTensor.Concat(0, x, x, x), [0, 0, 18, 18]),
        ["Reshape"] = (x => CountingTensor.Reshape(x, [6]), [0, 0, 0, 0]),
        ["Permute"] = (x => CountingTensor.Permute(x, 1, 0), [0, 0, 0, 0]),
        ["Slice"] = (x => CountingTensor.Slice(x, 1, 1, 2), [0, 0, 0, 0]),
        ["Expand"] = (x => CountingTensor.Expand(x, 1, 9), [0, 0, 0, 0]),
        ["Create"] = (x => x.Engine.Create([1.0, 2.0], [2]), [0, 0, 0, 0]),
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void Operations_are_counted_as_by_hand(string call)
    {
        var (apply, expected) = Counts[call];
        apply(X);
        _engine.Total.Should().Be(new OperationCount(expected[0], expected[1], Width * expected[2], Width * expected[3]));
    }

    [Fact]
    public void Counts_add_up_and_belong_to_the_engine()
    {
        _ = X + X;
        var before = _engine.Total;
        _ = CountingTensor.Exp(X);
        var other = new CountingEngine(2);
        _ = other.Of([100]) * 2;

        (_engine.Total - before).Should().Be(new OperationCount(6, 6, 24, 24));
        (before + (_engine.Total - before)).Should().Be(_engine.Total);
        _engine.Total.BytesMoved.Should().Be(48 + 24 + 48);
        other.Total.Should().Be(new OperationCount(100, 0, 200, 200));
    }

    [Fact]
    public void Sizes_beyond_memory_and_beyond_64_bits_are_counted_exactly()
    {
        var long1 = _engine.Of([1L << 40, 1 << 20]);
        var product = CountingTensor.MatMul(long1, CountingTensor.Permute(long1, 1, 0));
        product.Shape.Should().Equal(1L << 40, 1L << 40);
        _engine.Total.Operations.Should().Be(BigInteger.One << 101);
        _engine.Total.BytesWritten.Should().Be(BigInteger.One << 82);
        CountingTensor.Concat(0, long1, long1).Shape.Should().Equal(1L << 41, 1L << 20);
    }

    [Fact]
    public void What_is_precomputed_is_counted_once()
    {
        var first = _engine.Precomputed(new Sixfold(2))[0];
        _engine.Precomputed(new Sixfold(2))[0].Should().BeSameAs(first);
        _engine.Total.Operations.Should().Be(6);
        _engine.Precomputed(new Sixfold(3));
        _engine.Total.Operations.Should().Be(12);
    }

    [Fact]
    public void What_is_held_is_counted_once_with_its_views()
    {
        IEngine<CountingTensor> engine = _engine;
        var x = X;
        var view = CountingTensor.Slice(CountingTensor.Expand(CountingTensor.Permute(CountingTensor.Reshape(x, [3, 2]), 1, 0), 0, 5), 1, 0, 1);

        engine.Hold(x);
        engine.Hold(view);
        engine.Hold(x + x);
        _engine.HeldBytes.Should().Be(2 * 6 * Width);
        engine.Release(x);
        _engine.HeldBytes.Should().Be(2 * 6 * Width, "the view shows it");
        engine.Release(view);
        _engine.HeldBytes.Should().Be(6 * Width);
    }

    [Fact]
    public void There_are_no_values_unless_one_is_assumed()
    {
        var read = () => X.ToArray();
        read.Should().Throw<NotSupportedException>().WithMessage("ToArray of [2,3]: a counting tensor has no values.*");
        new CountingEngine(Width, assumedValue: 1).Of([3]).ToArray().Should().Equal(1, 1, 1);
    }

    [Fact]
    public void Shapes_are_as_strict_as_on_every_engine()
    {
        var calls = new Func<object>[]
        {
            () => X + _engine.Of([2]), () => CountingTensor.MatMul(X, X), () => CountingTensor.Reshape(X, [5]),
            () => CountingTensor.Concat(0, X, _engine.Of([2, 4])), () => CountingTensor.CausalSoftmax(_engine.Of([3, 2])),
            () => CountingTensor.Softmax(_engine.Of([])), () => CountingTensor.KeepTopK(X, 4), () => _engine.Create([1.0], [2]),
        };
        foreach (var call in calls)
            call.Should().Throw<TensorShapeException>();
    }

    [Fact]
    public void An_extent_beyond_31_bits_is_no_index()
    {
        Shape shape = [3, 1L << 40];
        shape.Extents[1].Should().Be(1L << 40);
        shape[0].Should().Be(3);
        var index = () => shape[1];
        index.Should().Throw<OverflowException>();
        var array = () => shape.ToArrayExtents();
        array.Should().Throw<OverflowException>();
        shape[..1].ToArrayExtents().Should().Equal(3);
    }

    private static T NormalDensity<T>(T deviation, T variance)
        where T : class, ITensor<T> =>
        T.NormalDensity(deviation, variance);

    private static T SoftmaxGradient<T>(T gradient, T p)
        where T : class, ITensor<T> =>
        T.SoftmaxGradient(gradient, p);

    private static CountingTensor Row(CountingTensor x) => Of(x, 3);

    private static CountingTensor Of(CountingTensor like, params int[] extents) => ((CountingEngine)like.Engine).Of(Shape.Create(extents));

    private sealed record Sixfold(double Factor) : IPrecomputation
    {
        public T[] Compute<T>(IEngine<T> engine)
            where T : class, ITensor<T> =>
            [engine.Create(new double[6], [6]) * Factor];
    }
}
