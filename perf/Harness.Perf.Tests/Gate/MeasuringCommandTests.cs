using Harness.Perf.Gate;
using Harness.Perf.Results;
using Harness.Perf.Tests.History;

namespace Harness.Perf.Tests.Gate;

/// <summary>Commands that measure, and those that do not.</summary>
public sealed class MeasuringCommandTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public MeasuringCommandTests() => PerfJson.Write(Runs.Night(0, Runs.Time(1)), _folder["a run.json"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Its_results_are_read_from_where_it_was_told_to_write_them() =>
        new MeasuringCommand($"cp '{_folder["a run.json"]}' {{out}}").Run().Should().BeEquivalentTo(Runs.Night(0, Runs.Time(1)));

    // 'perf scaling' ends so where its own verdict is bad: it has measured nevertheless.
    [Fact]
    public void Exit_code_1_with_results_is_a_measurement() =>
        new MeasuringCommand($"sh -c 'cp \"$1\" \"$2\"; exit 1' sh '{_folder["a run.json"]}' {{out}}").Run().Figures.Should().ContainSingle();

    [Theory]
    [InlineData("true {out}", "'true {out}': found no results, expected results at {out}; it said: ")]
    [InlineData("sh -c 'echo too hot >&2; exit 3' {out}", "*found exit code 3, expected results at {out}; it said: too hot")]
    [InlineData("no-such-program {out}", "'no-such-program {out}': cannot be started: *")]
    [InlineData("sh -c 'echo [] > $0' {out}", "*: not perf results of this harness: *")]
    public void A_command_that_does_not_measure_is_named(string command, string message) =>
        FluentActions.Invoking(new MeasuringCommand(command).Run).Should().Throw<FormatException>().WithMessage(message);

    [Fact]
    public void A_command_that_does_not_say_where_its_results_go_is_refused() =>
        FluentActions.Invoking(() => new MeasuringCommand("harness perf scaling")).Should().Throw<FormatException>()
            .WithMessage("found no {out} in 'harness perf scaling', expected it where the path of the results goes, such as: *");
}
