using System.Text.Json;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Perf.Scaling;

namespace Harness.Perf.Tests.Scaling;

/// <summary>Whatever a program answers to <c>measure</c> is a measurement, or is refused in words.</summary>
public sealed class MeasureAnswerTests
{
    [Fact]
    public void A_measurement_is_read()
    {
        var answer = Read("""{"status": "ok", "seconds": [0.5, 1e-9, 3], "peak_bytes": 1000.5, "device": {"a": 1}}""");
        answer.Seconds.Should().Equal(0.5, 1e-9, 3);
        answer.PeakBytes.Should().Be(1000);
    }

    [Theory]
    [InlineData("[0, 1, 1]")]
    [InlineData("[-1, 1, 1]")]
    [InlineData("[1, 1, 1e999]")]
    [InlineData("[1, 1, -1e999]")]
    [InlineData("[1, 1, 1e300]")]
    [InlineData("[1, 1, 5e-324]")]
    [InlineData("[null, 1, 1]")]
    [InlineData("[true, 1, 1]")]
    [InlineData("[1, \"1\", 1]")]
    [InlineData("[1, [1], {}]")]
    public void What_are_no_times_is_refused_with_the_answer(string seconds) =>
        Reading($$"""{"status": "ok", "seconds": {{seconds}}, "peak_bytes": 0}""").Should().Throw<AdapterException>()
            .WithMessage($"measure: found seconds {seconds}, expected positive numbers (1e-12 to 7200 s)");

    [Theory]
    [InlineData("[1, 1]")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{}")]
    public void Another_number_of_times_is_refused_with_the_answer(string seconds) =>
        Reading($$"""{"status": "ok", "seconds": {{seconds}}, "peak_bytes": 0}""").Should().Throw<AdapterException>()
            .WithMessage("measure: found {\"status\": \"ok\", \"seconds\": *}, expected \"seconds\" with 3 times");

    [Theory]
    [InlineData("", "no \"peak_bytes\"")]
    [InlineData(", \"peak_bytes\": null", "peak_bytes null")]
    [InlineData(", \"peak_bytes\": \"1000\"", "peak_bytes \"1000\"")]
    [InlineData(", \"peak_bytes\": -1", "peak_bytes -1")]
    [InlineData(", \"peak_bytes\": 1e999", "peak_bytes 1e999")]
    [InlineData(", \"peak_bytes\": 9223372036854775808", "peak_bytes 9223372036854775808")]
    [InlineData(", \"peak_bytes\": true", "peak_bytes true")]
    public void What_is_no_peak_is_refused(string member, string found) =>
        Reading($$"""{"status": "ok", "seconds": [1, 1, 1]{{member}}}""").Should().Throw<AdapterException>()
            .WithMessage($"measure: found {found}, expected a number of bytes");

    [Fact]
    public void No_measurement_is_unsupported() =>
        Reading("""{"status": "unsupported", "reason": "no clock"}""").Should().Throw<UnsupportedRequestException>()
            .WithMessage("measure: found {\"status\": \"unsupported\", \"reason\": \"no clock\"}, expected status ok");

    private static Func<MeasureAnswer> Reading(string answer) => () => Read(answer);

    private static MeasureAnswer Read(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return MeasureAnswer.Read(document.RootElement, samples: 3);
    }
}
