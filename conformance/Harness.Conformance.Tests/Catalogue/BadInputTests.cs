using System.Collections.Concurrent;
using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Catalogue;

public sealed class BadInputTests
{
    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, BadInput>> ByEquation = new();

    private static IReadOnlyDictionary<string, BadInput> Of(string equation) =>
        ByEquation.GetOrAdd(equation, static id => BadInputs.Of(EquationCatalogue.Find(id)!));

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var equation in EquationCatalogue.All)
            {
                foreach (var broken in Of(equation.Id).Keys)
                    cases.Add(equation.Id, broken);
            }

            return cases;
        }
    }

    public static TheoryData<string> Equations => [.. EquationCatalogue.All.Select(equation => equation.Id)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void One_error_names_the_equation_what_does_not_fit_and_what_was_expected(string equation, string broken)
    {
        var bad = Of(equation)[broken];

        var failure = Record.Exception(() => Evaluate(bad.Equation, bad.Attributes, bad.Inputs));

        var error = failure.Should().BeOfType<EquationException>().Subject;
        error.Equation.Should().Be(equation);
        error.Message.Should().MatchRegex($"^{equation}: (tensor|attribute) \".+\": found .+, expected .+\\.$");
        var (found, expected) = Parts(error);
        bad.Complaints.Any(complaint =>
                error.What == complaint.What && found.Contains(complaint.Found) && expected.Contains(complaint.Expected))
            .Should().BeTrue("\"{0}\" should be one of {1}", error.Message, string.Join("; ", bad.Complaints));
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Random_calls_succeed_or_are_refused_by_name_and_nothing_else(string id)
    {
        var equation = EquationCatalogue.Find(id)!;
        object[] attributeValues =
            [0, 1, -1, 2, 3, 7, 1.5, 1e300, double.NaN, "bank", "", true, false, Array.Empty<double>(), new[] { 0.2 }];
        double[] values = [0, 1, -1, 0.5, 1e-300, 1e300, double.NaN, double.PositiveInfinity];
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var (attributes, drawn) = InputSampler.Draw(equation, FloatFormat.Float64, random);
            var inputs = drawn.ToDictionary();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var attribute = Any(random, equation.Attributes)?.Name ?? "heads";
                var tensor = Any(random, equation.Inputs)?.Name ?? "X";
                Shape shape = [.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(4))];
                switch (random.Next(5))
                {
                    case 0:
                        attributes = attributes.Without(attribute);
                        break;
                    case 1:
                        attributes = attributes.With(attribute, Any(random, attributeValues)!);
                        break;
                    case 2:
                        inputs.Remove(tensor);
                        break;
                    case 3 when inputs.TryGetValue(tensor, out var data) && data.Values.Length > 0:
                        var changed = data.Values.ToArray();
                        changed[random.Next(changed.Length)] = Any(random, values);
                        inputs[tensor] = data with { Values = changed };
                        break;
                    default:
                        inputs[tensor] = new TensorData(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => Any(random, values))]);
                        break;
                }
            }

            var failure = Record.Exception(() => Evaluate(equation, attributes, inputs));

            // Finite input that no real number is wrong with can still make a matrix singular in float64.
            if (failure is not null and not NotPositiveDefiniteException)
                failure.Should().BeOfType<EquationException>("seed {0}: {1}", seed, failure).Which.Equation.Should().StartWith(id[..4]);
        }
    }

    [Fact]
    public void A_histogram_with_all_mass_outside_the_unit_interval_is_refused()
    {
        var inputs = new Dictionary<string, TensorData>
        {
            ["mu"] = new([2, 1, 1], [0.5, 1e3]),
            ["var"] = new([2, 1, 1], [0.1, 1e-3]),
        };

        var call = () => Evaluate(EquationCatalogue.Find("inf.sticky.histogram")!, AttributeValues.None.With("bins", 4), inputs);

        call.Should().Throw<EquationException>().Which.Message.Should()
            .StartWith("inf.sticky.histogram: ").And.Contain("mu").And.Contain("batch element 1").And.Contain("expected");
    }

    [Fact]
    public void Unused_optional_tensors_must_fit_all_the_same()
    {
        var equation = EquationCatalogue.Find("inf.layer")!;
        var (attributes, inputs) = Enumerable.Range(0, 1000)
            .Select(seed => InputSampler.Draw(equation, FloatFormat.Float64, new Random(seed)))
            .First(draw => !draw.Attributes.Flag("smooth") && !draw.Attributes.Flag("sticky"));

        foreach (var (name, data) in new (string, TensorData)[] { ("W_conv", new([1, 1, 4], [1, 1, 1, 1])), ("u", new([1], [0.5])) })
        {
            var call = () => Evaluate(equation, attributes, new Dictionary<string, TensorData>(inputs) { [name] = data });
            call.Should().Throw<EquationException>().WithMessage($"inf.layer: tensor \"{name}\": found {data.Shape}*expected*");
        }
    }

    [Fact]
    public void Extents_whose_sum_or_product_overflows_are_refused_by_name()
    {
        var longest = AttributeValues.None.With("samples", Array.MaxLength).With("length", Array.MaxLength).With("tau", 0.5);
        var joint = () => Evaluate(EquationCatalogue.Find("inf.memory.positions")!, longest, new Dictionary<string, TensorData>());
        joint.Should().Throw<EquationException>().WithMessage(
            $"inf.memory.positions: tensor \"t_joint\": found M+L = {2L * Array.MaxLength}, expected at most {Array.MaxLength}.");

        var rows = () => Evaluate(EquationCatalogue.Find("lm2.bank.rows")!, AttributeValues.None,
            new Dictionary<string, TensorData> { ["M"] = new([int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue], []) });
        rows.Should().Throw<EquationException>().WithMessage("lm2.bank.rows: tensor \"M\": found 0 values, expected 2126*");
    }

    [Fact]
    public void An_extent_beyond_memory_says_so()
    {
        var largest = AttributeValues.None.With("slots", Array.MaxLength).With("width", Array.MaxLength);
        var bank = () => Evaluate(EquationCatalogue.Find("lm2.bank.identity_vector")!, largest, new Dictionary<string, TensorData>());

        bank.Should().Throw<TensorMemoryException>().WithMessage($"*[{Array.MaxLength},{Array.MaxLength}]*");
    }

    private static IReadOnlyDictionary<string, TensorData> Evaluate(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        EquationCall.Evaluate(equation, DenseEngine<double>.Instance, attributes, inputs);

    private static TItem? Any<TItem>(Random random, IReadOnlyList<TItem> items) =>
        items.Count == 0 ? default : items[random.Next(items.Count)];

    private static (string Found, string Expected) Parts(EquationException error)
    {
        var rest = error.Message[(error.Equation.Length + error.What.Length + ": : found ".Length)..];
        var comma = rest.LastIndexOf(", expected ", StringComparison.Ordinal);
        return (rest[..comma], rest[(comma + ", expected ".Length)..]);
    }
}
