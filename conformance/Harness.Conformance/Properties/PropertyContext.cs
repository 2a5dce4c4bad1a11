using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Running;
using Harness.Conformance.Tolerances;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>What a property may use: random draws, calls of the implementation under test, and derived bounds.</summary>
internal sealed class PropertyContext(IImplementation implementation, Property property, FloatFormat format, VerifyOptions options)
{
    private readonly int _seed = Seeds.Of($"{options.Seed}/{property.Equation}/{property.Name}/{format}");

    /// <summary>The format computed in.</summary>
    public FloatFormat Format => format;

    /// <summary>The property's own stream of random numbers, from the run's seed.</summary>
    public Random Random { get; } = new(Seeds.Of($"{options.Seed}/{property.Equation}/{property.Name}/{format}/values"));

    /// <summary>Runs the property.</summary>
    public (bool IsUnsupported, string? NotJudged, string? Violation) Evaluate()
    {
        if (EquationCatalogue.Find(property.Equation)!.NeedsWideFormat && format.SignificandBits < FloatFormat.Float32.SignificandBits)
            return (false, "the format is too coarse for this equation", null);
        try
        {
            property.Holds(this);
            return (false, null, null);
        }
        catch (UnsupportedException)
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

    /// <summary>A tensor of drawn values, rounded to the format.</summary>
    public TensorData Tensor(Shape shape, Func<double> draw)
    {
        var values = new double[shape.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = format.Round(draw());
        return new TensorData(shape, values);
    }

    /// <summary>Calls the implementation under test.</summary>
    public IReadOnlyDictionary<string, TensorData> Call(
        string equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
    {
        var shapes = InputValidator.Validate(EquationCatalogue.Find(equation)!, attributes, inputs);
        var outputs = implementation.Run(new EquationRequest(equation, format, attributes, inputs)) ?? throw new UnsupportedException();
        foreach (var (name, shape) in shapes)
        {
            if (!outputs.TryGetValue(name, out var output) || output.Shape != shape || output.Values.Length != shape.Count)
                throw new ViolationException($"{equation}: output \"{name}\": found {outputs.GetValueOrDefault(name)?.Shape.ToString() ?? "nothing"}, expected {shape}.");
        }

        return outputs;
    }

    /// <summary>Per output, how far each entry (or column norm) of an honest result may be from the correct one.</summary>
    /// <remarks>The same derivation as for fresh inputs, so that a property is never tighter than the equation's own check.</remarks>
    public IReadOnlyDictionary<string, double[]> Bounds(
        string equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
    {
        var expected = ToleranceModel.Derive(EquationCatalogue.Find(equation)!, format, attributes, inputs, _seed)
            ?? throw new NotJudgedException("the drawn input cannot be judged in this format");
        return expected.Shapes.ToDictionary(output => output.Key, output =>
        {
            var sizes = output.Value.Judgement == Judgement.Columns
                ? Comparer.ColumnNorms(expected.Golden[output.Key], output.Value)
                : Array.ConvertAll(expected.Golden[output.Key], Math.Abs);
            return sizes.Zip(expected.Rho[output.Key], (size, rho) => Tolerance.Bound(rho, size, format, options.ToleranceFactor)).ToArray();
        });
    }

    /// <summary>Requires something of the implementation's answers.</summary>
    public static void Require(bool holds, string found)
    {
        if (!holds)
            throw new ViolationException(found);
    }

    private sealed class UnsupportedException : Exception;

    private sealed class NotJudgedException(string reason) : Exception(reason);

    private sealed class ViolationException(string found) : Exception(found);
}
