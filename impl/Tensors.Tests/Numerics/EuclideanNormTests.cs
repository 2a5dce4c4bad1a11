using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Numerics;

public class EuclideanNormTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1e-119)]
    [InlineData(1e-121)]
    [InlineData(1e-200)]
    [InlineData(1e-300)]
    [InlineData(1e200)]
    [InlineData(1e307)]
    public void Squares_that_no_double_holds_count(double scale) =>
        EuclideanNorm.Of([3 * scale, 0, -4 * scale]).Should().BeApproximately(5 * scale, 1e-15 * scale);

    [Fact]
    public void What_is_small_beside_the_rest_is_nothing_and_no_values_are_0()
    {
        EuclideanNorm.Of([3, 1e-200, 4, -1e-170]).Should().Be(5);
        EuclideanNorm.Of([1e200, 1, 1e-200]).Should().Be(1e200);
        EuclideanNorm.Of([]).Should().Be(0);
    }

    [Fact]
    public void What_is_not_finite_stays_so()
    {
        EuclideanNorm.Of([1, double.NegativeInfinity]).Should().Be(double.PositiveInfinity);
        EuclideanNorm.Of([double.NaN]).Should().Be(double.NaN);
    }
}
