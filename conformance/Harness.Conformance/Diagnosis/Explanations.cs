using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Diagnosis;

/// <summary>Which mistakes explain some answers.</summary>
/// <remarks>
/// An implementation with a mistake differs from the mistaken formula by its rounding alone. That rounding is not known, but the
/// tolerance of the right result is: scaled to the mistaken result's size it stands for it. So a mistake explains an answer where
/// what it leaves unexplained is at most that, and in every entry (or column) that is clearly wrong at most a tenth of its error. It must do
/// so on every case asked, those that passed included: there it must make no difference.
/// </remarks>
/// <param name="evidence">The answers, that first which rules most out.</param>
/// <param name="leftOfTheError">How much of an error may be left whatever the rounding: more for mistakes that are known than for guesses.</param>
internal sealed class Explanations(IReadOnlyList<Evidence> evidence, double leftOfTheError)
{
    // As for the suite's own mutants: rounding cannot be confused with what exceeds its tolerance tenfold.
    private const double ClearlyWrong = 10;
    private const double MostLeftOfTheError = 0.1;

    // Where a mistaken formula cancels, its rounding is larger than that of its neighbours.
    private const double Outliers = 0.05;

    // Two mistakes that come this close together give the same.
    private const double Same = 1e-9;

    private readonly FloatFormat _format = evidence[0].Request.Format;

    /// <summary>Those mistakes that explain every answer.</summary>
    public Mistake[] Alone(IEnumerable<Mistake> mistakes) =>
        [.. mistakes.Where(mistake => IsOneIn(mistake) && evidence.All(answer => Explains(mistake, answer)))];

    /// <summary>Of mistakes that give the same on every case, the first.</summary>
    public IEnumerable<Mistake> Distinct(IEnumerable<Mistake> mistakes)
    {
        var known = new List<double[]>();
        foreach (var mistake in mistakes)
        {
            double[] results = [.. evidence.SelectMany(answer => answer.Mistaken(mistake)!.Values).SelectMany(output => output.Values)];
            if (known.Any(other => other.Length == results.Length && other.Zip(results).All(pair =>
                pair.First.Equals(pair.Second) || Math.Abs(pair.First - pair.Second) <= Same * Math.Max(Math.Abs(pair.First), Math.Abs(pair.Second)))))
            {
                continue;
            }

            known.Add(results);
            yield return mistake;
        }
    }

    /// <summary>
    /// Mistakes that explain every answer between them: each the outputs that it changes, and no other output is changed. Empty where there are
    /// none, or where one is enough.
    /// </summary>
    public Mistake[] BetweenThem(IEnumerable<Mistake> mistakes)
    {
        string[] wrong = [.. evidence.SelectMany(answer => answer.Figures).Where(output => !output.Passed).Select(output => output.Name).Distinct()];
        if (wrong.Length < 2)
            return [];
        var parts = mistakes.Where(IsOneIn).Select(mistake => (Mistake: mistake, Outputs: Part(mistake, wrong)))
            .Where(part => part.Outputs.Count > 0).ToArray();
        var chosen = new List<(Mistake Mistake, IReadOnlyList<string> Outputs)>();
        foreach (var output in wrong.Where(output => !chosen.Any(part => part.Outputs.Contains(output))))
        {
            // What explains the most is what was most likely done.
            var next = parts.Where(part => part.Outputs.Contains(output) && !chosen.Any(other => other.Outputs.Intersect(part.Outputs).Any()))
                .OrderByDescending(part => part.Outputs.Count).FirstOrDefault();
            if (next.Mistake is null)
                return [];
            chosen.Add(next);
        }

        return chosen.Count > 1 ? [.. chosen.Select(part => part.Mistake)] : [];
    }

    // The outputs that it explains; none if it changes one that it does not.
    private IReadOnlyList<string> Part(Mistake mistake, string[] wrong)
    {
        var explained = wrong.ToList();
        foreach (var answer in evidence)
        {
            if (answer.Mistaken(mistake) is not { } mistaken)
                return [];
            foreach (var name in answer.Outputs.Keys)
            {
                if (explained.Contains(name) && Explains(answer, name, answer.Answer.GetValueOrDefault(name), mistaken.GetValueOrDefault(name)))
                    continue;
                explained.Remove(name);
                if (!IsRight(answer, name, mistaken.GetValueOrDefault(name)))
                    return [];
            }

            if (explained.Count == 0)
                return [];
        }

        // What it leaves as it is explains nothing.
        return [.. explained.Where(name => evidence.Any(answer => answer.Outputs.ContainsKey(name) && !IsRight(answer, name, answer.Mistaken(mistake)!.GetValueOrDefault(name))))];
    }

    private static bool IsRight(Evidence answer, string name, TensorData? mistaken)
    {
        if (mistaken is null || mistaken.Values.Length != answer.Golden[name].Length)
            return false;
        var expected = answer.Outputs[name];
        var errors = Comparer.Sizes([.. mistaken.Values.Zip(answer.Golden[name], (value, golden) => value - golden)], expected);
        return errors.Zip(Bounds(answer, name)).All(unit => unit.First <= unit.Second);
    }

    // A wrong formula is one in every format; arithmetic only in those where it is coarser than what was asked for.
    private bool IsOneIn(Mistake mistake) =>
        mistake.Formats.Contains(_format)
        || (mistake.Formats.Contains(FloatFormat.Float64) && mistake.Formats.Contains(FloatFormat.Float32));

    private bool Explains(Mistake mistake, Evidence answer) =>
        answer.Mistaken(mistake) is { } mistaken
        && answer.Outputs.Keys.All(name => Explains(answer, name, answer.Answer.GetValueOrDefault(name), mistaken.GetValueOrDefault(name)));

    private static double[] Bounds(Evidence answer, string name)
    {
        var expected = answer.Outputs[name];
        var format = expected.FormatIn(answer.Request.Format);
        return [.. answer.Rho[name].Zip(Comparer.Sizes(answer.Golden[name], expected), (rho, size) => Tolerance.Bound(rho, size, format))];
    }

    private bool Explains(Evidence answer, string name, TensorData? found, TensorData? mistaken)
    {
        if (found is null || mistaken is null)
            return found is null && mistaken is null;
        if (found.Shape != mistaken.Shape || found.Values.Length != mistaken.Values.Length)
            return false;
        for (var i = 0; i < found.Values.Length; i++)
        {
            if (double.IsFinite(found.Values[i]) != double.IsFinite(mistaken.Values[i]))
                return false;
        }

        var (y, m) = (Finite(found.Values), Finite(mistaken.Values));
        var expected = answer.Outputs[name];
        var golden = answer.Golden[name];
        var format = expected.FormatIn(answer.Request.Format);
        var sizes = Comparer.Sizes(golden, expected);
        var bounds = Bounds(answer, name);
        var typical = Math.Max(EuclideanNorm.Of(bounds), format.UnitRoundoff * EuclideanNorm.Of(golden)) / Math.Sqrt(Math.Max(bounds.Length, 1));
        var relative = typical * Math.Sqrt(bounds.Length) / Math.Max(EuclideanNorm.Of(golden), format.SmallestNormal);
        if (found.Shape != expected.Shape || y.Length != golden.Length)
            return EuclideanNorm.Of([.. y.Zip(m, (left, right) => left - right)]) <= Math.Max(relative, ClearlyWrong * format.UnitRoundoff) * EuclideanNorm.Of(m);

        var mistakenSizes = Comparer.Sizes(m, expected);
        var errors = Comparer.Sizes([.. y.Zip(golden, (left, right) => left - right)], expected);
        var left = Comparer.Sizes([.. y.Zip(m, (value, other) => value - other)], expected);

        // Sizes that no double holds are equal, whatever they are of.
        if (!left.All(double.IsFinite) || !errors.All(double.IsFinite))
            return false;

        // What is further from the answer than what was expected explains nothing.
        if (errors.Zip(bounds).Any(unit => unit.First > 0 && unit.First >= ClearlyWrong * unit.Second) && EuclideanNorm.Of(left) > EuclideanNorm.Of(errors))
            return false;

        // Where nothing should be, the mistaken result alone has a size.
        typical = EuclideanNorm.Of(golden) == 0
            ? format.UnitRoundoff * EuclideanNorm.Of(m) / Math.Sqrt(Math.Max(m.Length, 1))
            : typical * Math.Max(1, EuclideanNorm.Of(m) / Math.Max(EuclideanNorm.Of(golden), format.SmallestNormal));
        var (clear, outliers) = (0, 0);
        for (var i = 0; i < errors.Length; i++)
        {
            var own = bounds[i] * Math.Max(1, sizes[i] == 0 ? 1 : mistakenSizes[i] / sizes[i]);
            if (errors[i] > 0 && errors[i] >= ClearlyWrong * bounds[i])
            {
                clear++;
                var allowed = Math.Min(Math.Max(Math.Max(own, typical), leftOfTheError * errors[i]), MostLeftOfTheError * errors[i]);
                if (left[i] <= allowed)
                    continue;
                if (left[i] > ClearlyWrong * typical)
                    return false;
                outliers++;
            }
            else if (left[i] > ClearlyWrong * (answer.Passed ? own : Math.Max(own, typical)))
            {
                return false;
            }
        }

        return outliers <= Outliers * clear;
    }

    // What is not finite is compared by where it is.
    private static double[] Finite(double[] values) => Array.ConvertAll(values, value => double.IsFinite(value) ? value : 0);
}
