using System.Numerics;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Tensors.Tests.Numerics;

/// <summary>The vectorised functions against double-double, in units in the last place of the exact value.</summary>
public sealed class VectorFunctionTests
{
    private const int Samples = 100_000;

    public static TheoryData<string, double, double, double> Ranges => new()
    {
        { "Exp", -708, 709, 1.1 },
        { "Exp", -1, 1, 1.1 },
        { "Exp", -1e-9, 1e-9, 1.1 },
        { "Sigmoid", -700, 40, 2.5 },
        { "Sigmoid", -2, 2, 2.5 },
        { "Tanh", -25, 25, 3 },
        { "Tanh", -1, 1, 3 },
        { "Tanh", -1e-5, 1e-5, 3 },
        { "Tanh", -1e-300, 1e-300, 3 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Errors_stay_within_the_documented_units_in_the_last_place(string function, double low, double high, double most)
    {
        var (tensors, exact) = Named(function);
        var random = new Random(11);
        var x = new double[Samples];
        for (var i = 0; i < x.Length; i++)
            x[i] = low + (high - low) * random.NextDouble();

        var y = tensors(DenseEngine<double>.Instance.Create(x, [x.Length])).Values;

        var (worst, at) = (0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            var expected = exact(x[i]);
            var error = Math.Abs((double)(y[i] - expected)) / (Math.BitIncrement(Math.Abs((double)expected)) - Math.Abs((double)expected));
            if (!(error <= worst))
                (worst, at) = (error, x[i]);
        }

        worst.Should().BeLessThanOrEqualTo(most, $"{function}({at:r})");
    }

    [Fact]
    public void The_exponential_underflows_gradually()
    {
        var x = Enumerable.Range(0, 400).Select(i => -708 - 0.1 * i).ToArray();

        var y = Tensor.Exp(DenseEngine<double>.Instance.Create(x, [x.Length])).Values;

        for (var i = 0; i < x.Length; i++)
            y[i].Should().BeApproximately(Math.Exp(x[i]), Math.Max(double.Epsilon, Math.Exp(x[i]) * 3e-16));
        y[^1].Should().Be(0);
    }

    [Theory]
    [InlineData("Exp", double.NegativeInfinity, 0)]
    [InlineData("Exp", double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData("Exp", 0, 1)]
    [InlineData("Exp", 709.8, double.PositiveInfinity)]
    [InlineData("Exp", -1e308, 0)]
    [InlineData("Exp", double.NaN, double.NaN)]
    [InlineData("Sigmoid", double.NegativeInfinity, 0)]
    [InlineData("Sigmoid", double.PositiveInfinity, 1)]
    [InlineData("Sigmoid", 0, 0.5)]
    [InlineData("Sigmoid", double.NaN, double.NaN)]
    [InlineData("Tanh", double.NegativeInfinity, -1)]
    [InlineData("Tanh", double.PositiveInfinity, 1)]
    [InlineData("Tanh", 0, 0)]
    [InlineData("Tanh", 5e-324, 5e-324)]
    [InlineData("Tanh", double.NaN, double.NaN)]
    public void Limits_are_exact(string function, double x, double expected) =>
        Named(function).Tensors(DenseEngine<double>.Instance.Create([x], [1])).Values[0].Should().Be(expected);

    [Theory]
    [InlineData("Exp")]
    [InlineData("Sigmoid")]
    [InlineData("Tanh")]
    public void An_element_s_bits_do_not_depend_on_where_it_lies(string function)
    {
        var (tensors, _) = Named(function);
        var random = new Random(3);
        var x = Enumerable.Range(0, 200_003).Select(_ => 6 * random.NextDouble() - 3).ToArray();
        var whole = tensors(DenseEngine<double>.Instance.Create(x, [x.Length])).Values.ToArray();

        foreach (var (start, length) in new[] { (0, 1), (1, 2), (5, Vector<double>.Count + 1), (77, 1001), (100_000, 16_385), (200_002, 1) })
        {
            tensors(DenseEngine<double>.Instance.Create(x.AsSpan(start, length), [length])).Values.ToArray()
                .Should().Equal(whole[start..(start + length)]);
        }
    }

    private static (Func<Tensor, Tensor> Tensors, Func<DoubleDouble, DoubleDouble> Exact) Named(string function) => function switch
    {
        "Exp" => (Tensor.Exp, DoubleDouble.Exp),
        "Sigmoid" => (Tensor.Sigmoid, DoubleDouble.Sigmoid),
        _ => (Tensor.Tanh, DoubleDouble.Tanh),
    };
}
