using Harness.Conformance.Catalogue;
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
        if (got is null)
            return OutputFigures.Faulty(name, $"output \"{name}\": found nothing, expected {expected.Shape}");
        if (got.Shape != expected.Shape)
            return OutputFigures.Faulty(name, $"output \"{name}\": found shape {got.Shape}, expected {expected.Shape}");
        if (got.Values.Length != golden.Length)
            return OutputFigures.Faulty(name, $"output \"{name}\": found {got.Values.Length} values, expected {golden.Length}");
        var strange = Array.FindIndex(got.Values, value => !double.IsFinite(value));
        if (strange >= 0)
        {
            return OutputFigures.Faulty(
                name, $"output \"{name}\": found {got.Values[strange]} at {InputValidator.Index(got.Shape, strange)}, expected {golden[strange]:G17}");
        }

        var elements = expected.Judgement == Judgement.Columns
            ? Columns(got.Values, golden, rho, expected, format, toleranceFactor)
            : Entries(got.Values, golden, rho, expected.Shape, format, toleranceFactor);
        var worst = elements.OrderByDescending(element => element.Share).Take(WorstElements).ToArray();
        return Figures(name, got.Values, golden, expected.Shape, format, worst);
    }

    private static IEnumerable<Element> Entries(
        double[] got, double[] golden, double[] rho, Shape shape, FloatFormat format, double factor)
    {
        // Only the worst entries are shown, so that an index is spelled out for those alone.
        return Enumerable.Range(0, golden.Length)
            .Select(i => (Index: i, Error: Math.Abs(got[i] - golden[i]), Allowed: Tolerance.Bound(rho[i], Math.Abs(golden[i]), format, factor)))
            .OrderByDescending(entry => entry.Error == 0 ? 0 : entry.Error / entry.Allowed)
            .Take(WorstElements)
            .Select(entry => new Element(InputValidator.Index(shape, entry.Index), got[entry.Index], golden[entry.Index], entry.Error, entry.Allowed));
    }

    private static IEnumerable<Element> Columns(
        double[] got, double[] golden, double[] rho, GoldenOutput expected, FloatFormat format, double factor)
    {
        var sizes = ColumnNorms(golden, expected);
        var found = ColumnNorms(got, expected);
        var errors = ColumnNorms([.. got.Zip(golden, (value, target) => value - target)], expected);
        for (var column = 0; column < rho.Length; column++)
        {
            var index = InputValidator.Index(expected.ToleranceShape, column)[1..^1].Split(',');
            index[expected.Axis] = ":";
            yield return new Element(
                $"[{string.Join(',', index)}]", found[column], sizes[column], errors[column],
                Tolerance.Bound(rho[column], sizes[column], format, factor));
        }
    }

    /// <summary>The 2-norm of every column, in the order of ρ.</summary>
    public static double[] ColumnNorms(double[] values, GoldenOutput output)
    {
        var extent = output.Shape[output.Axis];
        var inner = (int)output.Shape[(output.Axis + 1)..].Count;
        var norms = new double[values.Length / extent];
        for (var i = 0; i < values.Length; i++)
            norms[i / (extent * inner) * inner + i % inner] += values[i] * values[i];
        return Array.ConvertAll(norms, Math.Sqrt);
    }

    private static OutputFigures Figures(
        string name, double[] got, double[] golden, Shape shape, FloatFormat format, Element[] worst)
    {
        var ulps = new double[golden.Length];
        var (errorSquares, goldenSquares, component, maximum) = (0.0, 0.0, 0.0, 0);
        for (var i = 0; i < golden.Length; i++)
        {
            var error = Math.Abs(got[i] - golden[i]);
            ulps[i] = error / format.Ulp(golden[i]);
            errorSquares += error * error;
            goldenSquares += golden[i] * golden[i];
            if (golden[i] != 0)
                component = Math.Max(component, error / Math.Abs(golden[i]));
            if (ulps[i] > ulps[maximum])
                maximum = i;
        }

        var maximumUlp = ulps[maximum];
        Array.Sort(ulps);
        return new OutputFigures(
            name,
            null,
            worst.Length > 0 ? worst[0].Share : 0,
            goldenSquares > 0 ? Math.Sqrt(errorSquares / goldenSquares) : Math.Sqrt(errorSquares),
            component,
            ulps[ulps.Length / 2],
            maximumUlp,
            InputValidator.Index(shape, maximum),
            worst);
    }
}
