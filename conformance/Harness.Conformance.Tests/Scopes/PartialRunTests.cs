using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Exchange;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Conformance.Tests.Protocol;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Scopes;

/// <summary>Runs of implementations that take a part of what there is.</summary>
public sealed class PartialRunTests : IDisposable
{
    private const int FewestChecks = 20;

    private const string BuiltIn = """
        {"inf.layer": {"samples": 12, "tau": 0.75, "count": 8, "widths": [0.05, 0.1], "ridge": 1, "heads": 2, "variance_floor": 0, "smooth": false, "sticky": false,
         "mu": false, "var": false}}
        """;

    private const string Multiples = """{"block.swiglu": {"T": {"multiple_of": 16}, "d": {"multiple_of": 16}, "f": {"multiple_of": 16}}}""";

    private static readonly ReferenceImplementation Reference = new();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Where_no_golden_case_fits_twenty_others_are_drawn_in_every_dtype_and_for_the_gradient_and_the_report_says_which()
    {
        var report = Verify(new PartialImplementation(BuiltIn, request =>
        {
            if (request.Equation == "inf.layer.vjp")
                request.Inputs["grad_mu"].Values.Concat(request.Inputs["grad_var"].Values).Should().OnlyContain(value => value == 0);
            return Reference.Run(request)!.Where(output => output.Key is not ("mu" or "var")).ToDictionary();
        }), "inf.layer,inf.layer.vjp");

        report.Checks.Where(check => check.Verdict is not (Verdict.Passed or Verdict.PartlyChecked or Verdict.NotJudged or Verdict.OutOfScope)).Should().BeEmpty();
        report.Checks.Where(check => check.Verdict is Verdict.Passed or Verdict.PartlyChecked).GroupBy(check => (check.Equation, check.Format))
            .Should().HaveCount(4).And.OnlyContain(group => group.Count() >= FewestChecks);
        report.Checks.Where(check => check is { Equation: "inf.layer", Verdict: Verdict.PartlyChecked }).Should().OnlyContain(check => check.Reason == "without mu, var")
            .And.Contain(check => check.Kind == CheckKind.Property);
        report.Checks.Where(check => check is { Kind: CheckKind.Golden, Verdict: not Verdict.NotJudged }).Should().OnlyContain(check => check.Verdict == Verdict.OutOfScope);
        report.Scopes.Should().HaveCount(2).And.OnlyContain(scope => scope.OutOfScope > 0 && scope.Checks >= 2 * FewestChecks);
        report.Scopes[0].Constraints.Should().Be(
            "samples=12, tau=0.75, count=8, widths=[0.05, 0.1], ridge=1, heads=2, variance_floor=0, smooth=false, sticky=false, mu hidden, var hidden");
        report.Scopes[0].Values.Should().Contain("H=2").And.Contain("M=12").And.Contain("N=8").And.Contain("tau=0.75").And.Contain("widths=[0.05, 0.1]").And.Match("*e=2*");
    }

    // The next coefficients come from a regression that is nearly singular; what is read from the present ones does not.
    [Fact]
    public void What_is_too_coarse_with_the_constants_built_in_is_left_out_and_the_rest_is_judged()
    {
        var constraints = Constraints.Parse("""{"inf.layer": {"count": 24, "widths": [0.3], "samples": 32, "ridge": 1e-4, "heads": 1, "sticky": false, "smooth": false}}""");
        var equation = EquationCatalogue.Find("inf.layer")!;

        FreshCase.Draw(equation, FloatFormat.Float32, 5, 1, constraints: constraints)!.Expected.Shapes.Keys.Should().Equal("Z_ltm", "mu", "var");
        FreshCase.Draw(equation, FloatFormat.Float64, 5, 1, constraints: constraints)!.Expected.Shapes.Keys.Should().Equal("Z_ltm", "C_next", "mu", "var");
    }

    [Fact]
    public void Sizes_are_asked_for_within_what_is_stated()
    {
        var report = Verify(new PartialImplementation(Multiples), "block.swiglu", options => options with { Gradients = GradientChoice.Without, Sizes = SizeChoice.Parse("block.swiglu:d=65;block.swiglu:T=15;block.swiglu:B=9"), Formats = [FloatFormat.Float32] });

        report.Checks.Should().OnlyContain(check => !check.IsBad);
        report.Checks.Select(check => check.Id).Should().Contain(["block.swiglu/fresh-d=64", "block.swiglu/fresh-T=16", "block.swiglu/fresh-B=9"])
            .And.NotContain(["block.swiglu/fresh-d=65", "block.swiglu/fresh-T=15"]);
    }

    [Fact]
    public void Who_answers_golden_cases_within_its_own_constraints_and_nothing_else_fails()
    {
        var stored = RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Id == "lm2.gate.input").Select(golden => golden.Id).ToHashSet();
        var report = Verify(
            new PartialImplementation("""{"lm2.gate.input": {"d": 2}}""", request => stored.Contains(request.Case) ? Reference.Run(request) : throw new UnsupportedRequestException("not there")),
            "lm2.gate.input");

        report.Failed.Should().BeGreaterThan(0);
        report.Checks.Where(check => check.Kind == CheckKind.Fresh).Should().OnlyContain(check => check.Verdict == Verdict.Failed)
            .And.Contain(check => check.Reason!.StartsWith("answers only what is published: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Who_refuses_all_within_its_own_constraints_was_not_examined_and_fails()
    {
        var report = Verify(new PartialImplementation("""{"lm2.gate.input": {"d": 7}}""", _ => throw new UnsupportedRequestException("not today")), "lm2.gate.input");

        report.Failed.Should().BeGreaterThan(0);
        report.Checks.First(check => check.Verdict == Verdict.Failed).Reason.Should().Match(
            "nothing of it was examined: * checks are out of its scope, and every fresh input and property within its own constraints (d=7) is refused (not today)");
    }

    [Fact]
    public void Constraints_of_what_is_not_offered_are_no_fault() =>
        Verify(new PartialImplementation("""{"lm2.*": {"d": 7}}""", _ => null), "lm2.gate.input").Failed.Should().Be(0);

    [Fact]
    public void One_golden_case_pinned_is_examined_with_other_numbers()
    {
        var golden = RepositoryFixtures.Set.Cases.First(golden => golden.Id == "lm2.gate.input/tiny-width-2");
        var pinned = $$$"""{"lm2.gate.input": {"B": {{{golden.Inputs["E"][0]}}}, "T": {{{golden.Inputs["E"][1]}}}, "d": {{{golden.Inputs["E"][2]}}}}}""";
        var known = new Dictionary<string, IReadOnlyDictionary<string, TensorData>>();

        var report = Verify(new PartialImplementation(pinned, request => known.TryGetValue($"{request.Format}", out var answer) ? answer : known[$"{request.Format}"] = Reference.Run(request)!), "lm2.gate.input", options => options with { Jobs = 1 });

        report.Checks.Count(check => check is { Kind: CheckKind.Fresh, Verdict: Verdict.Failed }).Should().BeGreaterThan(FewestChecks);
    }

    [Fact]
    public void Out_of_scope_is_counted_by_itself_and_survives_the_results_file_and_shards()
    {
        var options = new VerifyOptions { EquationGlob = "block.swiglu", Gradients = GradientChoice.Without, Seed = 3, Formats = [FloatFormat.Float32] };
        VerifyReport Run(Shard shard) => new(options with { Shard = shard }, [new Harness.Conformance.Running.Verifier(new PartialImplementation(Multiples), RepositoryFixtures.Set, options with { Shard = shard }).Run()], [], 1);
        ResultsFile Stored(VerifyReport report) => ResultsJson.FromReport(report, RunSettings.Of(report.Options, RepositoryFixtures.Set), DateTimeOffset.UtcNow);

        var whole = Stored(Run(Shard.Whole));
        var path = _folder["results.json"];
        ResultsJson.Write(whole, path);
        var read = ResultsJson.ToReport(ResultsJson.Read(path));
        string[] shards = [_folder["1.json"], _folder["2.json"]];
        ResultsJson.Write(Stored(Run(new Shard(1, 2))), shards[0]);
        ResultsJson.Write(Stored(Run(new Shard(2, 2))), shards[1]);
        var merged = ResultsMerge.Merge([.. shards.Select(shard => (shard, ResultsJson.Read(shard)))]);

        whole.Summary.OutOfScope.Should().BeGreaterThan(5);
        read.Summary.Should().EndWith($", {whole.Summary.OutOfScope} out of scope");
        read.Implementations[0].Scopes.Should().Equal(Run(Shard.Whole).Implementations[0].Scopes);
        merged.Implementations[0].Scopes.Should().Equal(whole.Implementations[0].Scopes);
        merged.Summary.OutOfScope.Should().Be(whole.Summary.OutOfScope);
    }

    [Fact]
    public void Exported_inputs_are_within_what_is_stated_and_the_folder_says_so()
    {
        var options = new VerifyOptions { EquationGlob = "inf.layer", Gradients = GradientChoice.Without, Seed = 3, Formats = [FloatFormat.Float64] };
        var folder = _folder["exported"];
        InputExport.Write(folder, RepositoryFixtures.Set, options, Constraints.Parse(BuiltIn));

        var report = new Harness.Conformance.Running.Verifier(new OutputsImplementation(folder, RepositoryFixtures.Set), RepositoryFixtures.Set, options).Run();

        Directory.GetFiles(folder, "*.in.safetensors", SearchOption.AllDirectories).Should().HaveCount(FewestChecks);
        report.Unsupported.Should().Be(FewestChecks, "nothing was computed");
        report.OutOfScope.Should().BeGreaterThan(10);
        File.ReadAllText(Path.Combine(folder, "commands.jsonl")).Should().NotContain("\"mu\"");
    }

    [Fact]
    public void A_program_that_takes_multiples_of_eight_is_examined_as_any_other_and_keeps_its_manners()
    {
        var options = new VerifyOptions { EquationGlob = "lm2.gate.input", Gradients = GradientChoice.Without, Seed = 3, Formats = [FloatFormat.Float32], Jobs = 1 };

        var report = AdapterRun.Verify(["multiples-of-eight"], options);

        report.Checks.Where(check => check.Verdict is not (Verdict.Passed or Verdict.NotJudged or Verdict.OutOfScope)).Should().BeEmpty();
        report.Checks.Count(check => check.Kind == CheckKind.Protocol).Should().BeGreaterThan(10);
        report.Checks.Count(check => check.Kind is CheckKind.Golden or CheckKind.Fresh && check.Verdict == Verdict.Passed).Should().BeGreaterThanOrEqualTo(FewestChecks - 2);
    }

    [Fact]
    public void A_program_that_refuses_what_is_not_a_multiple_of_eight_without_saying_so_keeps_its_manners_too()
    {
        var options = new VerifyOptions { EquationGlob = "lm2.gate.input", Gradients = GradientChoice.Without, Seed = 3, Formats = [FloatFormat.Float32], Jobs = 1 };

        AdapterRun.Verify(["refuses-small-ones"], options).Checks.Where(check => check.Kind == CheckKind.Protocol).Should().OnlyContain(check => !check.IsBad);
    }

    // A process that was started to be asked once hides what the others hide.
    [Fact]
    public void A_program_that_hides_an_output_has_the_properties_of_the_others()
    {
        var report = AdapterRun.Verify(["hides-an-output"], new VerifyOptions
        {
            EquationGlob = "inf.attention.density_moments",
            Gradients = GradientChoice.Without,
            Formats = [FloatFormat.Float64],
            Seed = 5,
        });

        report.Checks.Where(check => check.Kind == CheckKind.Property).Should().NotBeEmpty()
            .And.OnlyContain(check => check.Verdict == Verdict.Passed || check.Verdict == Verdict.PartlyChecked);
    }

    [Fact]
    public void Impossible_constraints_of_a_program_are_the_reason_of_every_check()
    {
        var report = AdapterRun.Verify(["impossible-constraints"]);

        report.Checks.Where(check => check.Verdict != Verdict.NotJudged).Should().OnlyContain(check => check.Verdict == Verdict.Errored
            && check.Reason!.StartsWith("start: \"constraints\": \"lm2.gate.input\".\"t\": found no such name, expected ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("scores", "scores")]
    [InlineData("V", "V")]
    public void The_first_intermediate_that_an_answer_shows_and_that_diverges_is_named(string spoilt, string named)
    {
        var report = Verify(new PartialImplementation("""{"inf.layer": {"sticky": false}}""", request =>
        {
            if (request.Equation != "inf.layer")
                return null;
            var shown = PartialImplementation.WithIntermediates(request, (name, value) => name == spoilt ? value with { Values = [.. value.Values.Select(entry => entry * 1.25)] } : value);
            return shown.ToDictionary(each => each.Key, each => each.Key == "Z_ltm" ? each.Value with { Values = [.. each.Value.Values.Select(entry => entry * 1.5)] } : each.Value);
        }), "inf.layer", options => options with { CaseGlob = "inf.layer/t*", Formats = [FloatFormat.Float64] });

        report.Failed.Should().BeGreaterThan(0);
        report.Traced.SelectMany(traced => traced.Findings).Should().Contain(finding =>
            finding.StartsWith("of the intermediates that the answer to inf.layer/", StringComparison.Ordinal) && finding.Contains($"shows, {named} is the first that diverges (inf.attention.", StringComparison.Ordinal));
    }

    [Fact]
    public void Intermediates_that_are_right_change_nothing() =>
        Verify(new PartialImplementation("""{"inf.layer": {"sticky": false}}""", request =>
            request.Equation == "inf.layer" ? PartialImplementation.WithIntermediates(request, (_, value) => value) : Reference.Run(request)),
            "inf.layer", options => options with { CaseGlob = "inf.layer/t*" })
            .Checks.Should().OnlyContain(check => !check.IsBad && check.Verdict != Verdict.PartlyChecked);

    private static ImplementationReport Verify(IImplementation implementation, string equations, Func<VerifyOptions, VerifyOptions>? change = null)
    {
        var options = new VerifyOptions { EquationGlob = equations, Seed = 5, Gradients = equations.Contains(',', StringComparison.Ordinal) ? GradientChoice.With : GradientChoice.Without };
        return new Harness.Conformance.Running.Verifier(implementation, RepositoryFixtures.Set, change?.Invoke(options) ?? options).Run();
    }
}
