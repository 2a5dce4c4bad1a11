using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>A request as mistakes see it: tensors in float64, and the right answer to start from.</summary>
/// <param name="request">What is asked.</param>
/// <param name="other">What stands for the right answer, where two mistakes come together; null for the right one.</param>
internal sealed class Call(EquationRequest request, Func<Call, Tensor[]>? other = null)
{
    private static readonly ReferenceImplementation Reference = new();

    /// <summary>What is asked.</summary>
    public EquationRequest Request => request;

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
    public Call With(string input, Tensor tensor) => Asked(request with
    {
        Inputs = new Dictionary<string, TensorData>(request.Inputs) { [input] = Data(tensor) },
    });

    /// <summary>The same call with another attribute.</summary>
    public Call With(string attribute, object value) =>
        Asked(request with { Attributes = request.Attributes.With(attribute, value) });

    /// <summary>The same call without an attribute.</summary>
    public Call Without(string attribute) => Asked(request with { Attributes = request.Attributes.Without(attribute) });

    /// <summary>The same call without an input.</summary>
    public Call Missing(string input) => Asked(request with
    {
        Inputs = request.Inputs.Where(given => given.Key != input).ToDictionary(given => given.Key, given => given.Value),
    });

    /// <summary>The same call with two inputs exchanged.</summary>
    public Call Exchanged(string first, string second) => With(first, this[second]).With(second, this[first]);

    /// <summary>The same call with some elements of the leading axis S in another order, or repeated.</summary>
    /// <param name="source">Which element takes the place of one, from its number and S.</param>
    /// <param name="names">The inputs; those that have no S in front stay as they are.</param>
    public Call Reordered(Func<int, int, int> source, params IEnumerable<string> names) => names.Where(HasSteps)
        .Aggregate(this, (call, name) => call.With(name, call[name].Reordered(source)));

    /// <summary>The same of all inputs but some.</summary>
    public Call ReorderedBut(Func<int, int, int> source, params string[] names) => Reordered(source, request.Inputs.Keys.Except(names));

    /// <summary>The steps of a rollout one by one, each found as its own rollout.</summary>
    /// <param name="state">The input that a step finds, which is the last output of the one before.</param>
    /// <param name="changed">A step's call, from its number, S, and the call as it should be.</param>
    /// <returns>The outputs: the first of all steps, and the last.</returns>
    public Tensor[] Stepwise(string state, Func<int, int, Call, Call> changed)
    {
        var count = request.Inputs.First(input => HasSteps(input.Key)).Value.Shape[0];
        var (steps, carried) = (new List<Tensor>(), Find(state));
        for (var s = 0; s < count; s++)
        {
            var step = request.Inputs.Keys.Where(HasSteps).Aggregate(this, (call, name) => call.With(name, Tensor.Slice(this[name], 0, s, 1)));
            var outputs = changed(s, count, carried is null ? step : step.With(state, carried)).Right();
            steps.Add(outputs[0].Item(0));
            carried = outputs[^1];
        }

        return [TensorShorthand.Stack(steps), carried!];
    }

    /// <summary>A step of a rollout as a call of its own.</summary>
    /// <param name="equation">What a step computes; it has inputs and attributes of the rollout's names.</param>
    /// <param name="step">Which element of the leading axis S.</param>
    /// <param name="state">Its input that the steps hand on, and the value; null where it is absent.</param>
    public Call Segment(string equation, int step, (string Name, Tensor? Value) state)
    {
        var known = EquationCatalogue.Find(equation)!;
        var inputs = known.Inputs.Where(input => request.Inputs.ContainsKey(input.Name)).ToDictionary(
            input => input.Name, input => HasSteps(input.Name) ? Data(this[input.Name].Item(step)) : request.Inputs[input.Name]);
        if (state.Value is { } value)
            inputs[state.Name] = Data(value);
        var attributes = known.Attributes.Where(attribute => request.Attributes.Has(attribute.Name)).Aggregate(
            AttributeValues.None, (all, attribute) => all.With(attribute.Name, request.Attributes.Find(attribute.Name)!));
        return new Call(request with { Equation = equation, Inputs = inputs, Attributes = attributes });
    }

    /// <summary>The same call in another format.</summary>
    public Call In(FloatFormat format) => Asked(request with { Format = format });

    /// <summary>The same call with every input rounded to so many significant bits.</summary>
    public Call Rounded(int bits) => Asked(request with
    {
        Inputs = request.Inputs.ToDictionary(
            input => input.Key,
            input => new TensorData(
                input.Value.Shape, Array.ConvertAll(input.Value.Values, value => TensorShorthand.Significant(value, bits)))),
    });

    /// <summary>The right outputs, in the order of the signature.</summary>
    public Tensor[] Right()
    {
        if (other is not null)
            return other(new Call(request));
        var outputs = Reference.Run(request)!;
        return [.. GradientSignature.Given(Equation, request.Inputs).Select(output =>
            DenseEngine<double>.Instance.Create(outputs[output.Name].Values, outputs[output.Name].Shape))];
    }

    /// <summary>Names the outputs; a missing one stays missing. Values are rounded to the format asked for.</summary>
    public IReadOnlyDictionary<string, TensorData> Answer(Tensor[] outputs) =>
        GradientSignature.Given(Equation, request.Inputs).Zip(outputs).ToDictionary(
            pair => pair.First.Name,
            pair => new TensorData(pair.Second.Shape, Array.ConvertAll(pair.Second.ToArray(), pair.First.FormatIn(request.Format).Round)));

    private static TensorData Data(Tensor tensor) => new(tensor.Shape, tensor.ToArray());

    private Call Asked(EquationRequest otherwise) => new(otherwise, other);

    private Equation Equation => EquationCatalogue.Find(request.Equation)!;

    private bool HasSteps(string input) => request.Inputs.TryGetValue(input, out var data)
        && Equation.Inputs.First(spec => spec.Name == input).Shapes.First(shape => shape.Extents.Count == data.Shape.Rank)
            is { Extents: [var first, ..] } && first.ToString() == "S";
}
