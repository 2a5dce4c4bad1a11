using System.Collections.Concurrent;
using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>
/// What can be wrong in a backward pass. Nobody writes it down equation by equation: every use of every operand on the tapes of some calls
/// is made wrong in every way that fits, and what comes out like the right gradient, or like another wrong one, is left away.
/// </summary>
internal static class GradientMistakes
{
    // Attributes and optional inputs come in all combinations that matter.
    private const int Calls = 12;
    private const int CallsOfComposed = 8;

    // What shows in fewer of them is hard to meet.
    private const int FewestCalls = 2;

    // One of a kind in a piece of a composed equation, and of every kind before more of one: the piece's own equation has the others.
    private const int Most = 36;
    private const int MostWrongFormulas = 8;

    private const int MostPlacesNamed = 3;

    // Far above rounding, which the tests multiply by ten.
    private const double Visible = 1e-9;
    private const double Equal = 1e-9;
    private const double Rounding = 1e-12;

    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyList<Mistake>>> ByEquation = new();

    /// <summary>Those of a gradient equation; none of any other.</summary>
    /// <param name="equation">The equation's id.</param>
    /// <param name="forward">What is known of the equation that it is the gradient of.</param>
    public static IReadOnlyList<Mistake> Of(string equation, IEnumerable<Mistake> forward) =>
        EquationCatalogue.Find(equation) is { Differentiated: not null } gradient
            ? ByEquation.GetOrAdd(equation, _ => new(() => Found(gradient, forward))).Value
            : [];

    /// <summary>
    /// What is wrong at any place of the backward pass, and what is wrong in one way at all places where it can be: more than is worth knowing,
    /// and for who looks for a cause.
    /// </summary>
    /// <param name="equation">A gradient that is not composed; of others there are none.</param>
    /// <param name="calls">What it is carried out with, to see what it does.</param>
    public static IEnumerable<Mistake> Everywhere(Equation equation, IEnumerable<Call> calls)
    {
        if (equation.Differentiated is null or { Wiring: not null })
            return [];
        var candidates = calls.SelectMany(call => new WrongTape(call).Candidates()).DistinctBy(candidate => (candidate.Site, candidate.Edit)).ToArray();
        return
        [
            .. candidates.Select(one => Made(one.Edit, one.Site, one.Words)),
            .. candidates.Where(one => !one.Edit.LooksAround).GroupBy(one => one.Edit).Where(places => places.Count() > 1)
                .Select(places => Made(places.Key, null, string.Join(" and ", places.Select(place => place.Words).Distinct().Take(MostPlacesNamed)))),
        ];

        Mistake Made(AdjointEdit edit, Site? site, string words) =>
            new(equation.Id, words, words, call => new WrongTape(call, site, edit).Gradients()) { Fault = edit.Fault, Formats = edit.Formats };
    }

    private static Mistake[] Found(Equation equation, IEnumerable<Mistake> forward)
    {
        Call[] calls = [.. Enumerable.Range(0, CallsOf(equation.Differentiated!)).Select(number => Drawn(equation, number)).OfType<Call>()];
        var right = calls.Select(call => Fingerprint(() => call.Right())).ToArray();
        var (found, known) = (new List<Mistake>(), new List<double[][]>());
        foreach (var mistake in ((IEnumerable<Mistake>)[.. AtSites(equation, calls), .. AskedOtherwise.Of(equation), .. OfWrongFormulas(equation, forward)])
            .DistinctBy(mistake => mistake.Name))
        {
            var fingerprint = calls.Select(call => Fingerprint(() => mistake.Compute(call))).ToArray();
            if (fingerprint.Zip(right).Count(pair => Differ(pair.First, pair.Second, Visible)) >= FewestCalls && !known.Any(other => fingerprint.Zip(other).All(pair => !Differ(pair.First, pair.Second, Equal))))
            {
                found.Add(mistake);
                known.Add(fingerprint);
            }
        }

        return [.. found];
    }

    private static int CallsOf(Equation forward) => (forward.Wiring is null ? Calls : CallsOfComposed) * (HasManyKinds(forward) ? 2 : 1);

    // Of calls: by flags, and by what may be given beside the variables.
    private static bool HasManyKinds(Equation forward) => forward.Attributes.Count(attribute => attribute.Type == AttributeType.Flag) > 2
        || forward.Inputs.Count(input => input is { IsOptional: true, IsConstant: true }) > 1;

    private static Call? Drawn(Equation equation, int number)
    {
        try
        {
            var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float64, new Random(Seeds.Of($"mistakes of {equation.Id}/{number}")));
            var call = new Call(new EquationRequest(equation.Id, FloatFormat.Float64, attributes, inputs));
            return call.Right().Length > 0 ? call : null;
        }
        catch (Exception)
        {
            // A draw may lie outside of the equation's domain, as in sticky memories.
            return null;
        }
    }

    private static IEnumerable<Mistake> AtSites(Equation equation, Call[] calls)
    {
        // What is on the tapes of fewer calls cannot show in more, and would take the place of what does.
        var candidates = calls.SelectMany(call => new WrongTape(call).Candidates().DistinctBy(candidate => (candidate.Site, candidate.Edit)))
            .GroupBy(candidate => (candidate.Site, candidate.Edit)).Where(alike => alike.Count() >= FewestCalls)
            .ToDictionary(alike => alike.Key, alike => alike.First().Words);

        // Edits come in the order of how well they are known; pieces that occur in it in that of the forward pass.
        var isComposed = candidates.Keys.Select(candidate => candidate.Item1.Result.Piece).Distinct().Count() > 1;
        var ranked = candidates.OrderBy(candidate => AdjointEdits.RankOf(candidate.Key.Item2)).ToArray();
        if (isComposed)
            ranked = [.. ranked.DistinctBy(candidate => (candidate.Key.Item1.Result.Piece, candidate.Key.Item2.Fault))];
        var chosen = ranked.GroupBy(candidate => candidate.Key.Item2.Fault).SelectMany(kind => kind.Select((candidate, number) => (candidate, number)))
            .OrderBy(numbered => numbered.number).Select(numbered => numbered.candidate).Take(HasManyKinds(equation.Differentiated!) && !isComposed ? 2 * Most : Most);
        var names = new HashSet<string>();
        foreach (var ((site, edit), words) in chosen)
        {
            var (piece, where) = isComposed ? ($"-in-{site.Result.Piece}", $" ({site.Result.Piece})") : ("", "");
            var name = edit.Name + piece;
            for (var number = 2; !names.Add(name); number++)
                name = $"{edit.Name}{piece}-{number}";
            yield return new(equation.Id, name, words + where, call => new WrongTape(call, site, edit).Gradients()) { Fault = edit.Fault, Formats = edit.Formats };
        }
    }

    // The right gradient of a wrong formula, where it takes no more than to put the equation together as that one is.
    private static IEnumerable<Mistake> OfWrongFormulas(Equation equation, IEnumerable<Mistake> forward)
    {
        foreach (var wrong in forward.Where(mistake => mistake.Rewiring?.Text is not null).OrderBy(IsOfNewMemory).TakeLast(MostWrongFormulas))
        {
            var wiring = wrong.Rewiring!.Wiring;
            yield return new(
                equation.Id, $"of-{wrong.Name[(wrong.Equation.Length + 1)..]}", $"it is the gradient of a formula in which {wrong.When}",
                call => new WrongTape(call).Gradients(wiring))
            {
                Fault = IsOfNewMemory(wrong) ? GradientFault.NewMemory : GradientFault.WrongFormula,
            };
        }
    }

    private static bool IsOfNewMemory(Mistake mistake) => mistake.Name.Contains("new-", StringComparison.Ordinal);

    // A few sums that tell outputs apart; nothing where it is not defined.
    private static double[] Fingerprint(Func<Tensor[]> compute)
    {
        try
        {
            return [.. compute().SelectMany((tensor, number) =>
            {
                var (values, random) = (tensor.ToArray(), new Random(number));
                return new[] { values.Sum(value => value * (0.5 + random.NextDouble())), Math.Sqrt(values.Sum(value => value * value)) };
            })];
        }
        catch (Exception)
        {
            return [];
        }
    }

    // What is not a number differs from everything, and is no gradient that anybody would compute.
    private static bool Differ(double[] left, double[] right, double share)
    {
        // What vanishes but for rounding is not judged, such as the gradient of a bias of all keys under a softmax.
        var rounding = Rounding * right.DefaultIfEmpty().Max(Math.Abs);
        return left.Length == right.Length && Enumerable.Range(0, left.Length).Any(i =>
            (right[i] == 0 || Math.Abs(right[i | 1]) > rounding) && Math.Abs(left[i] - right[i]) > share * Math.Max(Math.Abs(left[i]), Math.Abs(right[i])));
    }
}
