using Harness.Conformance.Catalogue;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Operations;

/// <summary>
/// What can be wrong in any equation: an operation of it is left out, done along another axis, or another one is done. Nobody writes that
/// down: it is found from what the equation does when it is carried out.
/// </summary>
internal static class OperationMistakes
{
    // Of an operation that is repeated, as in loops over segments, the first ones are looked at, and all of them together.
    private const int MostRepetitions = 3;

    /// <summary>The mistakes that fit some calls of an equation, those of a single operation first.</summary>
    /// <param name="equation">The equation.</param>
    /// <param name="calls">What it is carried out with, to see what it does.</param>
    public static IReadOnlyList<Mistake> Of(Equation equation, IEnumerable<Call> calls)
    {
        if (equation.Differentiated is not null)
            return [];
        var found = new Dictionary<(Place, OperationEdit), string>();
        foreach (var operations in calls.Select(Done))
        {
            foreach (var (place, operation) in operations.SelectMany(done => Around(done.Place, operations).Select(place => (place, done.Operation))))
            {
                foreach (var edit in OperationEdits.All.Where(edit => edit.Operations.Contains(operation.Name)))
                    found.TryAdd((place, edit), Words(place, operation, edit));
            }
        }

        return
        [
            .. found.OrderBy(one => one.Key.Item1 switch { { Number: not null } => 0, { Result: not null } => 1, _ => 2 }).Select(one => new Mistake(
                equation.Id, one.Value, one.Value,
                call => new EditedEngine(one.Key.Item1, one.Key.Item2).Run(call) ?? throw new NotSupportedException($"{one.Value}: not in this case")) { Formats = one.Key.Item2.Formats }),
        ];
    }

    /// <summary>What can be wrong in the same way in several equations that belong together, as where a composed one splits heads.</summary>
    /// <param name="calls">What each of them is carried out with.</param>
    /// <returns>The clause, and the outputs of a call of one of them: the right ones where the mistake cannot happen.</returns>
    public static IEnumerable<(string When, Func<Call, Tensor[]> Compute)> InAll(IReadOnlyList<IReadOnlyList<Call>> calls)
    {
        Operation[][] done = [.. calls.Select(of => of.SelectMany(Done).Select(one => one.Operation).ToArray())];
        foreach (var edit in OperationEdits.All)
        {
            var places = done.Select(operations => operations.FirstOrDefault(operation => edit.Operations.Contains(operation.Name) && edit.Do(operation) is not null))
                .OfType<Operation>().ToArray();
            if (places.Length > 1)
                yield return ($"{edit.WordsAt(places[0])}, and wherever else that is done", call => new EditedEngine(new Place(null, null, null), edit).Run(call) ?? call.Right());
        }
    }

    private static string Words(Place place, Operation operation, OperationEdit edit) => place.Result is null
        ? $"{edit.WordsAt(operation)}, and wherever else that is done"
        : edit.WordsAt(operation);

    // One, all that give the same, and all of its kind.
    private static IEnumerable<Place> Around(Place place, IReadOnlyList<(Place Place, Operation Operation)> all)
    {
        if (place.Number < MostRepetitions)
            yield return place;
        if (place.Number == 0 && all.Any(other => other.Place.Operation == place.Operation && other.Place.Result == place.Result && other.Place.Number > 0))
            yield return place with { Number = null };
        if (place.Number == 0 && all.Any(other => other.Place.Operation == place.Operation && other.Place.Result != place.Result))
            yield return new Place(place.Operation, null, null);
    }

    private static IReadOnlyList<(Place Place, Operation Operation)> Done(Call call)
    {
        var engine = new EditedEngine();
        try
        {
            engine.Run(call);
        }
        catch (Exception)
        {
            // What was done until then is known.
        }

        return engine.Operations;
    }
}
