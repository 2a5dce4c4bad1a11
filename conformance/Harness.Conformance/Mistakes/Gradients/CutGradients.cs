using Harness.Conformance.Catalogue;
using Harness.Tensors.Dense;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>
/// What can be missing in going back through any wiring: one use of a tensor does not count, or only in one repetition of a loop, or a state
/// is detached between segments. Nobody has to write them down.
/// </summary>
internal static class CutGradients
{
    /// <summary>Those of the gradient of a composed equation; none of any other equation. What says most about one comes first.</summary>
    public static IEnumerable<Mistake> Of(Equation equation) => equation is { Differentiated.Wiring: { } wiring }
        ?
        [
            .. Detached(equation, wiring.Statements).Concat(LeftOut(equation, wiring.Statements, null)).GroupBy(place => (place.When, place.Kept))
                .Select(places => Cut(equation, places.Key.When, new WiringCut([.. places.SelectMany(place => place.Uses)], places.Key.Kept))),
        ]
        : [];

    // A state is what a repetition takes before it assigns it.
    private static IEnumerable<(string When, KeptRepetition? Kept, IReadOnlyList<WiringTensor> Uses)> Detached(
        Equation equation, IReadOnlyList<WiringStatement> statements)
    {
        foreach (var loop in statements.OfType<WiringLoop>())
        {
            foreach (var name in loop.Assigned.Where(target => target.Index is null).Select(target => target.Name).Distinct())
            {
                var uses = new List<WiringTensor>();
                TakeUntilAssigned(loop.Body, name, uses);
                if (uses.Count > 0)
                    yield return ($"{name} is detached between {Repetition(equation, loop)}s", KeptRepetition.First, uses);
            }

            foreach (var inner in Detached(equation, loop.Body))
                yield return inner;
        }
    }

    private static bool TakeUntilAssigned(IReadOnlyList<WiringStatement> statements, string name, List<WiringTensor> uses)
    {
        foreach (var statement in statements)
        {
            switch (statement)
            {
                case WiringLoop loop:
                    if (TakeUntilAssigned(loop.Body, name, uses))
                        return true;
                    break;
                case WiringBranch branch:
                    if (TakeUntilAssigned(branch.Then, name, uses) | TakeUntilAssigned(branch.Otherwise, name, uses))
                        return true;
                    break;
                default:
                    uses.AddRange(statement.Taken.SelectMany(value => value.Sources).Where(use => use.Name == name && use.Index is null));
                    if (statement.Assigned.Any(target => target.Name == name && target.Index is null))
                        return true;
                    break;
            }
        }

        return false;
    }

    // Of loops in one another it is the inner one that repeats a statement.
    private static IEnumerable<(string When, KeptRepetition? Kept, IReadOnlyList<WiringTensor> Uses)> LeftOut(
        Equation equation, IReadOnlyList<WiringStatement> statements, WiringLoop? loop) => statements.SelectMany(statement => statement switch
        {
            WiringLoop inner => LeftOut(equation, inner.Body, inner),
            WiringBranch branch => LeftOut(equation, [.. branch.Then, .. branch.Otherwise], loop),
            _ => LeftOut(equation, statement, loop),
        });

    private static IEnumerable<(string When, KeptRepetition? Kept, IReadOnlyList<WiringTensor> Uses)> LeftOut(
        Equation equation, WiringStatement statement, WiringLoop? loop)
    {
        foreach (var (use, place) in Uses(statement))
        {
            var gradient = $"the gradient that {use} gets through {place}";
            yield return ($"{gradient} is left out", null, [use]);
            if (loop is null)
                continue;
            yield return ($"only the first {Repetition(equation, loop)} counts in {gradient}", KeptRepetition.First, [use]);
            yield return ($"only the last {Repetition(equation, loop)} counts in {gradient}", KeptRepetition.Last, [use]);
        }
    }

    private static string Repetition(Equation equation, WiringLoop loop) =>
        equation.Attributes.Any(attribute => attribute.Name == loop.Extent || attribute.Extent?.ToString() == loop.Extent) ? "repetition" : "segment";

    private static Mistake Cut(Equation equation, string when, WiringCut cut) =>
        new(equation.Id, when.Replace(' ', '-'), when, call => Carry(equation, call, cut));

    // What is taken, and by what; a name for each of several uses of one tensor.
    private static IEnumerable<(WiringTensor Use, string Place)> Uses(WiringStatement statement)
    {
        if (statement is WiringAssignment assignment)
            return assignment.Value.Sources.Select(use => (use, $"{assignment.Target} = {assignment.Value}"));
        var call = (WiringCall)statement;
        if (EquationCatalogue.Find(call.Equation + GradientSignature.Suffix) is null)
            return [];
        var taken = call.Arguments.SelectMany(argument => argument.Sources).ToArray();
        return EquationCatalogue.Find(call.Equation)!.Inputs.Zip(call.Arguments).Where(pair => !pair.First.IsConstant)
            .SelectMany(pair => pair.Second.Sources.Select(use => (
                use, taken.Count(other => other == use) == 1 ? call.Equation : $"{call.Equation} as {pair.First.Name}")));
    }

    private static Tensor[] Carry(Equation equation, Call call, WiringCut cut)
    {
        var (attributes, inputs) = (call.Request.Attributes, call.Request.Inputs);
        var gradients = WiringEvaluation.Run(equation, attributes, inputs, Rewiring.Right, cut: cut)!;
        return
        [
            .. GradientSignature.Given(equation, inputs).Select(output => gradients[output.Name])
                .Select(gradient => DenseEngine<double>.Instance.Create(gradient.Values, gradient.Shape)),
        ];
    }
}
