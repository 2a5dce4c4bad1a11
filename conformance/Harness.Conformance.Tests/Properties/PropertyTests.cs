using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;
using Harness.Conformance.Running;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Properties;

public sealed class PropertyTests
{
    private const int Seeds = 3;

    // Whatever is drawn, an answer is asked for again.
    private static int SeedsOf(string key) => key.EndsWith($"/{StateProperties.Name}", StringComparison.Ordinal) ? 1 : Seeds;

    public static TheoryData<Flaw> Flaws => [.. FlawCatalogue.All];

    public static TheoryData<string> Properties => [.. PropertyCatalogue.All.Select(Key)];

    [Theory]
    [MemberData(nameof(Properties))]
    public void Reference_has_every_property_in_every_format(string key)
    {
        foreach (var format in FloatFormat.All)
        {
            for (var seed = 0; seed < SeedsOf(key); seed++)
            {
                var (isUnsupported, notJudged, violation) = Evaluate(new ReferenceImplementation(), key, format, seed);
                violation.Should().BeNull($"{key} holds in {format} with seed {seed}");
                isUnsupported.Should().BeFalse();
                if (Decided(key).Contains(format))
                    notJudged.Should().BeNull($"{key} can be decided in {format} with seed {seed}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Flaws))]
    public void Wrong_implementation_breaks_its_property(Flaw flaw)
    {
        ArgumentNullException.ThrowIfNull(flaw);
        var statement = PropertyCatalogue.All.Single(property => Key(property) == flaw.Property).Statement;
        foreach (var format in Decided(flaw.Property))
        {
            for (var seed = 0; seed < SeedsOf(flaw.Property); seed++)
            {
                var violation = Evaluate(flaw, flaw.Property, format, seed).Violation;
                violation.Should().StartWith(statement, $"{flaw} in {format} with seed {seed}");
            }
        }
    }

    [Fact]
    public void Every_property_has_a_wrong_implementation_that_breaks_it() =>
        FlawCatalogue.All.Select(flaw => flaw.Property).Distinct().Should().BeEquivalentTo(PropertyCatalogue.All.Select(Key));

    [Fact]
    public void Properties_have_unique_names_and_statements_that_are_sentences()
    {
        PropertyCatalogue.All.Select(Key).Should().OnlyHaveUniqueItems();
        PropertyCatalogue.All.Should().OnlyContain(property => property.Statement.EndsWith('.'));
    }

    [Fact]
    public void Wrong_operator_is_not_blamed_on_the_coefficients()
    {
        var wrong = FlawCatalogue.All.First(flaw => flaw.Property == "inf.regression.operator/normal-equations");
        Evaluate(wrong, "inf.regression.coefficients/normal-equations", FloatFormat.Float64, seed: 0).Violation.Should().BeNull();
    }

    [Fact]
    public void Malformed_operator_leaves_the_coefficients_undecided()
    {
        var malformed = Flaw.Of("inf.regression.operator/normal-equations", "not a number", "G", (g, _) =>
            new TensorData(g.Shape, Array.ConvertAll(g.Values, _ => double.NaN)));
        var (_, notJudged, violation) =
            Evaluate(malformed, "inf.regression.coefficients/normal-equations", FloatFormat.Float64, seed: 0);
        violation.Should().BeNull();
        notJudged.Should().Contain("inf.regression.operator");
    }

    [Fact]
    public void Equation_that_is_not_implemented_is_unsupported_and_not_wrong()
    {
        foreach (var property in PropertyCatalogue.All)
            Evaluate(new Nothing(), Key(property), FloatFormat.Float64, seed: 0).Should().Be((true, null, null), Key(property));
    }

    [Theory]
    [InlineData("lm2.memory.rollout/splitting")]
    [InlineData("inf.rollout/splitting")]
    public void Nondeterministic_rollout_may_differ_by_rounding_and_no_more(string key)
    {
        Flaw Noisy(double size)
        {
            var random = new Random(1);
            return new Flaw(key, "noise", (request, honest) => honest(request).ToDictionary(output => output.Key, output =>
                output.Value.Map(request, value =>
                    value * (1 + size * request.Format.UnitRoundoff * (2 * random.NextDouble() - 1)))));
        }

        foreach (var format in new[] { FloatFormat.Float64, FloatFormat.Float32 })
        {
            for (var seed = 0; seed < Seeds; seed++)
            {
                Evaluate(Noisy(2), key, format, seed).Violation.Should().BeNull($"{format}, seed {seed}");
                Evaluate(Noisy(1e5), key, format, seed).Violation.Should().NotBeNull($"{format}, seed {seed}");
            }
        }
    }

    // Differences are taken in float64 alone.
    private static IReadOnlyList<FloatFormat> Decided(string key) => key.EndsWith("/of-its-forward", StringComparison.Ordinal)
        ? [FloatFormat.Float64]
        : [FloatFormat.Float64, FloatFormat.Float32];

    private static string Key(Property property) => $"{property.Equation}/{property.Name}";

    private static (bool IsUnsupported, string? NotJudged, string? Violation) Evaluate(
        IImplementation implementation, string key, FloatFormat format, int seed)
    {
        var property = PropertyCatalogue.All.Single(property => Key(property) == key);
        return new PropertyContext(implementation, property, format, seed, toleranceFactor: 1).Evaluate();
    }

    private sealed class Nothing : IImplementation
    {
        public string Name => "nothing";

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => null;
    }
}
