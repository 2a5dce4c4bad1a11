using System.Reflection;
using Harness.Architectures;

namespace Harness.Conformance.Catalogue;

/// <summary>Every equation, derived from the annotations of the reference implementation.</summary>
public static class EquationCatalogue
{
    /// <summary>The version of ids, tensor names, attributes and definitions; every fixture and result carries it.</summary>
    public const string Version = "1.2";

    /// <summary>The equations that are no gradients, in the order of their ids: those that are annotated.</summary>
    public static IReadOnlyList<Equation> Forward { get; } = Discover();

    /// <summary>The gradients of those that have one, in the order of their ids: <c>ID.vjp</c> for the equation ID.</summary>
    public static IReadOnlyList<Equation> Gradients { get; } = [.. Forward.Select(equation => equation.Gradient()).OfType<Equation>()];

    /// <summary>All equations, in the order of their ids.</summary>
    public static IReadOnlyList<Equation> All { get; } = [.. Forward.Concat(Gradients).OrderBy(equation => equation.Id, StringComparer.Ordinal)];

    private static readonly Dictionary<string, Equation> ById = All.ToDictionary(equation => equation.Id);

    /// <summary>The equation with an id, or null.</summary>
    public static Equation? Find(string id) => ById.GetValueOrDefault(id);

    /// <summary>What is wrong with an id that would be the gradient of an equation that has none; null for other ids.</summary>
    public static string? LackingGradient(string id) =>
        id.EndsWith(GradientSignature.Suffix, StringComparison.Ordinal) && Find(id) is null && Find(id[..^GradientSignature.Suffix.Length]) is { } equation
            ? $"{equation.Id} has no gradient"
            : null;

    /// <summary>The equations whose id matches one of some <see cref="Globs"/>, such as <c>lm2.gate.*</c>.</summary>
    public static IEnumerable<Equation> Matching(string globs) => All.Where(equation => Globs.Match(globs, equation.Id));

    /// <summary>Those of them that are of a profile; null: of either.</summary>
    public static IEnumerable<Equation> Matching(string globs, Profile? profile, GradientChoice gradients = GradientChoice.With) =>
        Matching(globs).Where(equation => (profile is null || equation.Profile == profile) && gradients.Takes(equation));

    private static IReadOnlyList<Equation> Discover()
    {
        var equations = typeof(EquationAttribute).Assembly.GetExportedTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .Select(method => (Method: method, Annotation: method.GetCustomAttribute<EquationAttribute>()))
            .Where(candidate => candidate.Annotation is not null)
            .Select(candidate => new Equation(candidate.Method, candidate.Annotation!))
            .ToDictionary(equation => equation.Id);
        foreach (var composed in equations.Values.Where(equation => equation.Wiring is not null))
            WiringCheck.Check(composed, equations.GetValueOrDefault);
        return [.. equations.Values.OrderBy(equation => equation.Id, StringComparer.Ordinal)];
    }
}
