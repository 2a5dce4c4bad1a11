using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Comparison;

public class ComparerTests
{
    private static readonly double U = FloatFormat.Float64.UnitRoundoff;

    [Fact]
    public void The_bound_is_eight_times_the_largest_of_rho_roundoff_and_the_smallest_normal()
    {
        Tolerance.Bound(rho: 1e-12, size: 1, FloatFormat.Float64).Should().Be(8e-12);
        Tolerance.Bound(rho: 0, size: 1, FloatFormat.Float64).Should().Be(8 * U);
        Tolerance.Bound(rho: 1e-320, size: 0, FloatFormat.Float64).Should().Be(8 * FloatFormat.Float64.SmallestNormal);
        Tolerance.Bound(rho: 0, size: 0, FloatFormat.Float64).Should().Be(0);
        Tolerance.Bound(rho: 1e-12, size: 1, FloatFormat.Float64, factor: 2).Should().Be(1.6e-11);
    }

    [Fact]
    public void Every_entry_is_judged_by_its_own_tolerance()
    {
        // The second entry is off by little in absolute terms but by a lot for what it is.
        var figures = Compare(got: [1000, 1e-6 + 1e-12], golden: [1000, 1e-6], rho: [1e-9, 1e-14]);
        figures.Passed.Should().BeFalse();
        figures.Worst[0].Index.Should().Be("[1]");
        figures.WorstShare.Should().BeApproximately(1e-12 / 8e-14, 0.01);
    }

    [Fact]
    public void Numbers_that_are_equal_to_nine_digits_are_shown_with_their_difference()
    {
        Compare(got: [1 + 3e-12], golden: [1], rho: [1e-16]).Describe().Should().StartWith("x[0]: found 1, expected 1 (off by 3E-12): ");
        Compare(got: [1.5], golden: [1], rho: [1e-16]).Describe().Should().StartWith("x[0]: found 1.5, expected 1: ");
    }

    [Fact]
    public void A_structural_zero_must_be_met_exactly_and_either_sign_of_zero_does()
    {
        Compare(got: [1, 1e-300], golden: [1, 0], rho: [0, 0]).WorstShare.Should().Be(double.PositiveInfinity);
        Compare(got: [1, -0.0], golden: [1, 0], rho: [0, 0]).Passed.Should().BeTrue();
    }

    [Fact]
    public void A_column_is_judged_by_its_norm()
    {
        // [2,2] with columns along axis 0: (3,4) and (0,1). An error of 0.1 in the small entry of the first is judged against the norm 5.
        var output = new GoldenOutput([2, 2], Judgement.Columns, 0);
        var figures = Comparer.Compare(
            "C", new TensorData([2, 2], [3.1, 0, 4, 1]), [3, 0, 4, 1], [0.025, 0.025], output, FloatFormat.Float64);
        figures.Worst[0].Should().BeEquivalentTo(
            new Element("[:,0]", Math.Sqrt(3.1 * 3.1 + 16), 5, 0.1, 0.2),
            options => options.Using<double>(context => context.Subject.Should().BeApproximately(context.Expectation, 1e-12)).WhenTypeIs<double>());
        figures.Passed.Should().BeTrue();
    }

    [Fact]
    public void A_column_is_judged_by_its_norm_where_squares_underflow()
    {
        var output = new GoldenOutput([2, 1], Judgement.Columns, 0);
        OutputFigures Found(double first) => Comparer.Compare(
            "C", new TensorData([2, 1], [first, 4e-200]), [3e-200, 4e-200], [1e-214], output, FloatFormat.Float64);

        Found(3.1e-200).Passed.Should().BeFalse();
        Found(3.1e-200).NormError.Should().BeApproximately(0.02, 1e-12);
        Found(3e-200 + 1e-214).Passed.Should().BeTrue();
    }

    [Fact]
    public void Figures_are_given_in_norm_component_and_units_in_the_last_place()
    {
        var ulp = FloatFormat.Float64.Ulp(1);
        var figures = Compare(got: [1, 1 + 3 * ulp, 1 + ulp], golden: [1, 1, 1], rho: [U, U, U]);
        figures.MedianUlp.Should().Be(1);
        figures.MaximumUlp.Should().Be(3);
        figures.MaximumUlpIndex.Should().Be("[1]");
        figures.ComponentError.Should().Be(3 * ulp);
        figures.NormError.Should().BeApproximately(Math.Sqrt(10.0 / 3) * ulp, 1e-20);
    }

    [Fact]
    public void Errors_are_counted_by_their_share_of_the_tolerance()
    {
        // Tolerances of 8: shares 0, 1/128, 1/64, 1/32 and a little, 1, 2, 10⁷; and a zero that is met.
        var figures = Compare(
            got: [0, 1 / 16.0, 1 / 8.0, 0.26, 8, 16, 8e7, 0], golden: new double[8], rho: [1, 1, 1, 1, 1, 1, 1, 0]);
        figures.Spread.Should().BeEquivalentTo(
            new ErrorSpread("[8]", "entries", Zeros: 1, ByRho: 7, SmallestAllowed: 8, LargestAllowed: 8, [2, 2, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1]));
    }

    private static OutputFigures Compare(double[] got, double[] golden, double[] rho) => Comparer.Compare(
        "x", new TensorData([got.Length], got), golden, rho, new GoldenOutput([golden.Length], Judgement.Entries, 0), FloatFormat.Float64);
}
