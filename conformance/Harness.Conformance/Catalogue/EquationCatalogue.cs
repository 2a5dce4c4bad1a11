using System.Reflection;
using Harness.Architectures;

namespace Harness.Conformance.Catalogue;

/// <summary>Every equation, derived from the annotations of the reference implementation.</summary>
public static class EquationCatalogue
{
    /// <summary>The version of ids, tensor names, attributes and definitions; every fixture and result carries it.</summary>
    public const string Version = "1.1";

    private static readonly Dictionary<string, Equation> ById = Discover();

    /// <summary>All equations, in the order of their ids.</summary>
    public static IReadOnlyList<Equation> All { get; } = [.. ById.Values.OrderBy(equation => equation.Id, StringComparer.Ordinal)];

    /// <summary>The gradients of those that have one, in the order of their ids: <c>ID.vjp</c> for the equation ID. None of them is in <see cref="All"/>.</summary>
    public static IReadOnlyList<Equation> Gradients { get; } = [.. All.Select(equation => equation.Gradient()).OfType<Equation>()];

    /// <summary>The equation with an id, or null.</summary>
    public static Equation? Find(string id) => ById.GetValueOrDefault(id);

    /// <summary>The equations whose id matches one of some <see cref="Globs"/>, such as <c>lm2.gate.*</c>.</summary>
    public static IEnumerable<Equation> Matching(string globs) => All.Where(equation => Globs.Match(globs, equation.Id));

    /// <summary>Those of them that are of a profile; null: of either.</summary>
    public static IEnumerable<Equation> Matching(string globs, Profile? profile) =>
        Matching(globs).Where(equation => profile is null || equation.Profile == profile);

    private static Dictionary<string, Equation> Discover()
    {
        var equations = typeof(EquationAttribute).Assembly.GetExportedTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .Select(method => (Method: method, Annotation: method.GetCustomAttribute<EquationAttribute>()))
            .Where(candidate => candidate.Annotation is not null)
            .Select(candidate => new Equation(candidate.Method, candidate.Annotation!))
            .ToDictionary(equation => equation.Id);
        foreach (var composed in equations.Values.Where(equation => equation.Wiring is not null))
            WiringCheck.Check(composed, equations.GetValueOrDefault);
        return equations;
    }
}
