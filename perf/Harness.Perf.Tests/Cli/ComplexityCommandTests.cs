using Harness.Cli;
using Harness.Cli.Commands.Perf;
using Harness.Cli.Terminals;
using Harness.Conformance.Tests;
using Harness.Perf.Complexity;
using Harness.Perf.Configurations;
using Harness.Perf.Results;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Tests.Cli;

/// <summary><c>harness perf complexity</c> as a person uses it.</summary>
public sealed class ComplexityCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_default_counts_everything_and_ends_with_what_was_found()
    {
        var (code, output, error) = Run();

        code.Should().Be(0);
        error.Should().BeEmpty();
        var lines = output.TrimEnd().Split('\n');
        lines[^1].Should().MatchRegex("^([0-9]+) figures counted, \\1 agree$");
        lines.Should().ContainSingle(line => line.StartsWith("softmax: grows linearly: from 1,024 to 1,099,511,627,776 tokens", StringComparison.Ordinal));
        foreach (var system in new[] { "lm2", "inf", "inf-sticky", "txl", "compressive", "rmt" })
        {
            lines.Should().ContainSingle(
                line => line.StartsWith($"{system}: constant from 1,024 to 1,099,511,627,776 tokens", StringComparison.Ordinal), system);
        }
    }

    [Fact]
    public void A_closed_form_stands_with_symbols_numbers_and_the_count()
    {
        var (_, output, _) = Run("--systems", "softmax", "--contexts", "1024,2048,4096");
        output.Should().Contain("state_bytes = w·(2·B·d·n)")
            .And.Contain("= 4·(2·1·32·4096)")
            .And.Contain("= 1,048,576; counted 1,048,576: agree at all 3 contexts");
    }

    [Fact]
    public void The_backward_pass_is_counted_beside_the_forward_one_under_names_of_its_own()
    {
        var path = Path.Combine(_folder, "backward.json");
        var (code, output, error) = Run("--backward", "--systems", "lm2,softmax", "--json", path);

        (code, error).Should().Be((0, ""));
        output.Should().MatchRegex("Operations forward and back, divided by those forward: lm2 2\\.[0-9]{3}, softmax [23]\\.[0-9]{3}\n")
            .And.Contain("lm2: constant from 1,024 to 1,073,741,824 tokens").And.Contain("softmax: grows linearly: ").And.MatchRegex("tape_bytes = [0-9]+·n \\+ [0-9]+\n");
        var file = PerfJson.Read(path);
        file.Figures.Should().OnlyContain(figure => figure.Key.Metric.EndsWith("_with_backward"));
        file.Verdicts.Select(verdict => (verdict.Subject, verdict.Metric, verdict.Conclusion)).Should().Contain(("lm2", "operations_with_backward", "context_independent"));
    }

    [Fact]
    public void All_tokens_are_linear_for_a_memory_and_quadratic_for_the_control()
    {
        var path = Path.Combine(_folder, "full.json");
        var (code, output, error) = Run("--backward", "full", "--systems", "lm2,softmax", "--json", path);

        (code, error).Should().Be((0, ""));
        output.Should().Contain("lm2: linear from 256 to 4,096 tokens: every further one costs ").And.Contain("softmax: not linear: from 256 to 4,096 tokens, 16.0 times as many, ")
            .And.MatchRegex("operations = [0-9/]+·n² \\+ [0-9/]+·n").And.Contain("agree at all 5 contexts");
        PerfJson.Read(path).Verdicts.Select(verdict => (verdict.Subject, verdict.Metric, verdict.Conclusion)).Should().BeEquivalentTo(
        [
            ("lm2", "operations_with_full_backward", "linear"), ("lm2", "tape_bytes_with_full_backward", "linear"),
            ("softmax", "operations_with_full_backward", "grows"), ("softmax", "tape_bytes_with_full_backward", "grows"),
        ]);
    }

    [Fact]
    public void Everything_counted_is_written()
    {
        var path = Path.Combine(_folder, "complexity.json");
        Run("--systems", "lm2,softmax", "--contexts", "2^10,2^40", "--config", "tiny", "--config", "small", "--json", path).Code.Should().Be(0);

        var file = PerfJson.Read(path);
        file.Command.Should().Be("perf complexity --systems lm2,softmax --contexts 2^10,2^40 --config tiny --config small --json " + path);
        file.Figures.Where(figure => figure.Exact is not null).Should().HaveCount(2 * 2 * (2 * 4 + 1));
        file.Figures.Select(figure => figure.Key).Should().OnlyHaveUniqueItems();
        file.Figures.Select(figure => figure.Key.Configuration).Distinct().Should().Equal("tiny", "small");
        file.Verdicts.Should().HaveCount(2 * 2 * 2);
    }

    [Fact]
    public void All_configurations_are_counted_at_contexts_of_whole_segments()
    {
        var (code, output, _) = Run("--config", "all", "--systems", "lm2");
        code.Should().Be(0);
        output.Should().Contain("lm2: constant from 1,024 to").And.Contain("lm2: constant from 2,048 to");
    }

    [Theory]
    [InlineData("--contexts: found 1024 after 2048", "--contexts", "2048,1024")]
    [InlineData("--contexts: found 1000, expected multiples of the 32 tokens of a segment of 'tiny'", "--contexts", "1000")]
    [InlineData("--contexts: found 1024, expected multiples of the 2048 tokens of a segment of 'lm2-1.7b'", "--config", "lm2-1.7b", "--contexts", "1024")]
    [InlineData("--config: found 'huge', expected one of tiny, small, sorting, dialogue, lm2-1.7b", "--config", "huge")]
    [InlineData("--systems: found 'gpt', expected some of lm2, inf, inf-sticky, softmax", "--systems", "lm2,gpt")]
    [InlineData("--dtype: found 'f32,f64', expected one format.", "--dtype", "f32,f64")]
    [InlineData("--backward: found 'half', expected truncated or full.", "--backward", "half")]
    [InlineData("--contexts: found 1099511627776, expected at most 1073741824 tokens with --backward.", "--backward", "--contexts", "2^40")]
    [InlineData("--json: found no folder for", "--json", "nowhere/at/all.json")]
    public void Bad_input_is_named(string message, params string[] args)
    {
        var (code, output, error) = Run(args);
        code.Should().Be(2);
        error.Should().Contain(message);
        output.Should().BeEmpty();
    }

    [Fact]
    public void A_disagreement_is_named_with_both_numbers_and_their_difference()
    {
        var report = ComplexityReport.Count([MemorySystem.All[0]], PublishedConfigurations.Tiny, [1024], FloatFormat.Float32);
        var system = report.Systems[0];
        var wrong = system with { Figures = [system.Figures[0] with { Predicted = system.Figures[0].Counted - 1_000 }, .. system.Figures.Skip(1)] };
        using var output = new StringWriter();
        using var error = new StringWriter();

        ComplexityCommand.WriteAgreement(new Terminal(output, error, isInteractive: false), [report with { Systems = [wrong] }]).Should().BeFalse();

        error.ToString().TrimEnd().Should().MatchRegex(
            "^harness: tiny, lm2, operations after 1,024 tokens: counted [0-9,]+, closed form [0-9,]+, difference 1,000$");
        output.ToString().TrimEnd().Should().Be("5 figures counted, 4 agree");
    }

    [Fact]
    public void A_rate_that_does_not_divide_the_segment_is_refused_where_it_matters()
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
        var (code, _, error) = Run("--config", path);
        code.Should().Be(2);
        error.Should().Contain("\"compressive.rate\" of 'odd': found 5, expected a divisor of the segment's 32");
        Run("--config", path, "--systems", "lm2,txl").Code.Should().Be(0);
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(["perf", "complexity", .. args], new Terminal(output, error, isInteractive: false));
        return (code, output.ToString(), error.ToString());
    }
}
