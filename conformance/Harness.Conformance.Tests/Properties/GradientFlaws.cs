using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;

namespace Harness.Conformance.Tests.Properties;

/// <summary>For every property of a gradient an implementation that breaks it: the same of every equation.</summary>
internal static class GradientFlaws
{
    public static IEnumerable<Flaw> All =>
        PropertyCatalogue.All.Where(property => property.Name != StateProperties.Name && EquationCatalogue.Find(property.Equation)!.Differentiated is not null).Select(Of);

    private static Flaw Of(Property property)
    {
        var key = $"{property.Equation}/{property.Name}";
        return property.Name switch
        {
            "zero-cotangent" or "causal" => Answers(key, "a little more everywhere", (value, _) => value + 1e-6),
            "linear" => Questions(key, "the squares of the cotangents beside them", (value, _) => value + value * value),
            "of-its-forward" => Answers(key, "a fiftieth too much", (value, _) => 1.02 * value),
            "batch" => Answers(key, "the mean over the cotangents' entries", (value, request) => value / Cotangents(request).Sum(name => request.Inputs[name].Values.Length)),
            "chaining" => Questions(key, "the state's cotangent ignored", (value, name) => name.EndsWith("_S", StringComparison.Ordinal) ? 0 : value),
            var other => throw new InvalidOperationException($"{key}: no flaw for {other}"),
        };
    }

    private static Flaw Answers(string key, string what, Func<double, EquationRequest, double> spoil) => new(key, what, (request, honest) =>
        honest(request).ToDictionary(output => output.Key, output => output.Value.Map(request, value => spoil(value, request))));

    private static Flaw Questions(string key, string what, Func<double, string, double> spoil) => new(key, what, (request, honest) =>
        honest(Cotangents(request).Aggregate(request, (all, name) =>
            all.With(name, request.Inputs[name].Map(request, value => spoil(value, name))))));

    private static IEnumerable<string> Cotangents(EquationRequest request) =>
        request.Inputs.Keys.Where(name => name.StartsWith("grad_", StringComparison.Ordinal));
}
