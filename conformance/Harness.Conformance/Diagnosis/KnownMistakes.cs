using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Mistakes.Gradients;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Diagnosis;

/// <summary>Finds the known mistakes that give what was found.</summary>
/// <remarks>
/// An implementation with a known mistake differs from the mistaken formula by its rounding alone. That rounding is not known, but the
/// tolerance of the right result is: scaled to the mistaken result's size it stands for it. So a mistake explains an answer where
/// what it leaves unexplained is at most that, or 1 % of the error, and in every entry (or column) that is clearly wrong at most a
/// tenth of its error. It must do so on every case asked, those that passed included: there it must make no difference.
/// </remarks>
internal static class KnownMistakes
{
    // As for the suite's own mutants: rounding cannot be confused with what exceeds its tolerance tenfold.
    private const double ClearlyWrong = 10;
    private const double LeftOfTheError = 0.01;
    private const double MostLeftOfTheError = 0.1;

    // Where a mistaken formula cancels, its rounding is larger than that of its neighbours.
    private const double Outliers = 0.05;

    // More than this many equivalent mistakes are no help.
    private const int MostNamed = 3;

    /// <summary>The mistakes, as clauses; several if the evidence cannot tell them apart.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<Evidence> evidence)
    {
        // The smallest clear failure first: it rules most of them out.
        var ordered = evidence.OrderBy(answer => !IsClear(answer)).ThenBy(answer => answer.Passed).ToArray();
        if (ordered.Length == 0 || !IsClear(ordered[0]))
            return [];
        var equation = ordered[0].Equation;
        var named = Explaining(MistakeCatalogue.Of(equation.Id).Concat(MistakeCatalogue.OfLargeInputs(equation.Id)), ordered);

        // Of connections that come to the same wherever it was asked, the first says most.
        if (named.Length == 0)
            named = [.. Explaining(CutGradients.Of(equation), ordered).DistinctBy(cut => string.Join(' ', ordered.SelectMany(answer => Mistaken(cut, answer))))];
        return [.. named.Select(mistake => mistake.When).Distinct().Take(MostNamed)];
    }

    private static Mistake[] Explaining(IEnumerable<Mistake> known, Evidence[] evidence) =>
        [.. known.Where(mistake => IsOneIn(mistake, evidence[0].Request.Format) && evidence.All(answer => Explains(mistake, answer)))];

    private static IEnumerable<double> Mistaken(Mistake mistake, Evidence evidence) =>
        mistake.Answer(evidence.Request).Values.SelectMany(output => output.Values).Select(value => value + 0.0);

    /// <summary>Whether an answer is wrong in a way that rounding cannot be confused with.</summary>
    public static bool IsClear(IReadOnlyList<Evidence> evidence) => evidence.Any(IsClear);

    // A wrong formula is one in every format; arithmetic only in those where it is coarser than what was asked for.
    private static bool IsOneIn(Mistake mistake, FloatFormat format) =>
        mistake.Formats.Contains(format)
        || (mistake.Formats.Contains(FloatFormat.Float64) && mistake.Formats.Contains(FloatFormat.Float32));

    private static bool IsClear(Evidence answer) => answer.Figures.Any(output => output.WorstShare >= ClearlyWrong);

    private static bool Explains(Mistake mistake, Evidence evidence)
    {
        IReadOnlyDictionary<string, TensorData> mistaken;
        try
        {
            mistaken = mistake.Answer(evidence.Request);
        }
        catch (Exception)
        {
            // A wrong formula need not be defined on every input.
            return false;
        }

        return evidence.Outputs.Keys.All(name => Explains(evidence, name, evidence.Answer.GetValueOrDefault(name), mistaken.GetValueOrDefault(name)));
    }

    private static bool Explains(Evidence evidence, string name, TensorData? found, TensorData? mistaken)
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
        var expected = evidence.Outputs[name];
        var golden = evidence.Golden[name];
        var format = expected.FormatIn(evidence.Request.Format);
        var sizes = Comparer.Sizes(golden, expected);
        var bounds = evidence.Rho[name].Zip(sizes, (rho, size) => Tolerance.Bound(rho, size, format)).ToArray();
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
                var allowed = Math.Min(Math.Max(Math.Max(own, typical), LeftOfTheError * errors[i]), MostLeftOfTheError * errors[i]);
                if (left[i] <= allowed)
                    continue;
                if (left[i] > ClearlyWrong * typical)
                    return false;
                outliers++;
            }
            else if (left[i] > ClearlyWrong * (evidence.Passed ? own : Math.Max(own, typical)))
            {
                return false;
            }
        }

        return outliers <= Outliers * clear;
    }

    // What is not finite is compared by where it is.
    private static double[] Finite(double[] values) => Array.ConvertAll(values, value => double.IsFinite(value) ? value : 0);
}
