using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Mistakes.Sizes;
using Harness.Conformance.Running;
using Harness.Conformance.Tests.Mutants;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.FreshInputs;

public sealed class SizeTests : IDisposable
{
    private const int SeedsOfAll = 10;
    private const int SeedsOfDear = 100;
    private const double MostOfTheOrdinary = 0.6;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Equations => [.. EquationCatalogue.Forward.Select(equation => equation.Id)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Equations))]
    public void Every_axis_reaches_every_band(string id)
    {
        var equation = EquationCatalogue.Find(id)!;
        foreach (var axis in SizeAxis.Of(equation))
        {
            foreach (var size in axis.Bands.Select(band => band[^1]))
            {
                var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float32, new Random(1), new Sizes((axis.Symbol, size)));

                var outputs = InputValidator.Validate(equation, attributes, inputs);
                outputs.Values.Concat(inputs.Values.Select(input => input.Shape)).SelectMany(shape => shape).Concat(Whole(attributes))
                    .Should().Contain(extent => extent == size || extent == 2 * size || extent % size == 0, "{0} {1}={2}", id, axis.Symbol, size);
            }
        }
    }

    private const string TensorOfMillions = "lm2.bank.identity_matrix";

    [Fact]
    public void Ten_seeds_in_a_row_ask_for_every_band_of_every_axis_and_every_pair_and_a_hundred_where_that_is_dear()
    {
        foreach (var equation in EquationCatalogue.All)
        {
            var asked = Enumerable.Range(123, equation.Composition is null ? SeedsOfAll : SeedsOfDear).SelectMany(seed => SizeChoice.Sample.Of(equation, seed)).ToArray();

            foreach (var axis in SizeAxis.Of(equation))
                axis.Bands.Should().OnlyContain(band => asked.Any(sizes => sizes.Symbols.Count() == 1 && band.Contains(sizes[axis.Symbol] ?? 0)), "{0} {1}", equation, axis.Symbol);
            if (equation.Composition is null && equation.Differentiated is null && equation.Id != TensorOfMillions)
                SizeAxis.PairsOf(equation).Select(sizes => sizes.ToString()).Except(asked.Select(sizes => sizes.ToString())).Should().BeEmpty("{0}", equation);
        }
    }

    [Theory]
    [InlineData("plain-loops-and-native-functions")]
    [InlineData("reversed-sums")]
    [InlineData("pairwise-sums")]
    [InlineData("interleaved-sums")]
    [InlineData("sums-of-eight")]
    [InlineData("fused-multiply-add")]
    public void Whatever_the_order_sums_of_a_thousand_terms_need_little_of_the_tolerance(string variation)
    {
        (string Equation, Sizes Sizes)[] sums =
        [
            ("lm2.gate.input", new Sizes(("d", 257))), ("block.swiglu", new Sizes(("f", 1025))), ("block.rms_norm", new Sizes(("d", 1025))),
            ("lm2.attention.weights", new Sizes(("R", 1025))), ("lm2.attention.retrieve", new Sizes(("R", 1025))),
            ("inf.regression.coefficients", new Sizes(("P", 1025))), ("block.rms_norm.vjp", new Sizes(("T", 1025))),
        ];
        foreach (var (id, sizes) in sums)
        {
            foreach (var format in new[] { FloatFormat.Float64, FloatFormat.Float32 })
            {
                var fresh = FreshCase.Draw(EquationCatalogue.Find(id)!, format, seed: 1, sizes)!;
                var answer = HonestVariations.ByName[variation].Run(new EquationRequest(id, format, fresh.Attributes, fresh.Inputs))!;

                Comparer.Compare(answer, fresh.Expected.Shapes, fresh.Expected.Golden, name => fresh.Expected.Rho[name], format, 1)
                    .Should().OnlyContain(output => output.WorstShare < MostOfTheOrdinary, "{0} {1} {2}", id, sizes, format);
            }
        }
    }

    [Fact]
    public void Heads_come_in_groups()
    {
        var equation = EquationCatalogue.Find("block.attention.causal")!;
        Sizes[] all = [Sizes.Any, new Sizes(("T", 65)), new Sizes(("H", 16))];
        foreach (var sizes in all)
        {
            Enumerable.Range(0, 40).Select(seed => InputSampler.Draw(equation, FloatFormat.Float32, new Random(seed), sizes).Attributes)
                .Should().Contain(drawn => drawn.Integer("kv_heads") > 1 && drawn.Integer("kv_heads") < drawn.Integer("heads"), "{0}", sizes);
        }
    }

    [Fact]
    public void A_case_of_a_size_is_the_same_in_both_formats_and_explained_by_its_id()
    {
        var equation = EquationCatalogue.Find("lm2.align")!;
        var wide = FreshCase.Draw(equation, FloatFormat.Float64, seed: 3, new Sizes(("T", 65)))!;

        FreshCase.Draw(equation, FloatFormat.Float32, seed: 3, new Sizes(("T", 65)))!.Inputs["X"].Values.Should().Equal(wide.Inputs["X"].Values);
        var explained = ExplainedCase.Find(RepositoryFixtures.Set, "lm2.align/fresh-T=65", FloatFormat.Float64, seed: 3)!;
        explained.Inputs["X"].Values.Should().Equal(wide.Inputs["X"].Values);
        explained.Inputs["X"].Shape[1].Should().Be(65);
        ExplainedCase.Find(RepositoryFixtures.Set, "lm2.align/fresh-Q=65", FloatFormat.Float64, seed: 3).Should().BeNull();
    }

    // Where the attention is causal T is R, and where it is not T is small.
    [Fact]
    public void What_else_differs_between_two_sizes_is_not_taken_for_the_size()
    {
        var wrong = Wrong("lm2.attention.weights", (request, weights) => request.Inputs["Q"].Shape[1] is > 16 and var tokens && tokens % 16 != 0 ? weights / 2 : weights);

        var findings = Findings(wrong, SizeChoice.Parse("lm2.attention.weights:R=65;lm2.attention.weights:T=65"));

        findings.Should().Contain(finding => finding.Contains("passes up to T=16, fails from T=17 on", StringComparison.Ordinal));
        findings.Should().NotContain(finding => finding.Contains("fails from R=", StringComparison.Ordinal) && !finding.Contains("up to R=16,", StringComparison.Ordinal));
    }

    [Fact]
    public void What_loses_bits_everywhere_is_not_wrong_by_its_size()
    {
        var wrong = Wrong("inf.attention.project", (_, value) => Math.ScaleB(Math.Round(Math.ScaleB(value, 19 - Math.ILogB(value))), Math.ILogB(value) - 19));

        Findings(wrong, SizeChoice.Boundary).Should().NotContain(finding => finding.Contains("passes up to", StringComparison.Ordinal));
    }

    private static Mutant Wrong(string equation, Func<EquationRequest, double, double> edit) => new(equation, "wrong", "wrong", request =>
        new ReferenceImplementation().Run(request)!.ToDictionary(
            output => output.Key, output => new TensorData(output.Value.Shape, Array.ConvertAll(output.Value.Values, value => value == 0 ? 0 : edit(request, value)))));

    private static string[] Findings(Mutant wrong, SizeChoice sizes) => new Verifier(
        wrong, RepositoryFixtures.Set, new VerifyOptions { EquationGlob = wrong.Equation, Sizes = sizes, Formats = [FloatFormat.Float32], Seed = 1 }).Run().Traced.SelectMany(traced => traced.Findings).ToArray();

    [Theory]
    [InlineData("lm2.align/tail-of-64-dropped-R", "passes up to R=64, fails at R=65, 127, 129, 255, 257, 511, …, but not at 128, 256, 512: right beyond 64 are multiples of 64 alone")]
    [InlineData("lm2.gate.input/only-16-B", "passes up to B=16, fails from B=17 on")]
    [InlineData("lm2.gate.forget/last-tile-of-16-lost-T", "wrong are multiples of 16")]
    public void What_breaks_from_a_size_on_is_told_the_size(string mistake, string expected)
    {
        var wrong = new Mutant(SizeMistakes.All.Single(candidate => candidate.Name == mistake));
        var options = new VerifyOptions { EquationGlob = wrong.Equation, Sizes = SizeChoice.Boundary, Formats = [FloatFormat.Float32], Seed = 1 };

        var report = new Verifier(wrong, RepositoryFixtures.Set, options).Run();

        report.Checks.Where(check => check.Kind != CheckKind.Fresh).Should().OnlyContain(check => check.Verdict == Verdict.Passed || check.Verdict == Verdict.NotJudged);
        report.Failed.Should().BePositive();
        report.Traced.Single().Findings[0].Should().Contain(expected);
    }

    [Theory]
    [InlineData("lm2.align/tail-of-64-dropped-R")]
    [InlineData("block.gelu/tail-of-256-dropped-T")]
    [InlineData("lm2.attention.weights/padding-to-32-takes-part-R")]
    [InlineData("lm2.attention.weights/index-wraps-at-8-H")]
    [InlineData("inf.attention.scores/index-wraps-at-4-H-of-K")]
    [InlineData("lm2.readout.skip/index-wraps-at-65536-entries")]
    [InlineData("inf.signal.evaluate/index-of-8-bits-N-of-C")]
    [InlineData("lm2.align.vjp/tail-of-64-dropped-T")]
    public void One_of_ten_seeds_in_a_row_finds(string mistake)
    {
        var wrong = SizeMistakes.All.Single(candidate => candidate.Name == mistake);
        var equation = EquationCatalogue.Find(wrong.Equation)!;

        Enumerable.Range(40, SeedsOfAll).SelectMany(seed => SizeChoice.Sample.Of(equation, seed).Select(sizes => FreshCase.Draw(equation, FloatFormat.Float32, seed, sizes)))
            .OfType<FreshCase>().Should().Contain(fresh => IsRejected(wrong, fresh));
    }

    [Theory]
    [InlineData("""{"lm2.*": {"T": 1000, "d": 64}}""", "lm2.*:T=1000,d=64")]
    [InlineData("""{"lm2.align": {"T": 5}, "inf.*": {"L": 40}}""", "lm2.align:T=5;inf.*:L=40")]
    public void Sizes_of_ones_own_are_read_and_remembered(string json, string expected)
    {
        var read = SizeChoice.Read(Written(json));

        read.ToString().Should().Be(expected);
        SizeChoice.Parse(expected).ToString().Should().Be(expected);
        read.Of(EquationCatalogue.Find("lm2.align")!, seed: 1).Should().ContainSingle().Which["T"].Should().BePositive();
        read.Of(EquationCatalogue.Find("block.gelu")!, seed: 1).Should().BeEmpty();
    }

    [Theory]
    [InlineData("[]", "the whole")]
    [InlineData("{}", "found no equation")]
    [InlineData("{\"lm2.*\": ", "not JSON")]
    [InlineData("""{"lm3.*": {"T": 5}}""", "found 'lm3.*', which matches none of the")]
    [InlineData("""{"lm2.align": {"Q": 5}}""", "\"lm2.align\".\"Q\": found no such extent, expected one of B, T, d, R")]
    [InlineData("""{"lm2.align": {"T": 0}}""", "\"lm2.align\".\"T\": found 0, expected 1 to 1048576")]
    [InlineData("""{"lm2.align": {"T": 1.5}}""", "\"lm2.align\".\"T\"")]
    [InlineData("""{"lm2.align": {}}""", "\"lm2.align\": found no extent")]
    [InlineData("""{"lm2.attention.weights": {"d": 10, "H": 4}}""", "d=10,H=4 does not fit lm2.attention.weights")]
    public void Sizes_that_are_none_are_refused_with_what_was_found(string json, string expected)
    {
        var path = Written(json);

        var read = () => SizeChoice.Read(path);

        read.Should().Throw<FormatException>().Which.Message.Should().StartWith($"{path}: ").And.Contain(expected);
    }

    private static bool IsRejected(Mistake wrong, FreshCase fresh)
    {
        var answer = wrong.Answer(new EquationRequest(fresh.Equation.Id, fresh.Format, fresh.Attributes, fresh.Inputs));
        return Comparer.Compare(answer, fresh.Expected.Shapes, fresh.Expected.Golden, name => fresh.Expected.Rho[name], fresh.Format, 1)
            .Any(figures => figures.WorstShare > 10);
    }

    private static IEnumerable<long> Whole(AttributeValues attributes) => attributes.Names.Select(attributes.Find).OfType<int>().Select(value => (long)value);

    private string Written(string json)
    {
        var path = _folder["sizes.json"];
        File.WriteAllText(path, json);
        return path;
    }
}
