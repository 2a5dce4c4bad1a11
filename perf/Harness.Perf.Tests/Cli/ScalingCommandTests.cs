using Harness.Cli;
using Harness.Cli.Terminals;
using Harness.Conformance.Tests;
using Harness.Perf.Results;

namespace Harness.Perf.Tests.Cli;

/// <summary><c>harness perf scaling</c> and <c>harness perf fidelity</c> as a person uses them; no test depends on a time.</summary>
public sealed class ScalingCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--contexts: found 1024 after 2048, expected ascending contexts.", "--contexts", "2048,1024")]
    [InlineData("--contexts: found 1000, expected multiples of the 32 tokens of a segment of 'tiny', such as 992 or 1024.", "--contexts", "1000")]
    [InlineData("--config: found 'huge', expected one of tiny, small, sorting, dialogue, lm2-1.7b, or an existing file.", "--config", "huge")]
    [InlineData("--systems: found 'rnn', expected some of lm2, inf, inf-sticky, softmax, txl, compressive, rmt.", "--systems", "lm2,rnn")]
    [InlineData("--dtype: found bf16, expected f32 or f64: the managed engine only emulates 16-bit formats", "--dtype", "bf16")]
    [InlineData("--engine: found 'abacus', expected managed or torch.", "--engine", "abacus")]
    [InlineData("--device: found no --engine torch, which is what it is for.", "--device", "cuda")]
    [InlineData("--repeat: found 0, expected 1 to 200 rounds.", "--repeat", "0")]
    [InlineData("--backward: found 'half', expected truncated or full.", "--backward", "half")]
    [InlineData("--backward: found full beside --exec, expected truncated", "--backward", "full", "--exec", "cat")]
    [InlineData("--contexts: found 1099511627776, expected at most 1073741824 tokens with --backward.", "--backward", "--contexts", "2^40")]
    [InlineData("--budget: found '-1', expected a positive number of seconds, at most 2000000.", "--budget", "-1")]
    [InlineData("--json: found no folder for '/no/such/folder/x.json', expected an existing one.", "--json", "/no/such/folder/x.json")]
    public void What_does_not_exist_is_named_before_anything_runs(string message, params string[] arguments)
    {
        var (code, output, error) = Run(["scaling", .. arguments]);

        code.Should().Be(2);
        output.Should().BeEmpty();
        error.Should().StartWith($"harness: {message}");
    }

    // 2³⁰ tokens of 2048 numbers are 8 TiB of keys alone.
    [Fact]
    public void What_does_not_fit_into_memory_is_said_with_the_bytes_before_anything_is_allocated()
    {
        var (code, _, error) = Run("scaling", "--config", "lm2-1.7b", "--contexts", "2^30");

        code.Should().Be(2);
        error.Should().MatchRegex("^harness: --config lm2-1\\.7b: softmax attention at 1073741824 tokens needs about [0-9]{14,} bytes .* available; ");
    }

    // 2¹⁵ columns, and slots of as many.
    [Theory]
    [InlineData("softmax", "softmax attention")]
    [InlineData("lm2", "LM2")]
    public void Fidelity_does_not_begin_with_what_does_not_fit_either(string system, string title)
    {
        var file = Path.Combine(_folder, "vast.json");
        File.WriteAllText(file, """
            {
              "name": "vast", "source": "a test", "batch": 64, "segment": 65536, "width": 32768, "heads": 64, "kv_heads": 64, "feed_forward": 131072,
              "lm2": { "slots": 65536, "heads": 64 },
              "infinity_former": { "functions": 64, "widths": [0.1], "ridge": 1, "tau": 0.5, "samples": 64, "bins": 4, "variance_floor": 0.01 },
              "cache": 65536, "compressive": { "length": 65536, "rate": 4 }, "memory_tokens": 2
            }
            """);

        var (code, output, error) = Run("fidelity", "--config", file, "--systems", system);

        (code, output).Should().Be((2, ""));
        error.Should().MatchRegex($"^harness: --config vast: {title} at [0-9]+ tokens needs about [0-9]{{12,}} bytes .* available; take a smaller --config");
    }

    [Fact]
    public void What_no_machine_can_hold_is_said_too()
    {
        var (code, _, error) = Run("scaling", "--config", "lm2-1.7b", "--contexts", "2^48");

        code.Should().Be(2);
        error.Should().MatchRegex("^harness: --config lm2-1\\.7b: softmax attention at 281474976710656 tokens needs about 9223372036854775807 bytes .* available; ");
    }

    [Theory]
    [InlineData("scaling")]
    [InlineData("fidelity")]
    public void Sizes_without_a_steady_state_are_refused_where_they_matter(string command)
    {
        var path = Path.Combine(_folder, "odd.json");
        File.WriteAllText(path, """
            {
              "name": "odd", "source": "test", "batch": 1, "segment": 32, "width": 32, "heads": 2, "kv_heads": 1, "feed_forward": 64,
              "lm2": { "slots": 32, "heads": 2 },
              "infinity_former": { "functions": 32, "widths": [0.02, 0.05], "ridge": 0.5, "samples": 32, "tau": 0.5, "variance_floor": 1e-4, "bins": 16 },
              "cache": 32, "compressive": { "length": 32, "rate": 5 }, "memory_tokens": 4
            }
            """);

        var (code, _, error) = Run(command, "--config", path);

        code.Should().Be(2);
        error.Should().StartWith("harness: --config: \"compressive.rate\" of 'odd': found 5, expected a divisor of the segment's 32");
    }

    [Fact]
    public void A_malformed_configuration_is_refused_by_file_and_member()
    {
        var path = Path.Combine(_folder, "sizes.json");
        File.WriteAllText(path, """{ "name": "mine", "sgment": 3 }""");

        var (code, _, error) = Run("scaling", "--config", path);

        code.Should().Be(2);
        error.Should().StartWith($"harness: --config: {path}: not a configuration: ").And.Contain("sgment");
    }

    [Fact]
    public void Too_few_rounds_leave_everything_undecided_and_measured()
    {
        var path = Path.Combine(_folder, "scaling.json");

        var (code, output, error) = Run("scaling", "--contexts", "128,256", "--repeat", "2", "--json", path);

        (code, error).Should().Be((4, ""));
        output.Should().Contain("0 context-independent, 0 growing, 7 undecided").And.Contain("cannot tell: the control (softmax attention) was not found growing");
        var file = PerfJson.Read(path);
        file.Figures.Select(figure => figure.Key).Should().OnlyHaveUniqueItems();
        file.Figures.Where(figure => figure.Key.Metric == "segment_time").Should().HaveCount(7 * 2).And.OnlyContain(figure => figure.Samples!.Count == 2);
        file.Figures.Where(figure => figure.Key.Metric == "share_of_flop_ceiling").Should().HaveCount(7 * 2);
        file.Figures.Where(figure => figure.Key.Suite == "roofline").Select(figure => figure.Unit).Should().Equal("FLOP/s", "B/s");
        file.Verdicts.Where(verdict => verdict.Metric == "segment_time").Should().HaveCount(7).And.OnlyContain(verdict => verdict.Conclusion == "undecided");

        // B·R·d and 2·B·d·n numbers of four bytes.
        State(file, "lm2", 256).Should().Be("4096");
        State(file, "softmax", 256).Should().Be("65536");
    }

    [Theory]
    [InlineData("truncated", "segment_time_with_backward", "state_bytes_with_backward", "a segment after")]
    [InlineData("full", "sequence_time_with_full_backward", "tape_bytes_with_full_backward", "all tokens of")]
    public void With_the_backward_pass_everything_has_a_name_of_its_own(string pass, string time, string state, string heading)
    {
        var path = Path.Combine(_folder, "scaling.json");

        var (code, output, error) = Run("scaling", "--backward", pass, "--contexts", "128,256", "--repeat", "1", "--systems", "lm2,softmax", "--json", path);

        (code, error).Should().Be((4, ""));
        output.Should().Contain(heading);
        var file = PerfJson.Read(path);
        file.Figures.Where(figure => figure.Key.Suite == "scaling").Should().OnlyContain(figure => figure.Key.Metric.EndsWith("_backward"));
        file.Figures.Select(figure => figure.Key.Metric).Should().Contain([time, state]);
        file.Verdicts.Select(verdict => verdict.Metric).Distinct().Should().Equal(time, state);
    }

    [Fact]
    public void A_run_without_the_control_cannot_tell()
    {
        var (code, output, _) = Run("scaling", "--contexts", "128", "--repeat", "1", "--systems", "lm2");

        code.Should().Be(4);
        output.Should().Contain("cannot tell: no control was measured");
    }

    [Fact]
    public void A_budget_that_is_spent_before_the_first_point_says_how_far_it_got()
    {
        var path = Path.Combine(_folder, "scaling.json");

        var (code, output, _) = Run("scaling", "--systems", "lm2,softmax", "--budget", "0.000001", "--json", path);

        code.Should().Be(4);
        output.Should().Contain("LM2: the budget was spent when 0 of 1048576 tokens had been streamed");
        PerfJson.Read(path).Figures.Should().OnlyContain(figure => figure.Key.Suite == "roofline");
    }

    [Fact]
    public void Fidelity_stands_beside_what_a_segment_costs()
    {
        var path = Path.Combine(_folder, "fidelity.json");

        var (code, output, error) = Run("fidelity", "--systems", "txl,lm2", "--updates", "2", "--json", path);

        (code, error).Should().Be((0, ""));
        output.Should().MatchRegex("Transformer-XL +1\\.00 +0\\.00 +0\\.00 +4 KiB").And.MatchRegex("LM2 \\* +1\\.00 ");
        PerfJson.Read(path).Figures.Select(figure => (figure.Key.Subject, figure.Key.At)).Should()
            .Equal(("lm2", 0), ("lm2", 1), ("lm2", 2), ("txl", 0), ("txl", 1), ("txl", 2));
    }

    [Fact]
    public void A_number_of_updates_below_0_is_refused()
    {
        var (code, _, error) = Run("fidelity", "--updates", "-1");

        (code, error.TrimEnd()).Should().Be((2, "harness: --updates: found -1, expected 0 to 1000."));
    }

    private static string? State(PerfFile file, string system, long context) => file.Figures.Single(
        figure => figure.Key.Subject == system && figure.Key.At == context && figure.Key.Metric == "state_bytes").Exact;

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(["perf", .. arguments], new Terminal(output, error, isInteractive: false));
        return (code, output.ToString(), error.ToString());
    }
}
