using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Comparison;

/// <summary>What errors say together that none says alone.</summary>
public sealed class WholeTensorTests
{
    private const int Cases = 12;
    private const int Entries = 40;
    private const double Level = 1e-8;
    private static readonly FloatFormat Single = FloatFormat.Float32;
    private static readonly double U = Single.UnitRoundoff;

    // ρ far above the rounding of the result: entry by entry, and in the root mean square, two lost bits are nothing there.
    [Theory]
    [InlineData(1.2)]
    [InlineData(20)]
    public void Lost_bits_show_in_the_last_digits_however_large_rho_is(double rho)
    {
        Fault(rho, (golden, _) => Nearest(golden, 22), (golden, _) => Single.Round(golden)).Should().Be(
            "y: 365 of 365 results end in 2 zero bits, expected at most half of them: as if significands had 22 bits instead of 24");
        Fault(rho, (golden, _) => Nearest(golden, 23), (golden, _) => Single.Round(golden)).Should().EndWith("as if significands had 23 bits instead of 24");
        Fault(rho, (golden, _) => Single.Round(golden), (golden, _) => Single.Round(golden)).Should().BeNull();
    }

    [Fact]
    public void Zeros_that_correct_rounding_leaves_too_are_no_lost_bits()
    {
        // 1 − x with x in [½, 1): the difference is exact, and ends in as many zeros as it lost bits.
        double Difference(double golden) => 1 - Single.Round(1 - golden);
        Fault(4, (golden, _) => Difference(golden), (golden, _) => Difference(golden), size: 0.2).Should().BeNull();
        Fault(4, (golden, _) => Difference(golden), (golden, _) => Single.Round(golden), size: 0.2).Should().Contain("zero bit");
    }

    [Fact]
    public void What_correct_rounding_would_give_is_asked_for_only_where_last_bits_are_suspicious()
    {
        var asked = 0;
        Fault(2, (golden, _) => Single.Round(golden), (golden, _) => asked++);
        asked.Should().Be(0);
    }

    [Fact]
    public void Results_that_are_cut_off_lean_toward_zero()
    {
        // Three operations of the same sign: three ulp at most, half of them on average.
        Fault(2, (golden, random) => TowardZero(golden * (1 - 2 * U * (random.NextDouble() + random.NextDouble()))), (golden, _) => Single.Round(golden))
            .Should().Match("y: errors lean toward zero in 12 of 12 cases, by 1.* ρ on average over 47? entries, expected less than 0.2*: as if results were truncated instead of rounded");
    }

    [Fact]
    public void A_constant_that_is_off_in_every_case_is_honest() =>
        Fault(1.7, (golden, _) => Single.Round(golden * (1 - 0.4 * U)), (golden, _) => Single.Round(golden)).Should().BeNull();

    [Fact]
    public void Errors_of_a_coarser_format_are_too_large()
    {
        // Results have all their bits, what they are made from has not.
        Fault(1.7, (golden, random) => Single.Round(golden * (1 + 5 * U * (2 * random.NextDouble() - 1))), (golden, _) => Single.Round(golden))
            .Should().Match("y: errors are 1.* ρ in the root mean square over 47? entries of 12 cases, expected at most 0.50: * times what rounding to f32 makes, as if significands had 22 bits instead of 24");
    }

    [Fact]
    public void Few_results_say_nothing() =>
        Fault(1.2, (golden, _) => Nearest(golden, 22), (golden, _) => Single.Round(golden), cases: 1).Should().BeNull();

    [Fact]
    public void Few_cases_say_nothing_of_the_size_of_errors() =>
        Fault(1.7, (golden, random) => Single.Round(golden * (1 + 8 * U * (2 * random.NextDouble() - 1))), (golden, _) => Single.Round(golden), cases: PooledErrors.FewestCases - 1)
            .Should().BeNull();

    // All errors of a case are one and the same number, as large as the model has them: the least that a case can say.
    [Fact]
    public void Errors_of_the_model_itself_are_no_fault_though_all_of_a_case_hang_together()
    {
        var random = new Random(1);
        var alarms = Enumerable.Range(0, 2000).Count(_ =>
        {
            var cases = Enumerable.Range(0, Cases).Select(_ =>
            {
                var error = 0.5 * Normal(random) / Math.Sqrt(Enumerable.Range(0, 8).Average(_ => Math.Pow(Normal(random), 2)));
                return new TensorErrors(Entries, error * error, error, 0.1, new int[4], new int[4]);
            });
            return new PooledErrors([.. cases], Single).Fault("y", 0.01) is not null;
        });

        // Of each of the two rules one in a hundred is allowed.
        alarms.Should().BeLessThan(40);
    }

    private static string? Fault(
        double rho, Func<double, Random, double> result, Func<double, Random, double> correct, double size = 1, int cases = Cases)
    {
        var random = new Random(3);
        var errors = Enumerable.Range(0, cases).Select(_ =>
        {
            double[] golden = [.. Enumerable.Range(0, Entries).Select(_ => size * (1 + random.NextDouble()))];
            double[] got = [.. golden.Select(value => result(value, random))];
            return TensorErrors.Of(
                new GoldenOutput([Entries], Judgement.Entries, 0), got, golden, [.. golden.Select(value => rho * U * value)], Single, 1,
                () => [.. golden.Select(value => correct(value, random))])!;
        });
        var pooled = new PooledErrors([.. errors], Single);
        return pooled.LostBits("y", Level) ?? pooled.Fault("y", Level);
    }

    private static double Nearest(double value, int bits) => Math.Round(value * (1 << (bits - 1))) / (1 << (bits - 1));

    private static double TowardZero(double value) => Single.Round(value) is var rounded && rounded > value ? rounded - Single.Ulp(value) : rounded;

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
