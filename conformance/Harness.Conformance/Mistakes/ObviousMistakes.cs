using Harness.Conformance.Catalogue;

namespace Harness.Conformance.Mistakes;

/// <summary>
/// What can be wrong in any wiring: two arguments of the same shape are exchanged, a statement is left out, an old state stands for the
/// new one. Nobody has to write them down.
/// </summary>
internal static class ObviousMistakes
{
    // Only their sum matters, so that they may stand for each other.
    private static readonly (string, string)[] Summands = [("Z_stm", "Z_ltm"), ("E_attn", "E_gated"), ("b_i", "b_m")];

    /// <summary>Those of every composed equation, but for some.</summary>
    /// <param name="known">What has been written down by hand, and need not be here.</param>
    public static IEnumerable<Mistake> Beside(IReadOnlyList<Mistake> known)
    {
        foreach (var composed in EquationCatalogue.All.Where(equation => equation.Wiring is not null))
        {
            var texts = known.Where(mistake => mistake.Equation == composed.Id)
                .Select(mistake => mistake.Rewiring?.Text).OfType<string>().ToHashSet();
            foreach (var (name, when, edit) in Edits(composed))
            {
                var rewiring = new Rewiring(composed.Id, edit);
                if (texts.Add(rewiring.Text!))
                    yield return new Mistake(composed.Id, name, when, rewiring);
            }
        }
    }

    private static IEnumerable<(string Name, string When, string Edit)> Edits(Equation composed)
    {
        var initial = new Dictionary<string, string>();
        var zeros = new HashSet<string>();
        foreach (var (statement, isLooped) in Flat(composed.Wiring!.Statements, isLooped: false))
        {
            switch (statement)
            {
                case WiringCall call:
                    foreach (var edit in Exchanges(call).Concat(LeftOut(call)).Concat(Old(composed, call, isLooped ? initial : [])))
                        yield return edit;
                    break;
                case WiringAssignment { Target.Name: var name, Value: WiringReshape { Entries: null } }:
                    zeros.Add(name);
                    break;
                // Zeros are added for their shape.
                case WiringAssignment { Target: var target, Value: WiringSum(var left, var right) } when !zeros.Contains(left.Name):
                    yield return LeftOut($"{target} = {left} +", target, left, right);
                    if (!composed.Inputs.Any(input => input.Name == right.Name && input.Shapes.Any(shape => shape.Extents.Count == 1)))
                        yield return LeftOut($"{target} = {left} +", target, right, left);
                    break;
                case WiringAssignment { Target: var target, Value: WiringFunction(var function, var x) }:
                    yield return LeftOut($"{target} = {function}", target, x, function);
                    break;
                case WiringAssignment { Target: { Index: null } target, Value: WiringTensor { Index: null } value } when !isLooped && !IsOptional(composed, value):
                    initial[target.Name] = value.Name;
                    break;
            }
        }
    }

    private static IEnumerable<(WiringStatement Statement, bool IsLooped)> Flat(IEnumerable<WiringStatement> statements, bool isLooped) =>
        statements.SelectMany(statement => statement switch
        {
            WiringLoop loop => Flat(loop.Body, isLooped: true),
            WiringBranch branch => Flat(branch.Then.Concat(branch.Otherwise), isLooped),
            _ => [(statement, isLooped)],
        });

    private static bool IsOptional(Equation composed, WiringTensor tensor) =>
        composed.Inputs.Any(input => input.Name == tensor.Name && input.IsOptional);

    private static string Beginning(WiringCall call) => $"{string.Join(", ", call.Targets)} = {call.Equation}";

    private static (string Name, string When, string Edit) LeftOut(string beginning, WiringTarget target, WiringOperand value, object without) =>
        (Named(target, "is", value, "without", without), $"{target} is {value}: {without} is left out", $"{beginning} := {value}");

    private static IEnumerable<(string Name, string When, string Edit)> Exchanges(WiringCall call)
    {
        var inputs = EquationCatalogue.Find(call.Equation)!.Inputs;
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            for (var j = i + 1; j < call.Arguments.Count; j++)
            {
                var (first, second) = (call.Arguments[i].ToString()!, call.Arguments[j].ToString()!);
                if (first != second && AreAlike(inputs[i], inputs[j]))
                {
                    yield return (
                        Named([.. call.Targets, "with", call.Arguments[i], "for", call.Arguments[j]]),
                        $"{first} and {second} stand for each other in {call.Equation}", $"{Beginning(call)}: {first} <-> {second}");
                }
            }
        }
    }

    private static bool AreAlike(TensorSpec first, TensorSpec second) =>
        ShapesOf(first) == ShapesOf(second) && first.Domain == second.Domain && !first.IsOptional && !second.IsOptional
        && !Summands.Contains((first.Name, second.Name));

    private static string ShapesOf(TensorSpec tensor) => string.Join('|', tensor.Shapes.Select(shape => shape.Text));

    private static IEnumerable<(string Name, string When, string Edit)> LeftOut(WiringCall call)
    {
        var piece = EquationCatalogue.Find(call.Equation)!;
        if (piece.Outputs is not [var output])
            return [];
        var same = piece.Inputs.ToList().FindIndex(input => output.Like == input.Name || (output.Like is null && ShapesOf(input) == ShapesOf(output)));
        return same < 0 ? [] : [LeftOut(Beginning(call), call.Targets[0], call.Arguments[same], call.Equation)];
    }

    private static IEnumerable<(string Name, string When, string Edit)> Old(
        Equation composed, WiringCall call, IReadOnlyDictionary<string, string> initial)
    {
        foreach (var tensor in call.Arguments.OfType<WiringTensor>().Where(tensor => tensor.Index is null).Distinct())
        {
            var old = initial.GetValueOrDefault(tensor.Name)
                ?? composed.Inputs.FirstOrDefault(input => $"{input.Name}_next" == tensor.Name && !input.IsOptional)?.Name;
            if (old is not null)
            {
                yield return (
                    Named([.. call.Targets, "with-the-first", tensor]), $"{call.Equation} reads {old} instead of {tensor}",
                    $"{Beginning(call)}: {tensor} -> {old}");
            }
        }
    }

    private static string Named(params object[] words) => string.Join('-', words.Select(word => word.ToString()!.Replace(" ", "", StringComparison.Ordinal)));
}
