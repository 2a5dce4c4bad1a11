using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Running;

/// <summary>What was examined of an equation whose implementation states what it takes.</summary>
/// <param name="Equation">The equation's id.</param>
/// <param name="Constraints">What is stated of it, for people.</param>
/// <param name="Checks">How many checks were judged.</param>
/// <param name="OutOfScope">How many were not asked.</param>
/// <param name="Values">The extents and attributes of the golden and fresh cases that were judged: <c>L=2, 3; e=16 to 64; tau=0.75</c>.</param>
public sealed partial record ExaminedScope(string Equation, string Constraints, int Checks, int OutOfScope, string Values)
{
    // What is more is given by the smallest and the largest.
    private const int MostListed = 4;

    /// <summary>One for each equation that something is stated of, and of which anything was judged.</summary>
    public static IReadOnlyList<ExaminedScope> Of(Constraints constraints, IReadOnlyList<CheckResult> checks)
    {
        ArgumentNullException.ThrowIfNull(constraints);
        return constraints.IsEmpty ? [] :
        [
            .. from check in checks
               where check.Kind != CheckKind.Protocol
               group check by check.Equation into own
               let equation = EquationCatalogue.Find(own.Key)
               where equation is not null
               let scope = Scope.Of(equation, constraints)
               where scope is not null
               let judged = own.Where(check => check.Verdict is not (Verdict.Unsupported or Verdict.NotJudged or Verdict.OutOfScope)).ToArray()
               where judged.Length > 0
               orderby own.Key
               select new ExaminedScope(
                   own.Key, scope.ToString(), judged.Length, own.Count(check => check.Verdict == Verdict.OutOfScope), Describe(equation, judged)),
        ];
    }

    /// <summary>For people.</summary>
    public override string ToString() =>
        $"{Equation} takes {Constraints}: {Checks} checks{(OutOfScope > 0 ? $", {OutOfScope} out of its scope" : "")}{(Values.Length > 0 ? $"; examined with {Values}" : "")}";

    private static string Describe(Equation equation, CheckResult[] judged)
    {
        var found = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var asked in judged.Where(check => check.Kind is CheckKind.Golden or CheckKind.Fresh).Select(check => check.Asked).OfType<string>().Distinct())
        {
            var (attributes, shapes) = Read(asked);
            foreach (var (name, value) in Scope.Values(equation, attributes, shapes))
                Add(name, value.ToString(CultureInfo.InvariantCulture));
            foreach (var name in attributes.Names.Where(name => attributes.Find(name) is not int))
                Add(name, AttributeValues.ToJson(attributes.Find(name)!));
        }

        // What is an extent's other name says nothing more.
        var others = equation.Attributes.Where(attribute => attribute.Extent is { } extent && found.ContainsKey(extent.ToString())).Select(attribute => attribute.Name).ToHashSet();
        return string.Join("; ", found.Where(each => !others.Contains(each.Key)).Select(each => $"{each.Key}={List(each.Value)}"));

        void Add(string name, string value)
        {
            if (!found.TryGetValue(name, out var values))
                found[name] = values = [];
            values.Add(value);
        }
    }

    private static string List(HashSet<string> values)
    {
        string[] ordered = [.. values.OrderBy(value => double.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : 0).ThenBy(value => value, StringComparer.Ordinal)];
        return ordered.Length <= MostListed ? string.Join(", ", ordered) : $"{ordered[0]} to {ordered[^1]} ({ordered.Length} values)";
    }

    // E [1,4,8], W_in [8,8]; heads=2, causal=true
    private static (AttributeValues Attributes, Dictionary<string, Shape> Shapes) Read(string asked)
    {
        var shapes = Tensors().Matches(asked).ToDictionary(
            tensor => tensor.Groups[1].Value,
            tensor => Shape.Create([.. tensor.Groups[2].Value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(extent => int.Parse(extent, CultureInfo.InvariantCulture))]));
        using var json = JsonDocument.Parse($"{{{string.Join(',', Attributes().Matches(asked).Select(attribute => $"\"{attribute.Groups[1].Value}\":{attribute.Groups[2].Value}"))}}}");
        return (AttributeValues.FromJson(json.RootElement), shapes);
    }

    [GeneratedRegex(@"(\w+) \[([\d,]*)\]")]
    private static partial Regex Tensors();

    [GeneratedRegex(@"(\w+)=(\[[^\]]*\]|""[^""]*""|[^,;]+)")]
    private static partial Regex Attributes();
}
