using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Diagnosis;

/// <summary>Where along an axis an equation that is right for small inputs begins to be wrong.</summary>
/// <param name="implementation">What failed.</param>
/// <param name="format">The format computed in.</param>
/// <param name="seed">Where the fresh inputs of the run started.</param>
/// <param name="toleranceFactor">What the run multiplied every derived tolerance with.</param>
internal sealed class SizeThreshold(IImplementation implementation, FloatFormat format, int seed, double toleranceFactor)
{
    // No tile is smaller, and none fails below what golden cases have.
    private const int Smallest = 8;

    // Enough for a thousand sizes, and few questions.
    private const int MostAsked = 10;

    private const int Shown = 6;

    // A tail that is missing is wrong by thousands of tolerances; by a few, what is drawn is nearer to the limit in one case than in another.
    private const double Clearly = 8;

    /// <summary>A sentence for every axis along which small sizes pass and others fail: <c>passes up to T=64, fails from T=65 on</c>.</summary>
    /// <param name="equation">The equation.</param>
    /// <param name="checks">All its checks in the format.</param>
    public IEnumerable<string> Find(Equation equation, IReadOnlyList<CheckResult> checks)
    {
        // What is wrong for small inputs as well is not wrong by its size, nor is what is wrong by little everywhere.
        if (checks.Any(check => check.IsBad && check.Kind is (CheckKind.Golden or CheckKind.Fresh) && SizesOf(check) is null)
            || checks.Any(check => check.IsBad && check.Kind == CheckKind.Pooled)
            || checks.Where(check => check.Verdict == Verdict.Failed).All(check => check.WorstShare < Clearly)
            || checks.All(check => check.Verdict != Verdict.Passed))
        {
            yield break;
        }

        var sized = checks.Where(check => check.Kind == CheckKind.Fresh && check.Verdict is (Verdict.Passed or Verdict.Failed))
            .Select(check => (Sizes: SizesOf(check), check.Verdict)).Where(check => check.Sizes?.Symbols.Count() == 1)
            .Select(check => (Symbol: check.Sizes!.Symbols.First(), Size: check.Sizes[check.Sizes.Symbols.First()]!.Value, check.Verdict));
        foreach (var axis in sized.GroupBy(check => check.Symbol))
        {
            int[] passed = [.. axis.Where(check => check.Verdict == Verdict.Passed).Select(check => check.Size).Order()];
            int[] failed = [.. axis.Where(check => check.Verdict == Verdict.Failed).Select(check => check.Size).Order()];
            if (failed.Length > 0 && Describe(equation, axis.Key, passed, failed) is { } found)
                yield return found;
        }
    }

    private static Sizes? SizesOf(CheckResult check) =>
        check.Id.Split("/fresh-") is [_, var text] ? Sizes.Parse(text) : null;

    private string? Describe(Equation equation, string symbol, int[] passed, int[] failed)
    {
        var later = passed.Where(size => size > failed[0]).ToArray();
        if (later.Length > 0)
        {
            var before = passed.LastOrDefault(size => size < failed[0], 0);
            var start = before == 0 ? "" : $"passes up to {symbol}={before}, ";
            return $"{start}fails at {symbol}={List(failed)}, but not at {List(later)}{Multiples(passed, failed)}";
        }

        var (right, wrong) = (passed.LastOrDefault(Smallest), failed[0]);
        if (implementation.TakesAnyInput)
        {
            // What else differs between two cases may be what one of them fails by: it stays as it is where it can.
            var asked = Surroundings(equation, symbol, wrong)
                .Select(surroundings => (Func<int, bool?>)(size => Passes(equation, symbol, size, surroundings)))
                .FirstOrDefault(passes => passes(wrong) == false && (passes(right) == true || passes(Smallest) == true));
            if (asked is null)
                return null;
            right = asked(right) == true ? right : Smallest;
            if (asked(right) != true)
                return null;
            for (var number = 0; wrong - right > 1 && number < MostAsked; number++)
            {
                var middle = (right + wrong) / 2;
                if (asked(middle) is not { } isRight)
                    break;
                (right, wrong) = isRight ? (middle, wrong) : (right, middle);
            }
        }

        return right == Smallest && passed.Length == 0 && wrong - right > 1 && wrong == failed[0]
            ? $"fails from {symbol}={wrong} on; smaller ones pass"
            : $"passes up to {symbol}={right}, fails from {symbol}={wrong} on";
    }

    private static string List(int[] sizes) => string.Join(", ", sizes.Take(Shown)) + (sizes.Length > Shown ? ", …" : "");

    // 64, 128: multiples of 64 are right, or nothing else is.
    private static string Multiples(int[] passed, int[] failed)
    {
        for (var tile = 512; tile >= Smallest; tile /= 2)
        {
            if (failed.Length > 1 && failed.All(size => size % tile == 0) && passed.All(size => size % tile != 0 || size == tile))
                return $": wrong are multiples of {tile}";
            if (passed.Length > 0 && passed.All(size => size % tile == 0 || size < tile) && passed.Any(size => size >= tile) && failed.All(size => size % tile != 0 && size > tile))
                return $": right beyond {tile} are multiples of {tile} alone";
        }

        return "";
    }

    // All that is no size in proportion to the one that fails; the attributes that are no sizes; whatever is drawn.
    private IEnumerable<Constraints> Surroundings(Equation equation, string symbol, int size)
    {
        if (implementation.Constraints.IsEmpty && FreshCase.Draw(equation, format, seed, Asked(equation, symbol, size), implementation.Precision) is { } failed)
        {
            var sizes = Scope.Values(equation, failed.Attributes, failed.Inputs.ToDictionary(input => input.Key, input => input.Value.Shape))
                .Where(extent => extent.Key != symbol && extent.Value != size).ToDictionary(extent => extent.Key, extent => (object)extent.Value);
            var choices = equation.Attributes.Where(attribute => attribute.Type is not (AttributeType.Integer or AttributeType.Numbers))
                .Select(attribute => KeyValuePair.Create(attribute.Name, failed.Attributes.Find(attribute.Name)!)).Where(choice => choice.Value is not null).ToDictionary();
            foreach (var names in new[] { choices.Concat(sizes).DistinctBy(name => name.Key).ToDictionary(), choices }.Where(names => names.Count > 0))
                yield return Constraints.Parse($"{{\"{equation.Id}\": {{{string.Join(", ", names.Select(name => $"\"{name.Key}\": {AttributeValues.ToJson(name.Value)}"))}}}}}");
        }
        else
        {
            yield return implementation.Constraints;
        }
    }

    private static Sizes Asked(Equation equation, string symbol, int size) =>
        new((symbol, SizeAxis.IsEven(equation.Differentiated ?? equation, symbol) ? size + size % 2 : size));

    // Null where it cannot be told.
    private bool? Passes(Equation equation, string symbol, int size, Constraints surroundings)
    {
        try
        {
            var sizes = Asked(equation, symbol, size);
            if (FreshCase.Draw(equation, format, seed, sizes, implementation.Precision, surroundings) is not { } fresh)
                return null;
            var request = new EquationRequest(equation.Id, format, fresh.Attributes, fresh.Inputs) { Case = FreshCase.IdOf(equation, sizes) };
            return Evidence.Ask(implementation, equation, request, fresh.Expected, toleranceFactor)?.Passed;
        }
        catch (Exception)
        {
            // What gives no answer between two sizes that did leaves the threshold between them.
            return null;
        }
    }
}
