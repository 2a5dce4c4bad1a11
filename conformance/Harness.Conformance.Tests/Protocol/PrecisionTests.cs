using System.Text.Json;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>What an adapter may state of its precision.</summary>
public sealed class PrecisionTests
{
    private static readonly PrecisionContract Standard = PrecisionContract.Standard;

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"sums": "f32", "regression": "f64", "positions": "f64", "state": "f32"}""")]
    [InlineData("""{"weights": "dtype", "bank": 3}""")]
    public void Nothing_stated_or_more_than_asked_for_is_the_standard(string stated) => Parsed(stated).Should().Be(Standard);

    [Fact]
    public void Each_part_may_be_of_the_dtype()
    {
        Parsed("""{"sums": "dtype"}""").Should().Be(Standard with { Sums = PrecisionLevel.Dtype });
        Parsed("""{"regression": "dtype", "positions": "f32"}""").Should().Be(Standard with { Regression = PrecisionLevel.Dtype });
        Parsed("""{"positions": "dtype", "state": "dtype"}""").Should().Be(Standard with { Positions = PrecisionLevel.Dtype, State = PrecisionLevel.Dtype });
    }

    [Theory]
    [InlineData("\"f32\"", "start: \"precision\": found \"f32\", expected an object, such as {\"state\": \"dtype\"}")]
    [InlineData("null", "start: \"precision\": found null, expected an object, such as {\"state\": \"dtype\"}")]
    [InlineData("[]", "start: \"precision\": found [], expected an object, such as {\"state\": \"dtype\"}")]
    [InlineData("{\"state\": \"bf16\"}", "start: \"precision.state\": found \"bf16\", expected \"f64\", \"f32\", or \"dtype\" for the run's own")]
    [InlineData("{\"sums\": 32}", "start: \"precision.sums\": found 32, expected \"f64\", \"f32\", or \"dtype\" for the run's own")]
    [InlineData("{\"regression\": null}", "start: \"precision.regression\": found null, expected \"f64\", \"f32\", or \"dtype\" for the run's own")]
    [InlineData("{\"positions\": \"F32\"}", "start: \"precision.positions\": found \"F32\", expected \"f64\", \"f32\", or \"dtype\" for the run's own")]
    public void What_is_stated_otherwise_is_one_clear_error(string stated, string error) =>
        FluentActions.Invoking(() => Parsed(stated)).Should().Throw<AdapterException>().WithMessage(error);

    [Fact]
    public void Another_precision_after_a_restart_is_another_program() =>
        Described("""{"state": "dtype"}""").DifferenceFrom(Described("{}"))
            .Should().Be("precision: found 'state: dtype', expected ''");

    [Fact]
    public void What_is_stated_is_noted() =>
        Described("""{"sums": "dtype", "state": "dtype"}""").Notes().Should().Equal("states its precision (sums: dtype, state: dtype): 16-bit tolerances are derived for that");

    private static PrecisionContract Parsed(string stated) => Described(stated).Precision;

    private static AdapterDescription Described(string stated)
    {
        var answer = $$"""{"id": 0, "status": "ok", "protocol": 1, "name": "x", "dtypes": ["bf16"], "equations": ["inf.rollout"], "precision": {{stated}}}""";
        return AdapterDescription.Parse(JsonDocument.Parse(answer).RootElement);
    }
}
