using System.Collections;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Implementations;
using Harness.Conformance.Running;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>Whatever code inside the harness throws or answers costs it the case at hand, with what was found.</summary>
public sealed class PluginFaultTests
{
    private static readonly ReferenceImplementation Reference = new();

    // Fault, verdict of every case, reason (with wildcards).
    private static readonly Dictionary<string, (Func<EquationRequest, IReadOnlyDictionary<string, TensorData>?> Run, Verdict Verdict, string? Reason)> Faults = new()
    {
        // It answers what its types do not allow.
        ["null-tensor"] = (_ => Answer(null!), Verdict.Failed, "output \"g_in\": found nothing, expected [*]"),
        ["null-values"] = (request => Answer(new TensorData(request.Inputs["E"].Shape, null!)), Verdict.Failed, "output \"g_in\": found no values, expected *"),
        ["no-shape"] = (_ => Answer(new TensorData(default, [1])), Verdict.Failed, "output \"g_in\": found shape [], expected [*]"),
        ["endless-shape"] = (_ => Answer(new TensorData([long.MaxValue, long.MaxValue], [1])), Verdict.Failed, "output \"g_in\": found shape [9223372036854775807,9223372036854775807], expected [*]"),
        ["too-few-values"] = (request => Answer(new TensorData(request.Inputs["E"].Shape, [])), Verdict.Failed, "output \"g_in\": found 0 values, expected *"),
        ["another-name"] = (request => new Dictionary<string, TensorData> { ["G_in"] = Right(request) }, Verdict.Failed, "output \"g_in\": found nothing, expected [*]; the answer has \"G_in\": is that meant?"),
        ["lookup-throws"] = (_ => new Hostile(), Verdict.Errored, "no such kernel"),

        // It omits what it has to give, or what there is not.
        ["omits-its-only-output"] = (_ => Answer(TensorData.Omitted), Verdict.Unsupported, "every output is omitted"),
        ["omits-what-there-is-not"] = (request => new Dictionary<string, TensorData> { ["g_in"] = Right(request), ["g_out"] = TensorData.Omitted },
            Verdict.Errored, "omitted: found \"g_out\", expected outputs of lm2.gate.input: g_in"),

        // It throws.
        ["throws-null-reference"] = (_ => Answer(((TensorData?)null)! with { Values = [] }), Verdict.Errored, "Object reference not set*"),
        ["throws-without-message"] = (_ => throw new Wordless(null), Verdict.Errored, "*PluginFaultTests+Wordless"),
        ["throws-with-broken-message"] = (_ => throw new Wordless(() => throw new InvalidOperationException()), Verdict.Errored, "*PluginFaultTests+Wordless"),
        ["throws-of-several-threads"] = (_ => throw new AggregateException(new InvalidOperationException("no memory"), new AggregateException(new InvalidOperationException("no device"))), Verdict.Errored, "no memory; no device"),
        ["throws-in-initialiser"] = (_ => throw new TypeInitializationException("My.Kernels", new DllNotFoundException("no cuBLAS")), Verdict.Errored, "My.Kernels could not be initialised: no cuBLAS"),
        ["throws-cancellation"] = (_ => throw new OperationCanceledException("stopped"), Verdict.Errored, "stopped"),
        ["throws-out-of-memory"] = (_ => throw new InsufficientMemoryException("8 GB short"), Verdict.Errored, "8 GB short"),

        // It says that it does not do this.
        ["unsupported-in-a-task"] = (_ => throw new AggregateException(new UnsupportedRequestException("no such kernel")), Verdict.Unsupported, "no such kernel"),

        // It writes where it should read.
        ["changes-an-input"] = (request =>
        {
            request.Inputs["E"].Values[^1] = -7;
            return Answer(Right(request));
        }, Verdict.Failed, "changed its input \"E\" at [*]: found -7, expected *"),
    };

    public static TheoryData<string> Names => [.. Faults.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_fault_costs_every_case_it_is_in_and_no_other(string fault)
    {
        var (run, verdict, reason) = Faults[fault];

        var report = Verify(new Plugin(request => request.Equation == "lm2.gate.input" ? run(request) : Reference.Run(request)));

        var (faulty, others) = (report.Checks.Where(check => check.Equation == "lm2.gate.input").ToArray(), report.Checks.Where(check => check.Equation != "lm2.gate.input"));
        others.Should().OnlyContain(check => check.Verdict == Verdict.Passed);
        faulty.Should().HaveCountGreaterThan(10).And.OnlyContain(check => check.Verdict == verdict);
        faulty.Where(check => check.Kind != CheckKind.Property).Should().AllSatisfy(check => check.Reason.Should().Match(reason));
    }

    [Theory]
    [InlineData(false, Verdict.PartlyChecked, "without grad_W_in")]
    [InlineData(true, Verdict.Failed, "grad_E[*]: found *, expected *")]
    public void What_it_gives_is_judged_without_what_it_omits(bool isWrong, Verdict verdict, string reason)
    {
        var report = Verify(new Plugin(request =>
        {
            var right = Reference.Run(request)!;
            if (request.Equation != "lm2.gate.input.vjp")
                return right;
            var gradient = right["grad_E"];
            return new Dictionary<string, TensorData>
            {
                ["grad_E"] = isWrong ? gradient with { Values = [.. gradient.Values.Select(value => value + 1)] } : gradient,
                ["grad_W_in"] = TensorData.Omitted,
            };
        }), equations: "lm2.gate.input*");

        var (part, whole) = (report.Checks.Where(check => check.Equation == "lm2.gate.input.vjp").ToArray(), report.Checks.Where(check => check.Equation == "lm2.gate.input"));
        whole.Should().NotBeEmpty().And.OnlyContain(check => check.Verdict == Verdict.Passed || check.Verdict == Verdict.NotJudged);
        var rearranged = part.Single(check => check.Id == "lm2.gate.input.vjp/property:golden-rearranged");
        rearranged.Verdict.Should().Be(verdict);
        part.Where(check => check.Kind == CheckKind.Property).Should().NotContain(check => check.Verdict == Verdict.Passed || (check.IsBad && !isWrong));
        var compared = part.Where(check => check.Kind is CheckKind.Golden or CheckKind.Fresh && check.Verdict != Verdict.NotJudged).ToArray();
        compared.Should().NotBeEmpty().And.OnlyContain(check => check.Verdict == verdict && check.Outputs.Count == 1);
        compared.Should().AllSatisfy(check => check.Reason.Should().Match(reason));
        compared.Append(rearranged).Count(check => check.Verdict == Verdict.PartlyChecked).Should().Be(isWrong ? 0 : compared.Length + 1);
        report.Traced.SelectMany(traced => traced.Findings).Should().NotContain(finding => finding.StartsWith("not known", StringComparison.Ordinal));
    }

    [Fact]
    public void Inputs_are_lent_to_one_call_only()
    {
        var golden = RepositoryFixtures.Set.Cases.Single(golden => golden.Id == "lm2.gate.input/typical");
        var seen = new List<IReadOnlyDictionary<string, TensorData>>();
        var options = new VerifyOptions { CaseGlob = golden.Id, Formats = [FloatFormat.Float64] };
        var plugin = new Plugin(request =>
        {
            seen.Add(request.Inputs);
            request.Inputs["E"].Values.AsSpan().Clear();
            return Reference.Run(request);
        });

        new Verifier(plugin, RepositoryFixtures.Set, options).Run();
        var after = new Verifier(Reference, RepositoryFixtures.Set, options).Run();

        after.Passed.Should().Be(1);
        seen.Should().NotBeEmpty().And.OnlyContain(inputs => !(inputs is Dictionary<string, TensorData>));
    }

    [Fact]
    public void An_answer_is_looked_at_as_it_was_given()
    {
        // One buffer for all answers, as a port has that allocates nothing.
        var buffer = Array.Empty<double>();
        var plugin = new Plugin(request =>
        {
            if (request.Equation != "lm2.gate.input")
                return null;
            var right = Right(request);
            if (buffer.Length == right.Values.Length)
                right.Values.CopyTo(buffer, 0);
            else
                buffer = [.. right.Values];
            return Answer(right with { Values = buffer });
        });

        Verify(plugin, jobs: 1).Checks.Where(check => check.Verdict is not (Verdict.Passed or Verdict.Unsupported)).Should().BeEmpty();
    }

    [Fact]
    public void Attributes_are_nobody_s_to_change()
    {
        double[] thresholds = [0.25, 0.5];
        var attributes = AttributeValues.None.With("thresholds", thresholds);

        attributes.Numbers("thresholds")[0] = 7;
        ((double[])attributes.Find("thresholds")!)[1] = 7;

        attributes.Numbers("thresholds").Should().Equal(0.25, 0.5);
    }

    [Fact]
    public void What_it_printed_is_asked_for_at_its_risk()
    {
        var report = Verify(new Plugin(_ => throw new InvalidOperationException("no")) { Words = () => throw new InvalidOperationException("log lost") });

        report.Checks.Where(check => check.Verdict == Verdict.Errored && check.Kind != CheckKind.Property)
            .Should().NotBeEmpty().And.OnlyContain(check => check.Reason == "no" && check.Words == "(WordsOn: log lost)");
    }

    [Fact]
    public void A_name_that_cannot_be_told_does_not_cost_the_results()
    {
        var report = Verify(new Nameless());

        report.Name.Should().Be("Nameless");
        report.Details.Kind.Should().Be("assembly");
        report.Passed.Should().BePositive();
    }

    [Fact]
    public void Nothing_that_it_says_of_itself_or_does_at_rest_costs_the_results()
    {
        var report = Verify(new PluginImplementation(new Undecided()));

        report.Checks.Should().HaveCount(report.Planned).And.OnlyContain(check => check.Verdict == Verdict.Passed || check.Verdict == Verdict.Unsupported);
        report.Checks.Should().Contain(check => check.Kind == CheckKind.Property);
    }

    [Fact]
    public void What_cannot_take_any_input_is_not_asked_for_properties() =>
        Verify(new PluginImplementation(new Plugin(request => Reference.Run(request)) { TakesAnyInput = false }))
            .Checks.Should().NotBeEmpty().And.NotContain(check => check.Kind == CheckKind.Property);

    [Fact]
    public void An_explanation_has_the_words_of_what_was_thrown()
    {
        var explained = ExplainedCase.Find(RepositoryFixtures.Set, "lm2.gate.input/typical", FloatFormat.Float64, seed: 1)!;

        var compare = () => explained.Compare(new Plugin(_ => throw new Wordless(() => throw new InvalidOperationException())), FloatFormat.Float64, toleranceFactor: 1);

        compare.Should().Throw<InvalidOperationException>().WithMessage("*PluginFaultTests+Wordless");
    }

    [Fact]
    public void A_check_takes_as_long_as_what_is_asked()
    {
        var report = new Verifier(Reference, RepositoryFixtures.Set, new VerifyOptions { EquationGlob = "lm2.gate.input", Formats = [FloatFormat.BFloat16], Seed = 1 }).Run();

        report.Checks.Where(check => check.Verdict == Verdict.NotJudged && check.Kind == CheckKind.Golden).Should().NotBeEmpty().And.OnlyContain(check => check.Milliseconds == 0);
        report.Checks.Where(check => check.Verdict == Verdict.Passed && check.Kind != CheckKind.Pooled).Should().NotBeEmpty().And.OnlyContain(check => check.Milliseconds > 0);
    }

    private static ImplementationReport Verify(IImplementation implementation, int jobs = 2, string equations = "lm2.gate.*put") => new Verifier(
        implementation, RepositoryFixtures.Set,
        new VerifyOptions { EquationGlob = equations, Formats = [FloatFormat.Float64], Seed = 1, Jobs = jobs }).Run();

    private static TensorData Right(EquationRequest request) => Reference.Run(request)!["g_in"];

    private static Dictionary<string, TensorData> Answer(TensorData tensor) => new() { ["g_in"] = tensor };

    private sealed class Plugin(Func<EquationRequest, IReadOnlyDictionary<string, TensorData>?> run) : IImplementation
    {
        public string Name => "faulty";

        public Func<string?> Words { get; init; } = () => null;

        public bool TakesAnyInput { get; init; } = true;

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => run(request);

        public string? WordsOn(EquationRequest request) => Words();
    }

    private sealed class Nameless : IImplementation
    {
        public string Name => throw new InvalidOperationException("no name");

        public ImplementationDetails Details => null!;

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => Reference.Run(request);
    }

    private sealed class Undecided : IImplementation
    {
        public string Name => "undecided";

        public bool KeepsBits => throw new InvalidOperationException("who knows");

        public bool TakesAnyInput => throw new InvalidOperationException("who knows");

        public TimeSpan Starting => throw new InvalidOperationException("who knows");

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => Reference.Run(request);

        public void Rest() => throw new InvalidOperationException("no");
    }

    private sealed class Wordless(Func<string>? message) : Exception
    {
        public override string Message => message is null ? null! : message();
    }

    private sealed class Hostile : IReadOnlyDictionary<string, TensorData>
    {
        public IEnumerable<string> Keys => throw new InvalidOperationException("no such kernel");

        public IEnumerable<TensorData> Values => throw new InvalidOperationException("no such kernel");

        public int Count => throw new InvalidOperationException("no such kernel");

        public TensorData this[string key] => throw new InvalidOperationException("no such kernel");

        public bool ContainsKey(string key) => throw new InvalidOperationException("no such kernel");

        public bool TryGetValue(string key, out TensorData value) => throw new InvalidOperationException("no such kernel");

        public IEnumerator<KeyValuePair<string, TensorData>> GetEnumerator() => throw new InvalidOperationException("no such kernel");

        IEnumerator IEnumerable.GetEnumerator() => throw new InvalidOperationException("no such kernel");
    }
}
