using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Comparison;

/// <summary>Holds an output against golden values and their ρ.</summary>
public static class Comparer
{
    private const int WorstElements = 5;

    /// <summary>Compares one output.</summary>
    /// <param name="name">The output's name.</param>
    /// <param name="got">What the implementation gave; null if nothing.</param>
    /// <param name="golden">The golden values.</param>
    /// <param name="rho">ρ per entry, or per column.</param>
    /// <param name="expected">Shape and judgement.</param>
    /// <param name="format">The format computed in.</param>
    /// <param name="toleranceFactor">1 for the derived tolerances.</param>
    public static OutputFigures Compare(
        string name, TensorData? got, double[] golden, double[] rho, GoldenOutput expected, FloatFormat format, double toleranceFactor = 1)
    {
        format = expected.FormatIn(format);
        if (got is null)
            return OutputFigures.Faulty(name, $"output \"{name}\": found nothing, expected {expected.Shape}");
        if (got.Values is null)
            return OutputFigures.Faulty(name, $"output \"{name}\": found no values, expected {golden.Length}");
        if (got.Shape != expected.Shape)
            return OutputFigures.Faulty(name, $"output \"{name}\": found shape {got.Shape}, expected {expected.Shape}");
        if (got.Values.Length != golden.Length)
            return OutputFigures.Faulty(name, $"output \"{name}\": found {got.Values.Length} values, expected {golden.Length}");
        var strange = Array.FindIndex(got.Values, value => !double.IsFinite(value));
        if (strange >= 0)
        {
            return OutputFigures.Faulty(
                name, $"output \"{name}\": found {got.Values[strange]} at {got.Shape.IndexText(strange)}, expected {golden[strange]:G17}");
        }

        // A unit is what is judged: an entry, or a column.
        var isByColumn = expected.Judgement == Judgement.Columns;
        double[] differences = [.. got.Values.Zip(golden, (value, target) => value - target)];
        var (sizes, errors) = (Sizes(golden, expected), Sizes(differences, expected));
        double[] allowed = [.. rho.Zip(sizes, (deviation, size) => Tolerance.Bound(deviation, size, format, toleranceFactor))];
        double[] shares = [.. errors.Zip(allowed, (error, bound) => error == 0 ? 0 : error / bound)];
        var worst = Enumerable.Range(0, shares.Length).OrderByDescending(unit => shares[unit]).Take(WorstElements)
            .Select(unit => isByColumn
                ? new Element(ColumnIndex(expected, unit), Sizes(got.Values, expected)[unit], sizes[unit], errors[unit], allowed[unit])
                : new Element(expected.Shape.IndexText(unit), got.Values[unit], golden[unit], errors[unit], allowed[unit]))
            .ToArray();
        return Figures(name, got.Values, golden, expected.Shape, format, worst) with
        {
            Spread = ErrorSpread.Of(expected, rho, sizes, allowed, shares, format),
        };
    }

    /// <summary>Compares every output of a case that the answer does not omit.</summary>
    /// <param name="answer">What the implementation gave.</param>
    /// <param name="outputs">Shape and judgement by name.</param>
    /// <param name="golden">The golden values by name.</param>
    /// <param name="rho">ρ by name.</param>
    /// <param name="format">The format computed in.</param>
    /// <param name="toleranceFactor">1 for the derived tolerances.</param>
    internal static IReadOnlyList<OutputFigures> Compare(
        IReadOnlyDictionary<string, TensorData> answer, IReadOnlyDictionary<string, GoldenOutput> outputs, IReadOnlyDictionary<string, double[]> golden,
        Func<string, double[]> rho, FloatFormat format, double toleranceFactor)
    {
        return [.. outputs.Where(output => answer.GetValueOrDefault(output.Key) is not { IsOmitted: true }).Select(output => Figures(output.Key, output.Value))];

        OutputFigures Figures(string name, GoldenOutput expected)
        {
            var figures = Compare(name, answer.GetValueOrDefault(name), golden[name], rho(name), expected, format, toleranceFactor);
            return answer.ContainsKey(name) ? figures : figures with { Fault = figures.Fault + OtherNames.Describe(name, answer.Keys, outputs.Keys) };
        }
    }

    private static string ColumnIndex(GoldenOutput expected, int column)
    {
        var index = Array.ConvertAll(expected.ToleranceShape.IndexOf(column), position => $"{position}");
        index[expected.Axis] = ":";
        return $"[{string.Join(',', index)}]";
    }

    /// <summary>The size of every entry, or the 2-norm of every column, in the order of ρ.</summary>
    public static double[] Sizes(double[] values, GoldenOutput output)
    {
        if (output.Judgement == Judgement.Entries)
            return Array.ConvertAll(values, Math.Abs);
        var norms = new EuclideanNorm[output.ToleranceShape.Count];
        for (var i = 0; i < values.Length; i++)
            norms[output.Unit(i)].Add(values[i]);
        return Array.ConvertAll(norms, norm => norm.Value);
    }

    private static OutputFigures Figures(
        string name, double[] got, double[] golden, Shape shape, FloatFormat format, Element[] worst)
    {
        var ulps = new double[golden.Length];
        var (errors, component, maximum) = (default(EuclideanNorm), 0.0, 0);
        for (var i = 0; i < golden.Length; i++)
        {
            var error = Math.Abs(got[i] - golden[i]);
            ulps[i] = error / format.Ulp(golden[i]);
            errors.Add(error);
            if (golden[i] != 0)
                component = Math.Max(component, error / Math.Abs(golden[i]));
            if (ulps[i] > ulps[maximum])
                maximum = i;
        }

        var (maximumUlp, goldenNorm) = (ulps[maximum], EuclideanNorm.Of(golden));
        Array.Sort(ulps);
        return new OutputFigures(
            name,
            null,
            worst.Length > 0 ? worst[0].Share : 0,
            goldenNorm > 0 ? errors.Value / goldenNorm : errors.Value,
            component,
            ulps[ulps.Length / 2],
            maximumUlp,
            shape.IndexText(maximum),
            worst);
    }
}
