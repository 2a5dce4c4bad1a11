using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Engines;

/// <content>Element-wise operations and their broadcasts.</content>
public abstract partial class TensorContract<T>
{
    private static readonly Dictionary<string, (Func<T, T, T> Tensors, Func<DoubleDouble, DoubleDouble, DoubleDouble> Numbers)> Binary = new()
    {
        ["+"] = ((a, b) => a + b, (a, b) => a + b),
        ["-"] = ((a, b) => a - b, (a, b) => a - b),
        ["*"] = ((a, b) => a * b, (a, b) => a * b),
        ["/"] = ((a, b) => a / b, (a, b) => a / b),
    };

    private static readonly Dictionary<string, (Func<T, DoubleDouble, T> Tensors, Func<DoubleDouble, DoubleDouble, DoubleDouble> Numbers)>
        WithScalar = new()
        {
            ["+"] = ((a, b) => a + b, (a, b) => a + b),
            ["*"] = ((a, b) => a * b, (a, b) => a * b),
            ["/"] = ((a, b) => a / b, (a, b) => a / b),
        };

    // The domain is where the function is defined and float16 does not overflow.
    private static readonly Dictionary<string, (Func<T, T> Tensors, Func<DoubleDouble, DoubleDouble> Numbers, double Low, double High)> Unary = new()
    {
        ["-"] = (x => -x, x => -x, -3, 3),
        ["Exp"] = (T.Exp, DoubleDouble.Exp, -9, 9),
        ["Log"] = (T.Log, DoubleDouble.Log, 1e-3, 9),
        ["Sqrt"] = (T.Sqrt, DoubleDouble.Sqrt, 0, 9),
        ["Tanh"] = (T.Tanh, DoubleDouble.Tanh, -9, 9),
        ["Sigmoid"] = (T.Sigmoid, DoubleDouble.Sigmoid, -9, 9),
        ["Softplus"] = (T.Softplus, DoubleDouble.Softplus, -9, 9),
        ["Erf"] = (T.Erf, DoubleDouble.Erf, -6, 6),
    };

    public static TheoryData<string> BinaryOperations => [.. Binary.Keys];

    public static TheoryData<string> ScalarOperations => [.. WithScalar.Keys];

    public static TheoryData<string> UnaryFunctions => [.. Unary.Keys];

    [Theory]
    [MemberData(nameof(BinaryOperations))]
    public void Binary_operations_round_once_at_every_extent(string operation)
    {
        var (tensors, numbers) = Binary[operation];
        foreach (var n in Extents)
        {
            var (left, right) = (Random([n], seed: n), Random([n], seed: 1000 + n, 0.5, 2));
            var (a, b) = (Exact(left), Exact(right));
            Check(tensors(left, right), [n], i => Rounded(numbers(a[i], b[i])), $"{n} elements");
        }
    }

    [Theory]
    [MemberData(nameof(BinaryOperations))]
    public void The_right_operand_repeats_over_the_leading_axes(string operation)
    {
        var (tensors, numbers) = Binary[operation];
        Shape shape = [2, 3, 5];
        var left = Random(shape, seed: 1);
        var a = Exact(left);
        foreach (var right in new Shape[] { [], [5], [3, 5], [2, 3, 5] })
        {
            var operand = Random(right, seed: 2, 0.5, 2);
            var b = Exact(operand);
            Check(tensors(left, operand), shape, i => Rounded(numbers(a[i], b[i % b.Length])), $"{shape} {operation} {right}");
        }
    }

    [Theory]
    [MemberData(nameof(BinaryOperations))]
    public void An_empty_operand_gives_an_empty_result(string operation)
    {
        var (tensors, _) = Binary[operation];
        tensors(Zeros([0]), Zeros([0])).Shape.Should().Equal(0);
        tensors(Zeros([2, 0]), Zeros([0])).Shape.Should().Equal(2, 0);
        tensors(Zeros([0, 3]), Zeros([3])).ToArray().Should().BeEmpty();
        tensors(Zeros([0]), Zeros([])).ToArray().Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(ScalarOperations))]
    public void A_constant_is_rounded_once_and_applies_to_every_element(string operation)
    {
        var (tensors, numbers) = WithScalar[operation];
        DoubleDouble third = DoubleDouble.FromRatio(1, 3);
        var constant = Exact(Engine.Create([third], []))[0];
        foreach (var n in Extents)
        {
            var x = Random([n], seed: n);
            var a = Exact(x);
            Check(tensors(x, third), [n], i => Rounded(numbers(a[i], constant)), $"{n} elements");
        }

        tensors(Of([], 1.5), 2).Shape.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(UnaryFunctions))]
    public void Functions_are_accurate_at_every_extent(string function)
    {
        var (tensors, numbers, low, high) = Unary[function];
        foreach (var n in Extents)
        {
            var x = Random([n], seed: n, low, high);
            var a = Exact(x);
            Check(tensors(x), [n], i => OfFunction(numbers(a[i])), $"{n} elements");
        }

        tensors(Of([], 1)).Shape.Should().BeEmpty();
    }

    [Theory]
    [InlineData("Tanh")]
    [InlineData("Erf")]
    [InlineData("Softplus")]
    [InlineData("Sigmoid")]
    [InlineData("Exp")]
    public void Functions_keep_their_relative_accuracy_from_the_smallest_to_the_largest_arguments(string function)
    {
        var (tensors, numbers, _, _) = Unary[function];
        List<double> arguments = [0];
        for (var exponent = -1020; exponent <= 9; exponent++)
            arguments.AddRange([Math.ScaleB(1.37, exponent), -Math.ScaleB(1.61, exponent)]);
        if (function == "Exp")
            arguments.RemoveAll(x => x > 10);

        var input = Row([.. arguments]);
        var a = Exact(input);
        Check(tensors(input), input.Shape, i => OfFunction(numbers(a[i])));
    }

    [Fact]
    public void Functions_saturate_at_extreme_arguments()
    {
        var x = Row(-60000, -1000, 1000, 60000);
        var top = Exact(x)[3].Hi;

        T.Tanh(x).ToArray().Should().Equal(-1, -1, 1, 1);
        T.Erf(x).ToArray().Should().Equal(-1, -1, 1, 1);
        T.Exp(x).ToArray().Should().Equal(0, 0, double.PositiveInfinity, double.PositiveInfinity);
        T.Softplus(x).ToArray().Should().Equal(0, 0, Exact(x)[2].Hi, top);
        T.Sigmoid(x).ToArray().Should().Equal(0, 0, 1, 1);
    }

    [Fact]
    public void Logarithm_and_root_have_their_limits()
    {
        T.Log(Row(0, 1, -1)).ToArray().Should().Equal(double.NegativeInfinity, 0, double.NaN);
        T.Sqrt(Row(0, 4, -1)).ToArray().Should().Equal(0, 2, double.NaN);
        (Row(1, -1, 0) / Row(0, 0, 0)).ToArray()[2].Should().Be(double.NaN);
    }

    [Fact]
    public void Functions_have_their_limits_at_infinity()
    {
        var x = Row(double.NegativeInfinity, double.PositiveInfinity);

        T.Exp(x).ToArray().Should().Equal(0, double.PositiveInfinity);
        T.Log(x).ToArray().Should().Equal(double.NaN, double.PositiveInfinity);
        T.Sqrt(x).ToArray().Should().Equal(double.NaN, double.PositiveInfinity);
        T.Tanh(x).ToArray().Should().Equal(-1, 1);
        T.Sigmoid(x).ToArray().Should().Equal(0, 1);
        T.Softplus(x).ToArray().Should().Equal(0, double.PositiveInfinity);
        T.Erf(x).ToArray().Should().Equal(-1, 1);
        T.Clamp(x, -1, 1).ToArray().Should().Equal(-1, 1);
        T.NormalDensity(x, Row(1, 1)).ToArray().Should().Equal(0, 0);
        (-x).ToArray().Should().Equal(double.PositiveInfinity, double.NegativeInfinity);
        (x + Row(1, double.NegativeInfinity)).ToArray().Should().Equal(double.NegativeInfinity, double.NaN);
        (x * 0).ToArray().Should().Equal(double.NaN, double.NaN);
        (Row(1, 1) / x).ToArray().Should().Equal(0, 0);
    }

    [Fact]
    public void Clamp_replaces_what_is_outside_and_nothing_else()
    {
        var x = Of([2, 3], -5, 0.25, 0.5, 0.75, 1, 9);

        T.Clamp(x, 0.25, 1).ToArray().Should().Equal(0.25, 0.25, 0.5, 0.75, 1, 1);
        T.Clamp(x, 0.5, double.PositiveInfinity).ToArray().Should().Equal(0.5, 0.5, 0.5, 0.75, 1, 9);
        T.Clamp(x, 0, 1).Shape.Should().Equal(2, 3);
    }

    [Fact]
    public void Entries_stay_where_another_tensor_is_within_the_bounds()
    {
        const double NaN = double.NaN, Infinity = double.PositiveInfinity;
        var x = Of([2, 3], 1, 2, NaN, 4, -0.5, NaN);

        T.KeepWithin(x, Of([2, 3], -5, 0.25, 0.5, 1, 1.5, 9), 0.25, 1).ToArray().Should().Equal(0, 2, NaN, 4, 0, 0);
        T.KeepWithin(x, Of([2, 3], NaN, -Infinity, 0, Infinity, -0.0, -1), 0, Infinity).ToArray().Should().Equal(1, 0, NaN, 4, -0.5, 0);
        foreach (var n in Extents)
        {
            var (values, by) = (Random([n], seed: n), Random([n], seed: 1000 + n));
            var (kept, bounds) = (values.ToArray(), by.ToArray());
            T.KeepWithin(values, by, -0.5, 1).ToArray()
                .Should().Equal(kept.Select((value, i) => bounds[i] is >= -0.5 and <= 1 ? value : 0), $"{n} elements");
        }
    }

    [Fact]
    public void Normal_density_is_its_formula()
    {
        foreach (var n in Extents)
        {
            var (deviation, variance) = (Random([n], seed: n), Random([n], seed: 1000 + n, 0.5, 4));
            var (d, v) = (Exact(deviation), Exact(variance));
            Check(T.NormalDensity(deviation, variance), [n], i =>
            {
                var exponent = -(d[i] * d[i]) / (2 * v[i]);
                var expected = DoubleDouble.Exp(exponent) / DoubleDouble.Sqrt(2 * DoubleDouble.Pi * v[i]);

                // Three roundings of the exponent, and outside of it a root (of two roundings, halved) and a quotient beside the function.
                var roundings = (3 * Math.Abs((double)exponent) + 4) * Precision.Roundoff;
                return (expected, Within(roundings + Precision.FunctionRoundoff, expected));
            }, $"{n} elements");
        }
    }

    [Fact]
    public void Gradients_of_a_normal_density_are_their_formulas()
    {
        foreach (var (n, m) in Extents.SelectMany(n => new[] { (n, 1), (n, 3) }))
        {
            T Draw(int seed, double low = -2) => Random([m, n], seed, low);
            var (gradient, density, deviation) = (Draw(n), Draw(n + 1000, 0.1), Draw(n + 2000));
            var variance = Random(m == 1 ? [m, n] : [n], seed: n + 3000, 0.5, 4);
            var (g, y, d, v) = (Exact(gradient), Exact(density), Exact(deviation), Exact(variance));

            Check(T.DeviationGradient(gradient, density, deviation, variance), [m, n], i =>
            {
                var expected = -(g[i] * y[i] * d[i] / v[i % n]);
                return (expected, Within(3 * Precision.Roundoff, expected));
            }, $"deviations, {m} × {n}");
            Check(T.VarianceGradient(gradient, density, deviation, variance), [m, n], i =>
            {
                var (size, scale) = (d[i] * d[i] / v[i % n], g[i] * y[i] / (v[i % n] * 2));
                return (scale * (size - 1), Within(6 * Precision.Roundoff, DoubleDouble.Abs(scale) * (size + 1)));
            }, $"variances, {m} × {n}");
        }
    }

    [Fact]
    public void NaN_is_never_hidden()
    {
        var x = Row(1, double.NaN, 2);
        foreach (var (name, (tensors, _)) in Binary)
        {
            tensors(x, Row(1, 1, 1)).ToArray()[1].Should().Be(double.NaN, name);
            tensors(Row(1, 1, 1), x).ToArray()[1].Should().Be(double.NaN, name);
        }

        foreach (var (name, (tensors, _, _, _)) in Unary)
            tensors(x).ToArray()[1].Should().Be(double.NaN, name);
        T.Clamp(x, 0, 1).ToArray()[1].Should().Be(double.NaN);
        T.Sum(x, 0).ToArray()[0].Should().Be(double.NaN);
        T.CumulativeSum(x).ToArray()[2].Should().Be(double.NaN);
        T.Softmax(x).ToArray().Should().OnlyContain(value => double.IsNaN(value));
        T.MatMul(Of([1, 3], 1, double.NaN, 2), Zeros([3, 1])).ToArray()[0].Should().Be(double.NaN, "0 · NaN");
    }

    [Fact]
    public void Values_and_constants_are_rounded_once()
    {
        if (Precision.Format is not { } format)
            return;

        // Just above halfway between 1 and the next number: rounding to anything in between first makes it a tie, which goes to 1.
        var u = format.UnitRoundoff;
        DoubleDouble[] justAboveHalf = [(DoubleDouble)1 + u + Math.ScaleB(1, -100)];
        DoubleDouble[] justBelowHalf = [(DoubleDouble)1 + 3 * u - Math.ScaleB(1, -100)];

        Engine.Create(justAboveHalf, [1]).ToArray().Should().Equal(1 + 2 * u);
        Engine.Create(justBelowHalf, [1]).ToArray().Should().Equal(1 + 2 * u);
        (Zeros([1]) + justAboveHalf[0]).ToArray().Should().Equal(1 + 2 * u);
        (Row(1) * justBelowHalf[0]).ToArray().Should().Equal(1 + 2 * u);
        if (format != FloatFormat.Float64)
            Row(1 + u + Math.ScaleB(1, -50)).ToArray().Should().Equal(1 + 2 * u);
    }

    private (DoubleDouble Value, double Bound) Rounded(DoubleDouble exact) => (exact, Within(Precision.Roundoff, exact));

    private (DoubleDouble Value, double Bound) OfFunction(DoubleDouble exact) => (exact, Within(Precision.FunctionRoundoff, exact));
}
