using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Numerics;

public sealed class DoubleDoubleFunctionTests
{
    // u² and the smallest step of double, in which results below the normal range are rounded.
    private const double USquared = 1.232595164407831e-32;
    private const double SmallestStep = double.Epsilon;

    private static readonly ILookup<string, (DoubleDouble X, DoubleDouble Y)> Golden = GoldenValues.Rows
        .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(row => row.Split(' '))
        .ToLookup(cells => cells[0], cells => (Pair(cells[1], cells[2]), Pair(cells[3], cells[4])));

    private readonly RandomDoubleDoubles _random = new(seed: 3);

    // The error that the documentation of each function states, in u²; the golden value's own rounding is at most ½ u².
    public static TheoryData<string, Func<DoubleDouble, DoubleDouble>, double> Functions => new()
    {
        { nameof(DoubleDouble.Exp), DoubleDouble.Exp, 4 },
        { nameof(DoubleDouble.Expm1), DoubleDouble.Expm1, 8 },
        { nameof(DoubleDouble.Log), DoubleDouble.Log, 8 },
        { nameof(DoubleDouble.Log1p), DoubleDouble.Log1p, 8 },
        { nameof(DoubleDouble.Sqrt), DoubleDouble.Sqrt, 25.0 / 8 },
        { nameof(DoubleDouble.Tanh), DoubleDouble.Tanh, 8 },
        { nameof(DoubleDouble.Sigmoid), DoubleDouble.Sigmoid, 8 },
        { nameof(DoubleDouble.Softplus), DoubleDouble.Softplus, 8 },
        { nameof(DoubleDouble.Erf), DoubleDouble.Erf, 8 },
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void Golden_values_are_met_within_the_documented_error(string name, Func<DoubleDouble, DoubleDouble> function, double bound)
    {
        Golden[name].Should().HaveCountGreaterThan(40);
        foreach (var (x, expected) in Golden[name])
        {
            var actual = function(x);
            var error = (double)DoubleDouble.Abs(actual - expected);
            var allowed = bound * USquared * Math.Abs(expected.Hi) + 2 * SmallestStep;
            error.Should().BeLessThanOrEqualTo(allowed, "{0}({1}) is {2}, found {3}", name, x, expected, actual);
        }
    }

    // The error that the documentation states, absolute: 8 u²·max(1, |x|), and for a small sine relative to it.
    [Theory]
    [InlineData("Sin")]
    [InlineData("Cos")]
    public void Sine_and_cosine_are_within_the_documented_error(string name)
    {
        Golden[name].Should().HaveCountGreaterThan(100);
        foreach (var (x, expected) in Golden[name])
        {
            var (sin, cos) = DoubleDouble.SinCos(x);
            var actual = name == "Sin" ? sin : cos;
            var size = name == "Sin" && Math.Abs(x.Hi) <= Math.PI / 4 ? Math.Abs(expected.Hi) : Math.Max(1, Math.Abs(x.Hi));
            ((double)DoubleDouble.Abs(actual - expected)).Should().BeLessThanOrEqualTo(
                8 * USquared * size + 2 * SmallestStep, "{0}({1}) is {2}, found {3}", name, x, expected, actual);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1.2e15)]
    public void Sine_and_cosine_of_what_is_no_angle_are_not_numbers(double x)
    {
        var (sin, cos) = DoubleDouble.SinCos(x);
        (DoubleDouble.IsNaN(sin) && DoubleDouble.IsNaN(cos)).Should().BeTrue();
    }

    [Fact]
    public void Constants_are_rounded_correctly()
    {
        var golden = Golden["Constant"].Select(row => row.Y);
        golden.Should().Equal(DoubleDouble.Pi, DoubleDouble.E, DoubleDouble.Ln2);
        (DoubleDouble.Zero == 0 && DoubleDouble.One == 1).Should().BeTrue();
    }

    [Fact]
    public void Erf_next_to_one_is_within_4_squared_roundoffs()
    {
        foreach (var (x, expected) in Golden[nameof(DoubleDouble.Erf)].Where(row => Math.Abs(row.X.Hi) > 3))
            ((double)DoubleDouble.Abs(DoubleDouble.Erf(x) - expected)).Should().BeLessThanOrEqualTo(4 * USquared, "of erf {0}", x);
    }

    public static TheoryData<string, Func<DoubleDouble, DoubleDouble>, double, double, double> Limits => new()
    {
        { nameof(DoubleDouble.Exp), DoubleDouble.Exp, 0, 1, double.PositiveInfinity },
        { nameof(DoubleDouble.Expm1), DoubleDouble.Expm1, -1, 0, double.PositiveInfinity },
        { nameof(DoubleDouble.Log), DoubleDouble.Log, double.NaN, double.NegativeInfinity, double.PositiveInfinity },
        { nameof(DoubleDouble.Log1p), DoubleDouble.Log1p, double.NaN, 0, double.PositiveInfinity },
        { nameof(DoubleDouble.Sqrt), DoubleDouble.Sqrt, double.NaN, 0, double.PositiveInfinity },
        { nameof(DoubleDouble.Tanh), DoubleDouble.Tanh, -1, 0, 1 },
        { nameof(DoubleDouble.Sigmoid), DoubleDouble.Sigmoid, 0, 0.5, 1 },
        { nameof(DoubleDouble.Softplus), DoubleDouble.Softplus, 0, double.NaN, double.PositiveInfinity },
        { nameof(DoubleDouble.Erf), DoubleDouble.Erf, -1, 0, 1 },
    };

    /// <param name="name">The function's name, for the list of tests.</param>
    /// <param name="function">The function.</param>
    /// <param name="atMinus">At −∞ and at the most negative double.</param>
    /// <param name="atZero">At 0; NaN where that is no special value.</param>
    /// <param name="atPlus">At +∞.</param>
    [Theory]
    [MemberData(nameof(Limits))]
    public void Limits_are_exact_and_finite_parts_never_become_NaN(
        string name, Func<DoubleDouble, DoubleDouble> function, double atMinus, double atZero, double atPlus)
    {
        function(DoubleDouble.NegativeInfinity).Equals(atMinus).Should().BeTrue($"{name}(-inf)");
        function(double.MinValue).Equals(atMinus).Should().BeTrue($"{name}(-max)");
        function(DoubleDouble.PositiveInfinity).Equals(atPlus).Should().BeTrue($"{name}(inf)");
        DoubleDouble.IsNaN(function(double.MaxValue)).Should().BeFalse();
        DoubleDouble.IsNaN(function(DoubleDouble.NaN)).Should().BeTrue($"{name}(NaN)");
        if (!double.IsNaN(atZero))
            function(0).Equals(atZero).Should().BeTrue($"{name}(0)");
    }

    [Fact]
    public void Softplus_at_zero_is_ln_2() =>
        ((double)DoubleDouble.Abs(DoubleDouble.Softplus(0) / DoubleDouble.Ln2 - 1)).Should().BeLessThan(8 * USquared);

    [Theory]
    [InlineData(709.782712893384, false)]
    [InlineData(709.7827128933841, true)]
    [InlineData(710.5, true)]
    public void Exp_overflows_where_double_does(double x, bool overflows) =>
        double.IsPositiveInfinity(DoubleDouble.Exp(x).Hi).Should().Be(overflows);

    [Fact]
    public void Exp_falls_gradually_to_zero()
    {
        DoubleDouble.Exp(-745.1).Hi.Should().Be(double.Epsilon);
        DoubleDouble.Exp(-745.2).Hi.Should().Be(0);
        DoubleDouble.Exp(-746.1).Hi.Should().Be(0);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-double.Epsilon)]
    public void Log_below_zero_is_not_a_number(double x) => DoubleDouble.IsNaN(DoubleDouble.Log(x)).Should().BeTrue();

    [Fact]
    public void Log1p_of_minus_one_is_minus_infinity() =>
        DoubleDouble.Log1p(-1).Hi.Should().Be(double.NegativeInfinity);

    // Each identity: the two sides' documented errors, propagated, in u² of the right-hand side.
    [Fact]
    public void Exp_turns_sums_into_products()
    {
        for (var draw = 0; draw < 2_000; draw++)
        {
            var (a, b) = (Value(-300, 300), Value(-300, 300));
            // The rounding of a + b, ½ ulp to 3u²·|a + b|, is an absolute error of the exponent.
            var bound = 4 + 4 + 4 + 4 + 3 * Math.Abs((a + b).Hi);
            ShouldAgree(DoubleDouble.Exp(a + b), DoubleDouble.Exp(a) * DoubleDouble.Exp(b), bound, "exp");
        }
    }

    [Fact]
    public void Log_undoes_Exp()
    {
        for (var draw = 0; draw < 2_000; draw++)
        {
            var x = Value(-300, 300);
            // A relative error of 4u² in e^x is an absolute one in its logarithm.
            ShouldAgree(DoubleDouble.Log(DoubleDouble.Exp(x)), x, 8 + 4 / Math.Abs(x.Hi), "log exp");
        }
    }

    [Fact]
    public void Log1p_undoes_Expm1_down_to_the_smallest_arguments()
    {
        for (var draw = 0; draw < 2_000; draw++)
        {
            var x = _random.Between(-900, 3);
            // d ln(1 + y) = dy/(1 + y), so 8u² of y = e^x − 1 become 8u²·(1 − e^−x)/x of x.
            var amplification = x.Hi < -1e-3 ? Math.Abs(Math.Exp(-x.Hi) - 1) / -x.Hi : 1.001;
            ShouldAgree(DoubleDouble.Log1p(DoubleDouble.Expm1(x)), x, 8 + 8 * amplification, "log1p expm1");
        }
    }

    [Fact]
    public void Odd_functions_are_odd_and_complements_add_up()
    {
        for (var draw = 0; draw < 2_000; draw++)
        {
            var x = Value(-9, 9);
            (DoubleDouble.Erf(-x) == -DoubleDouble.Erf(x)).Should().BeTrue();
            (DoubleDouble.Tanh(-x) == -DoubleDouble.Tanh(x)).Should().BeTrue();
            ShouldAgree(DoubleDouble.Sigmoid(x) + DoubleDouble.Sigmoid(-x), 1, 8 + 3, "sigmoid");
            // softplus(x) − softplus(−x) = x: errors are relative to the two terms.
            var terms = DoubleDouble.Softplus(x).Hi + DoubleDouble.Softplus(-x).Hi;
            ShouldAgree(DoubleDouble.Softplus(x) - DoubleDouble.Softplus(-x), x, 3 + 8 * terms / Math.Abs(x.Hi), "softplus");
        }
    }

    [Fact]
    public void Tanh_is_a_rescaled_Sigmoid()
    {
        for (var draw = 0; draw < 2_000; draw++)
        {
            var x = Value(0.5, 20);
            // 2σ(2x) − 1: an error of 8u² of 2σ ≤ 2, relative to a result of at least tanh ½ = 0.46.
            ShouldAgree(2 * DoubleDouble.Sigmoid(2 * x) - 1, DoubleDouble.Tanh(x), 8 + 3 + 8 * 2 / 0.46, "tanh");
        }
    }

    [Fact]
    public void Erf_has_the_derivative_of_a_Gaussian()
    {
        // erf(x + h) − erf(x − h) = 2h·erf'(x)·(1 + (2x² − 1)·h²/3 + O(h⁴)), across the table's steps too.
        const double h = 1e-6;
        for (var draw = 0; draw < 500; draw++)
        {
            var x = Value(-4, 4);
            var slope = 2 * DoubleDouble.Exp(-x * x) / DoubleDouble.Sqrt(DoubleDouble.Pi);
            var secant = (DoubleDouble.Erf(x + h) - DoubleDouble.Erf(x - h)) / (2 * (DoubleDouble)h);
            // (2x² − 1)/3 ≤ 11 at |x| = 4, h⁴ terms below 1e-21; 16u² of values up to 1 over 2h leave 1e-25.
            var curvature = (2 * x * x - 1) / 3 * h * h;
            ((double)DoubleDouble.Abs(secant - slope * (1 + curvature))).Should().BeLessThan(1e-21);
        }
    }

    private static DoubleDouble Pair(string hi, string lo) => (DoubleDouble)double.Parse(hi) + double.Parse(lo);

    private static void ShouldAgree(DoubleDouble left, DoubleDouble right, double bound, string what)
    {
        var error = (double)DoubleDouble.Abs(left - right);
        error.Should().BeLessThanOrEqualTo(bound * USquared * Math.Abs(right.Hi), "{0}: {1} against {2}", what, left, right);
    }

    // A random double, and something below its last bit.
    private DoubleDouble Value(double low, double high)
    {
        var hi = _random.Uniform(low, high);
        return (DoubleDouble)hi + hi * _random.Uniform(-1, 1) * 1e-16;
    }
}
