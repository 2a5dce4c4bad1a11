using System.Numerics;
using System.Runtime.CompilerServices;
using Harness.Architectures.Streaming;
using Harness.Perf.Complexity;
using Harness.Perf.Configurations;
using Harness.Perf.Forms;
using Harness.Perf.Results;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Tests.Complexity;

/// <summary>Counts and closed forms come from different sides, the equations' code and the papers, and must meet.</summary>
public sealed class ComplexityReportTests
{
    private static readonly long[] Contexts = [1 << 12, 1 << 20, 1L << 40];

    public static TheoryData<string> Names => [.. Sizes().Select(sizes => sizes.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Closed_forms_agree_with_the_count(string name)
    {
        var configuration = Sizes().Single(sizes => sizes.Name == name);
        var contexts = Contexts.Select(context => context / configuration.Segment * configuration.Segment).ToArray();
        var report = ComplexityReport.Count(MemorySystem.All, configuration, contexts, FloatFormat.Float32);

        report.Figures.Should().HaveCount(MemorySystem.All.Count * (4 * contexts.Length + 1));
        report.Figures.Where(each => !each.Figure.Agrees).Should().BeEmpty();
    }

    [Fact]
    public void The_first_context_of_the_default_is_counted_too()
    {
        var report = ComplexityReport.Count(MemorySystem.All, PublishedConfigurations.Dialogue, [1 << 10], FloatFormat.Float32);
        report.Figures.Should().OnlyContain(each => each.Figure.Agrees);
        report.Systems.Should().OnlyContain(system => system.GrowthOf("operations") == Growth.Undecided);
    }

    [Fact]
    public void Softmax_attention_grows_linearly_and_nothing_else_grows()
    {
        var report = ComplexityReport.Count(MemorySystem.All, PublishedConfigurations.Tiny, Contexts, FloatFormat.Float32);
        foreach (var system in report.Systems)
        {
            foreach (var metric in new[] { "operations", "bytes_moved", "state_bytes" })
                system.GrowthOf(metric).Should().Be(system.System == "softmax" ? Growth.Linear : Growth.Constant, $"{metric} of {system.System}");
        }

        report.Verdicts().Where(verdict => verdict.Conclusion == "grows").Select(verdict => verdict.Subject).Distinct().Should().Equal("softmax");
        report.Verdicts().Where(verdict => verdict.Conclusion == "context_independent").Should().HaveCount(2 * (MemorySystem.All.Count - 1));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void With_the_backward_pass_of_a_segment_only_softmax_attention_grows_and_linearly(string name)
    {
        var configuration = Sizes().Single(sizes => sizes.Name == name);
        long[] contexts = [.. new[] { 2L, 3, 5, 1 << 15 }.Select(segments => segments * configuration.Segment)];
        var report = ComplexityReport.Count(MemorySystem.All, configuration, contexts, FloatFormat.Float32, Pass.Truncated);

        report.Figures.Should().HaveCount(MemorySystem.All.Count * 5 * contexts.Length).And.OnlyContain(each => each.Figure.Agrees);
        foreach (var system in report.Systems)
        {
            foreach (var metric in new[] { "operations", "bytes_moved", "state_bytes", "tape_bytes" })
                system.GrowthOf(metric).Should().Be(system.System == "softmax" ? Growth.Linear : Growth.Constant, $"{metric} of {system.System}");
            system.PerForwardOperation(contexts[^1]).Should().BeInRange(1.5, 3.5, system.System);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Over_all_tokens_every_memory_is_linear_and_softmax_attention_is_not(string name)
    {
        var configuration = Sizes().Single(sizes => sizes.Name == name);
        long[] contexts = [.. new[] { 0L, 1, 3, 7 }.Select(more => (MemorySystem.SegmentsUntilFull(configuration) + more) * configuration.Segment)];
        var report = ComplexityReport.Count(MemorySystem.All, configuration, contexts, FloatFormat.Float32, Pass.Full);

        report.Figures.Should().OnlyContain(each => each.Figure.Agrees);
        foreach (var system in report.Systems)
        {
            foreach (var metric in new[] { "operations", "bytes_moved", "tape_bytes" })
                system.GrowthOf(metric).Should().Be(system.System == "softmax" ? Growth.Other : Growth.Linear, $"{metric} of {system.System}");
        }

        report.Verdicts().Where(verdict => verdict.Conclusion == "linear").Should().HaveCount(2 * (MemorySystem.All.Count - 1));
        report.Verdicts().Where(verdict => verdict.Conclusion == "grows").Select(verdict => verdict.Subject).Distinct().Should().Equal("softmax");
    }

    // By hand: y = x W forward, ȳ Wᵀ and xᵀ ȳ back; held are W and x. The state is doubled, a constant.
    [Fact]
    public void The_backward_pass_of_a_product_is_two_products()
    {
        var sizes = PublishedConfigurations.Tiny;
        var counter = new SegmentCounter(new OneProduct(), sizes, bytesPerElement: 4, Pass.Truncated);

        var count = counter.After(0);

        count.Segment.Operations.Should().Be(3 * 2 * sizes.Segment * sizes.Width * sizes.Width + 1);
        count.TapeBytes.Should().Be(4 * (sizes.Width * sizes.Width + sizes.Segment * sizes.Width));
    }

    [Fact]
    public void Figures_of_different_passes_are_different_series()
    {
        FigureKey[] Keys(Pass pass) =>
            [.. ComplexityReport.Count([MemorySystem.All[0]], PublishedConfigurations.Tiny, [64, 128], FloatFormat.Float32, pass).Records().Select(record => record.Key)];
        Keys(Pass.Forward).Concat(Keys(Pass.Truncated)).Concat(Keys(Pass.Full)).Should().OnlyHaveUniqueItems();
    }

    // By hand: 2^40 keys and as many values of 2048 numbers, four bytes each.
    [Fact]
    public void State_at_a_trillion_tokens_is_exact()
    {
        var report = ComplexityReport.Count(MemorySystem.All, PublishedConfigurations.Lm2Published, [1L << 40], FloatFormat.Float32);
        report.Systems.Single(system => system.System == "softmax").At("state_bytes", 1L << 40).Should().Be(BigInteger.One << (40 + 1 + 11 + 2));
        report.Systems.Single(system => system.System == "lm2").At("state_bytes", 1L << 40).Should().Be(2048 * 2048 * 4);
    }

    [Theory]
    [InlineData("operations")]
    [InlineData("transcendental_operations")]
    [InlineData("bytes_moved")]
    [InlineData("state_bytes")]
    [InlineData("setup_operations")]
    public void A_closed_form_that_is_off_by_one_is_caught(string metric)
    {
        var system = MemorySystem.All[1];
        var form = system.Form(PublishedConfigurations.Tiny);
        var wrong = metric switch
        {
            "operations" => form with { Operations = form.Operations + 1 },
            "transcendental_operations" => form with { Transcendental = form.Transcendental - 1 },
            "bytes_moved" => form with { Moved = form.Moved + 1 },
            "state_bytes" => form with { State = form.State - 1 },
            _ => form with { Setup = form.Setup + 1 },
        };

        var figures = ComplexityReport.Count(system, wrong, PublishedConfigurations.Tiny, Contexts, bytesPerElement: 4).Figures;

        figures.Where(figure => !figure.Agrees).Select(figure => figure.Metric).Distinct().Should().Equal(metric);
        figures.Where(figure => !figure.Agrees).Should().OnlyContain(figure => BigInteger.Abs(figure.Counted - figure.Predicted) <= 4);
    }

    [Fact]
    public void A_system_that_hides_its_growth_is_an_error()
    {
        var hiding = MemorySystem.All.Single(system => system.GrowsWithContext) with { GrowsWithContext = false };
        var count = () => ComplexityReport.Count([hiding], PublishedConfigurations.Tiny, Contexts, FloatFormat.Float32);
        count.Should().Throw<InvalidOperationException>().WithMessage("softmax: found state * still changing after * segments*");
    }

    [Fact]
    public void Bytes_follow_the_width_of_the_format_and_operations_do_not()
    {
        BigInteger At(FloatFormat format, string metric) =>
            ComplexityReport.Count([MemorySystem.All[0]], PublishedConfigurations.Tiny, [1024], format).Systems[0].At(metric, 1024);

        At(FloatFormat.Float64, "bytes_moved").Should().Be(2 * At(FloatFormat.Float32, "bytes_moved"));
        At(FloatFormat.BFloat16, "state_bytes").Should().Be(At(FloatFormat.Float32, "state_bytes") / 2);
        At(FloatFormat.Float64, "operations").Should().Be(At(FloatFormat.Float32, "operations"));
    }

    [Fact]
    public void The_readme_states_the_closed_forms()
    {
        var readme = File.ReadAllText(Path.Combine(SourceFolder(), "../../README.md"));
        foreach (var system in ComplexityReport.Count(MemorySystem.All, PublishedConfigurations.Dialogue, [1 << 20], FloatFormat.Float32).Systems)
        {
            foreach (var form in system.Forms.Where(form => form.Metric is "operations" or "bytes_moved" or "state_bytes"))
                readme.Should().Contain(form.Symbols, $"{form.Metric} of {system.System}");
        }
    }

    [Fact]
    public void Figures_are_stored_as_whole_numbers()
    {
        var report = ComplexityReport.Count([MemorySystem.All[3]], PublishedConfigurations.Tiny, [1L << 40], FloatFormat.Float32);
        var state = report.Records().Single(record => record.Key.Metric == "state_bytes");
        state.Exact.Should().Be($"{BigInteger.One << (40 + 1 + 5 + 2)}");
        state.Unit.Should().Be("B");
        state.Key.At.Should().Be(1L << 40);
        report.Records().Single(record => record.Key.Metric == "arithmetic_intensity").Value.Should().BeInRange(0.5, 50);
    }

    private sealed record OneProduct() : MemorySystem("product", "a product", GrowsWithContext: false)
    {
        internal override StateKind State => StateKind.Recurrence;

        public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
        {
            var w = weights.Matrix(configuration.Width, configuration.Width);
            return new RecurrentLayer<T>(weights.Engine.Create(new double[1], [1]), (x, state) => (T.MatMul(x, w), state * 2));
        }

        internal override ClosedForm Form(Configuration configuration) => throw new NotSupportedException();

        internal override AdapterScenario Scenario(Configuration configuration) => throw new NotSupportedException();
    }

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    /// <summary>The published ones, and sizes among which no two that could be mixed up are equal.</summary>
    private static IEnumerable<Configuration> Sizes()
    {
        var unequal = new Configuration(
            "unequal", "test", Batch: 3, Segment: 10, Width: 24, Heads: 4, KvHeads: 2, FeedForward: 17, new Lm2Sizes(Slots: 7, Heads: 3),
            new InfinityFormerSizes(18, [0.1, 0.2], 0.5, 11, 0.5, 1e-4, 13), Cache: 30, new CompressiveSizes(Length: 9, Rate: 5), MemoryTokens: 6);
        return
        [
            .. PublishedConfigurations.All, unequal,
            unequal with { Name = "bank as long as a segment", Lm2 = new Lm2Sizes(Slots: 10, Heads: 6) },
            unequal with { Name = "bank longer than a segment", Lm2 = new Lm2Sizes(Slots: 23, Heads: 2) },
        ];
    }
}
