using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>A request as mistakes see it: tensors in float64, and the right answer to start from.</summary>
internal sealed class Call(EquationRequest request)
{
    private static readonly ReferenceImplementation Reference = new();

    /// <summary>The format asked for.</summary>
    public FloatFormat Format => request.Format;

    /// <summary>H.</summary>
    public int Heads => Integer("heads");

    /// <summary>An input.</summary>
    public Tensor this[string name] => Find(name) ?? throw new KeyNotFoundException($"{request.Equation} has no input {name}");

    /// <summary>An input that may be absent.</summary>
    public Tensor? Find(string name) =>
        request.Inputs.TryGetValue(name, out var data) ? DenseEngine<double>.Instance.Create(data.Values, data.Shape) : null;

    public int Integer(string attribute) => request.Attributes.Integer(attribute);

    public double Number(string attribute) => request.Attributes.Number(attribute);

    public bool Has(string attribute) => request.Attributes.Has(attribute);

    public double[] Numbers(string attribute) => request.Attributes.Numbers(attribute);

    public bool Flag(string attribute) => request.Attributes.Flag(attribute);

    public string Word(string attribute) => request.Attributes.Text(attribute);

    /// <summary>e^x as the format has it: infinite where it overflows.</summary>
    public double Exp(double x) => Format.Round(Math.Exp(x));

    /// <summary>Rounds to the format asked for: a loop that rounds every result is that format's arithmetic.</summary>
    public double Round(double value) => Format.Round(value);

    /// <summary>The same call with another input.</summary>
    public Call With(string input, Tensor tensor) => new(request with
    {
        Inputs = new Dictionary<string, TensorData>(request.Inputs) { [input] = new(tensor.Shape, tensor.ToArray()) },
    });

    /// <summary>The same call with another attribute.</summary>
    public Call With(string attribute, object value) =>
        new(request with { Attributes = request.Attributes.With(attribute, value) });

    /// <summary>The same call without an attribute.</summary>
    public Call Without(string attribute) => new(request with { Attributes = request.Attributes.Without(attribute) });

    /// <summary>The same call in another format.</summary>
    public Call In(FloatFormat format) => new(request with { Format = format });

    /// <summary>The same call with every input rounded to so many significant bits.</summary>
    public Call Rounded(int bits) => new(request with
    {
        Inputs = request.Inputs.ToDictionary(
            input => input.Key,
            input => new TensorData(
                input.Value.Shape, Array.ConvertAll(input.Value.Values, value => TensorShorthand.Significant(value, bits)))),
    });

    /// <summary>The right outputs, in the order of the signature.</summary>
    public Tensor[] Right()
    {
        var outputs = Reference.Run(request)!;
        return [.. Equation.Outputs.Select(output =>
            DenseEngine<double>.Instance.Create(outputs[output.Name].Values, outputs[output.Name].Shape))];
    }

    /// <summary>Names the outputs; a missing one stays missing. Values are rounded to the format asked for.</summary>
    public IReadOnlyDictionary<string, TensorData> Answer(Tensor[] outputs) =>
        Equation.Outputs.Zip(outputs).ToDictionary(
            pair => pair.First.Name,
            pair => new TensorData(pair.Second.Shape, Array.ConvertAll(pair.Second.ToArray(), request.Format.Round)));

    private Equation Equation => EquationCatalogue.Find(request.Equation)!;
}
