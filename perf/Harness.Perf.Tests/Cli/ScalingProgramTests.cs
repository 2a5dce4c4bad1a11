using Harness.Cli;
using Harness.Cli.Terminals;
using Harness.Conformance.Tests;
using Harness.Perf.Results;

namespace Harness.Perf.Tests.Cli;

/// <summary><c>harness perf scaling --exec</c> with programs that do not measure as they should.</summary>
public sealed class ScalingProgramTests : IDisposable
{
    // Speaks the protocol in the words of a shell; what it does at 'measure' follows.
    private const string Honest = """
        while read -r line; do
          id=${line#*'"id":'}; id=${id%%,*}
          case $line in
            *'"cmd":"start"'*) echo "{\"id\":$id,\"status\":\"ok\",\"protocol\":1,\"name\":\"shell\",\"dtypes\":[\"f32\"],\"equations\":[\"lm2.decoder.block\",\"base.attention.softmax\",\"base.txl.relative\"]}" ;;
            *'"cmd":"measure"'*) seconds=0.001 peak=1000
              case $line in MEASURED esac
              echo "{\"id\":$id,\"status\":\"ok\",\"seconds\":[$seconds,$seconds,$seconds,$seconds,$seconds],\"peak_bytes\":$peak}" ;;
            *'"cmd":"stop"'*) echo "{\"id\":$id,\"status\":\"ok\"}"; exit 0 ;;
            *) echo "{\"id\":$id,\"status\":\"unsupported\"}" ;;
          esac
        done
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("seconds=0", "LM2: measure: found seconds [0,0,0,0,0], expected positive numbers")]
    [InlineData("seconds=-1", "LM2: measure: found seconds [-1,-1,-1,-1,-1], expected positive numbers")]
    [InlineData("seconds=null", "LM2: measure: found seconds [null,null,null,null,null], expected positive numbers")]
    [InlineData("seconds=1e999", "LM2: measure: found seconds [1e999,1e999,1e999,1e999,1e999], expected positive numbers")]
    [InlineData("peak=null", "LM2: measure: found peak_bytes null, expected a number of bytes")]
    [InlineData("echo no luck >&2; exit 3", "LM2: exited with code 3")]
    [InlineData("rm -rf \"$TMPDIR\"; exit 3", "LM2: exited with code 3")]
    public void A_wrong_measurement_leaves_its_system_undecided_and_the_others_are_measured(string fault, string reason)
    {
        var (program, results) = (Path.Combine(_folder, "adapter.sh"), Path.Combine(_folder, "scaling.json"));
        File.WriteAllText(program, Honest.Replace("MEASURED", $"*lm2.decoder.block*) {fault} ;;", StringComparison.Ordinal));

        var (code, output, error) = Run(
            "scaling", "--contexts", "128,256", "--systems", "lm2,softmax,txl", "--repeat", "2", "--exec", $"sh {program}", "--json", results);

        (code, error).Should().Be((4, ""));
        output.Should().Contain($"undecided, {reason}");
        var file = PerfJson.Read(results);
        file.Figures.Where(figure => figure.Key.Metric == "segment_time").Select(figure => (figure.Key.Subject, figure.Key.At, figure.Samples!.Count)).Should()
            .BeEquivalentTo([("softmax", 128, 2), ("softmax", 256, 2), ("txl", 128, 2), ("txl", 256, 2)]);
        var verdict = file.Verdicts.Single(each => each is { Subject: "lm2", Metric: "segment_time" });
        verdict.Conclusion.Should().Be("undecided");
        verdict.Text.Should().StartWith(reason["LM2: ".Length..]);
    }

    [Fact]
    public void A_program_that_takes_longer_to_start_is_given_longer_by_the_option_that_is_named()
    {
        var (code, _, error) = Run("scaling", "--contexts", "128,256", "--systems", "lm2", "--exec", "sleep 300", "--start-timeout", "1");
        code.Should().Be(2);
        error.Should().Match("*--exec: start: no answer within 1 s (*); --start-timeout SECONDS gives it longer*");
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(["perf", .. arguments], new Terminal(output, error, isInteractive: false));
        return (code, output.ToString(), error.ToString());
    }
}
