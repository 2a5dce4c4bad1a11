using System.Diagnostics;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>What a property may use: random draws, calls of the implementation under test, and derived bounds.</summary>
internal sealed class PropertyContext(
    IImplementation implementation, Property property, FloatFormat format, int seed, double toleranceFactor)
{
    // Most draws can be judged at once; one with a tie at rank k or a sample on a bin's edge is thrown away.
    private const int Attempts = 50;

    // A bound takes a dozen evaluations in double-double: larger draws cost more than they tell. Where no draw is so small, twice as much
    // is taken after a while.
    private const int MostValues = 150;
    private const int DrawsOfASize = 200;
    private const int Draws = 2000;

    private readonly int _seed = Seeds.Of($"{seed}/{property.Equation}/{property.Name}/{format}");

    /// <summary>The format computed in.</summary>
    public FloatFormat Format => format;

    /// <summary>Whether two ways to the same result can be held to the same bits, where a repeated call gives the same.</summary>
    public bool KeepsBits => implementation.KeepsBits;

    /// <summary>Runs while the implementation does.</summary>
    public Stopwatch Clock { get; } = new();

    /// <summary>The property's own stream of random numbers, from the run's seed.</summary>
    public Random Random { get; } = new(Seeds.Of($"{seed}/{property.Equation}/{property.Name}/{format}/values"));

    /// <summary>Runs the property.</summary>
    public (bool IsUnsupported, string? NotJudged, string? Violation) Evaluate()
    {
        try
        {
            property.Holds(this);
            return (false, null, null);
        }
        catch (NotSupportedByImplementationException)
        {
            return (true, null, null);
        }
        catch (NotJudgedException reason)
        {
            return (false, reason.Message, null);
        }
        catch (ViolationException violation)
        {
            return (false, null, $"{property.Statement} {violation.Message}");
        }
    }

    /// <summary>Draws an input of an equation, exact in the format.</summary>
    public (AttributeValues Attributes, Dictionary<string, TensorData> Inputs) Draw(string equation)
    {
        var (attributes, inputs) = InputSampler.Draw(EquationCatalogue.Find(equation)!, format, Random);
        return (attributes, new Dictionary<string, TensorData>(inputs));
    }

    /// <summary>Draws a small input of the property's equation until honest results on it can be told from wrong ones.</summary>
    /// <param name="adapt">Changes the drawn tensors and returns the attributes to use; null asks for another draw.</param>
    public Trial DrawJudged(Func<AttributeValues, Dictionary<string, TensorData>, AttributeValues?>? adapt = null) =>
        DrawJudged(EquationCatalogue.Find(property.Equation)!, adapt);

    /// <summary>The same of another equation.</summary>
    public Trial DrawJudged(Equation equation, Func<AttributeValues, Dictionary<string, TensorData>, AttributeValues?>? adapt = null)
    {
        var attempts = 0;
        for (var draw = 0; draw < Draws && attempts < Attempts; draw++)
        {
            var (attributes, inputs) = Draw(equation.Id);
            var adapted = adapt is null ? attributes : adapt(attributes, inputs);
            if (adapted is null || inputs.Values.Sum(tensor => tensor.Values.Length) > MostValues << draw / DrawsOfASize)
                continue;
            attempts++;
            if (FindBounds(equation, adapted, inputs) is { } bounds)
                return new Trial(this, equation.Id, adapted, inputs, bounds);
        }

        throw new NotJudgedException($"none of {attempts} drawn inputs can be judged in this format");
    }

    /// <summary>A tensor of drawn values, rounded to the format.</summary>
    public TensorData Tensor(Shape shape, Func<double> draw)
    {
        var values = new double[shape.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = format.Round(draw());
        return new TensorData(shape, values);
    }

    /// <summary>A tensor of standard normal values.</summary>
    public TensorData Normal(Shape shape) => Tensor(shape, Normal);

    /// <summary>A standard normal number.</summary>
    public double Normal() => Random.NextNormal();

    /// <summary>A uniform number.</summary>
    public double Between(double low, double high) => low + (high - low) * Random.NextDouble();

    /// <summary>A random order of 0 … count−1 that leaves nothing where it was, so that every permutation tells.</summary>
    public int[] Order(int count)
    {
        // Sattolo's algorithm: one cycle through all.
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i > 0; i--)
        {
            var other = Random.Next(i);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    /// <summary>Calls the property's equation.</summary>
    public IReadOnlyDictionary<string, TensorData> Call(
        AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        Call(property.Equation, attributes, inputs);

    /// <summary>
    /// Calls any equation of the implementation under test. Only a fault of the property's own is its violation.
    /// </summary>
    public IReadOnlyDictionary<string, TensorData> Call(
        string equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
    {
        var shapes = InputValidator.Validate(EquationCatalogue.Find(equation)!, attributes, inputs);
        var outputs = implementation.Ask(
                new EquationRequest(equation, format, attributes, inputs) { Case = $"{property.Equation}/property:{property.Name}" }, Clock)
            ?? throw new NotSupportedByImplementationException();
        if (outputs.Values.Any(output => output.IsOmitted))
            throw new NotSupportedByImplementationException();
        foreach (var (name, shape) in shapes)
        {
            var fault = FindFault(outputs.GetValueOrDefault(name), shape);
            if (!outputs.ContainsKey(name))
                fault += OtherNames.Describe(name, outputs.Keys, shapes.Keys);
            if (fault is not null)
            {
                throw equation == property.Equation
                    ? new ViolationException($"{name}: {fault}.")
                    : new NotJudgedException($"{equation}: {name}: {fault}");
            }
        }

        return outputs;
    }

    /// <summary>Per output, how far each entry (or column norm) of an honest result may be from the correct one.</summary>
    /// <remarks>
    /// The same derivation as for fresh inputs, so that a property is never tighter than the equation's own check.
    /// </remarks>
    public IReadOnlyDictionary<string, TensorData> Bounds(
        AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        FindBounds(EquationCatalogue.Find(property.Equation)!, attributes, inputs) ?? throw new NotJudgedException("the drawn input cannot be judged in this format");

    private Dictionary<string, TensorData>? FindBounds(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
    {
        if (ToleranceModel.Derive(equation, format, attributes, inputs, _seed, implementation.Precision) is not { } expected)
            return null;
        return expected.Shapes.ToDictionary(output => output.Key, output =>
        {
            var sizes = Comparer.Sizes(expected.Golden[output.Key], output.Value);
            var rhos = expected.Rho[output.Key];
            var bounds = sizes.Zip(rhos, (size, rho) => Tolerance.Bound(rho, size, output.Value.FormatIn(format), toleranceFactor));
            return new TensorData(output.Value.ToleranceShape, [.. bounds]);
        });
    }

    private static string? FindFault(TensorData? output, Shape expected)
    {
        if (output is null)
            return $"found nothing, expected {expected}";
        if (output.Values is null)
            return $"found no values, expected {expected.Count}";
        if (output.Shape != expected)
            return $"found shape {output.Shape}, expected {expected}";
        if (output.Values.Length != expected.Count)
            return $"found {output.Values.Length} values, expected {expected.Count}";
        var strange = Array.FindIndex(output.Values, value => !double.IsFinite(value));
        return strange < 0
            ? null
            : $"found {output.Values[strange]} at {expected.IndexText(strange)}, expected finite values";
    }
}
