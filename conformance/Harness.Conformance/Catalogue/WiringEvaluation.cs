using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Catalogue;

/// <summary>One call of an equation on the way through a wiring.</summary>
/// <param name="Equation">The equation called.</param>
/// <param name="Attributes">All its attributes that have a value.</param>
/// <param name="Inputs">Its inputs by name.</param>
/// <param name="Segment">The repetition of the loop it belongs to, from 0; null outside of a loop.</param>
internal sealed record PieceCall(
    Equation Equation, AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs, int? Segment);

/// <summary>Carries out a wiring. Who computes the pieces is up to the caller.</summary>
internal sealed class WiringEvaluation
{
    private readonly Equation _equation;
    private readonly AttributeValues _attributes;
    private readonly IReadOnlyDictionary<string, TensorData> _inputs;
    private readonly Func<PieceCall, IReadOnlyDictionary<string, TensorData>?> _compute;
    private readonly FloatFormat _format;
    private readonly IReadOnlyDictionary<string, Func<TensorData, TensorData>> _functions;
    private readonly Dictionary<string, TensorData> _values;
    private readonly Dictionary<string, List<TensorData>> _collected = [];
    private WiringLoop? _loop;
    private int _segment;

    private WiringEvaluation(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs,
        Func<PieceCall, IReadOnlyDictionary<string, TensorData>?> compute, FloatFormat format,
        IReadOnlyDictionary<string, Func<TensorData, TensorData>> functions)
    {
        _format = format;
        _functions = functions;
        _equation = equation;
        _attributes = attributes;
        _inputs = inputs;
        _compute = compute;
        _values = new Dictionary<string, TensorData>(inputs);
    }

    /// <summary>Calls <paramref name="compute"/> for every piece, in order, with what the pieces before it gave.</summary>
    /// <param name="equation">A composed equation.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="compute">Gives a piece's outputs; null ends the evaluation.</param>
    /// <param name="format">What sums and products between the pieces are rounded to; float64 if not given.</param>
    /// <param name="edited">A wiring in place of the equation's own.</param>
    /// <param name="functions">What it may call by name; <see cref="WiringArithmetic.Functions"/> if not given.</param>
    /// <returns>The outputs; null where a piece ended the evaluation.</returns>
    public static IReadOnlyDictionary<string, TensorData>? Run(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs,
        Func<PieceCall, IReadOnlyDictionary<string, TensorData>?> compute, FloatFormat? format = null, Wiring? edited = null,
        IReadOnlyDictionary<string, Func<TensorData, TensorData>>? functions = null)
    {
        var evaluation = new WiringEvaluation(
            equation, attributes, inputs, compute, format ?? FloatFormat.Float64, functions ?? WiringArithmetic.Functions);
        return evaluation.Carry((edited ?? equation.Wiring!).Statements)
            ? equation.Outputs.ToDictionary(output => output.Name, output => evaluation.Output(output.Name))
            : null;
    }

    private bool Carry(IReadOnlyList<WiringStatement> statements) => statements.All(statement => statement switch
    {
        WiringCall call => Carry(call),
        WiringAssignment assignment => Carry(assignment),
        WiringLoop loop => Carry(loop),
        WiringBranch branch => Carry(Holds(branch.Condition) ? branch.Then : branch.Otherwise),
        _ => throw new InvalidOperationException($"{_equation}: no way to carry out {statement}"),
    });

    private bool Carry(WiringCall call)
    {
        var piece = EquationCatalogue.Find(call.Equation)!;
        var inputs = new Dictionary<string, TensorData>();
        foreach (var (input, argument) in piece.Inputs.Zip(call.Arguments))
        {
            if (Find(argument) is { } value)
                inputs[input.Name] = value;
        }

        var attributes = call.Attributes.Aggregate(
            AttributeValues.None, (all, attribute) => ValueOf(attribute, piece) is { } value ? all.With(attribute.Name, value) : all);
        if (_compute(new PieceCall(piece, attributes, inputs, _loop is null ? null : _segment)) is not { } outputs)
            return false;
        foreach (var (output, target) in piece.Outputs.Zip(call.Targets))
            Assign(target, outputs[output.Name]);
        return true;
    }

    private bool Carry(WiringAssignment assignment)
    {
        if (Find(assignment.Value) is { } value)
            Assign(assignment.Target, value);
        return true;
    }

    private bool Carry(WiringLoop loop)
    {
        if (_equation.Attributes.Any(attribute => attribute.Name == loop.Extent))
            return Enumerable.Range(0, (int)ValueOf(loop.Extent)!).All(_ => Carry(loop.Body));
        _loop = loop;
        var count = ExtentOf(loop.Extent);
        for (_segment = 0; _segment < count; _segment++)
        {
            if (!Carry(loop.Body))
                return false;
        }

        _loop = null;
        return true;
    }

    private bool Holds(WiringCondition condition) => condition.Test switch
    {
        WiringTest.IsTrue => ValueOf(condition.Name) is true,
        WiringTest.IsAbsent => !_values.ContainsKey(condition.Name),
        _ => PatternOf(condition.Name)?.Text == condition.Shape,
    };

    private TensorData? Find(WiringOperand operand)
    {
        switch (operand)
        {
            case WiringConcatenation(var first, var second):
                return Find(first) is not { } head ? Find(second)
                    : Find(second) is not { } tail ? head
                    : WiringArithmetic.Concatenate(head, tail);
            case WiringPart(var whole, var start, var like):
                return WiringArithmetic.Part(Require(whole), Value(start), Require(like).Shape[1]);
            case WiringSum(var left, var right):
                return Rounded(WiringArithmetic.Add(Require(left), Require(right)));
            case WiringProduct(var left, var right):
                return Rounded(WiringArithmetic.Multiply(Require(left), Require(right)));
            case WiringRows(var table, var ids):
                return WiringArithmetic.Rows(Require(table), Require(ids));
            case WiringFunction(var name, var x):
                return _functions[name](Require(x));
            case WiringReshape(null, var like):
                var shape = Require(like).Shape;
                return new TensorData(shape, new double[shape.Count]);
            case WiringReshape(var entries, var like):
                return new TensorData(Require(like).Shape, Require(entries!).Values);
            default:
                return Find((WiringTensor)operand);
        }
    }

    private TensorData? Find(WiringTensor tensor)
    {
        if (tensor.Index is not null && _collected.TryGetValue(tensor.Name, out var elements))
            return elements[_segment];
        if (!_values.TryGetValue(tensor.Name, out var value) || tensor.Index is null)
            return value;
        if (PatternOf(tensor.Name) is not { } pattern || !WiringCheck.HasLeading(pattern, _loop!.Extent))
            return value;
        var inner = value.Shape[1..];
        var size = (int)inner.Count;
        return new TensorData(inner, value.Values[(_segment * size)..((_segment + 1) * size)]);
    }

    private TensorData Rounded(TensorData x) => x with { Values = Array.ConvertAll(x.Values, _format.Round) };

    private TensorData Require(WiringTensor tensor) =>
        Find(tensor) ?? throw new InvalidOperationException($"{_equation}: wiring: '{tensor}' is absent");

    private void Assign(WiringTarget target, TensorData value)
    {
        if (target.Index is null)
            _values[target.Name] = value;
        else if (_collected.TryGetValue(target.Name, out var elements))
            elements.Add(value);
        else
            _collected[target.Name] = [value];
    }

    private TensorData Output(string name) => _collected.TryGetValue(name, out var elements)
        ? new TensorData([elements.Count, .. elements[0].Shape], [.. elements.SelectMany(element => element.Values)])
        : _values[name];

    private object? ValueOf(WiringParameter parameter, Equation piece) =>
        WiringParameter.Constants.TryGetValue(parameter.Value, out var constant)
            ? constant(piece.Attributes.First(attribute => attribute.Name == parameter.Name))
            : ValueOf(parameter.Value);

    private object? ValueOf(string name) => _equation.Attributes.FirstOrDefault(attribute => attribute.Name == name) is { } own
        ? _attributes.Find(name) ?? own.Default
        : Value(Extent.ParseFormula(name));

    private int Value(Extent extent) => (int)extent.Evaluate(extent.Symbols.Distinct().ToDictionary(symbol => symbol, ExtentOf))!.Value;

    private int ExtentOf(string symbol)
    {
        foreach (var (name, tensor) in _inputs)
        {
            var axis = PatternOf(name)!.Extents.ToList().FindIndex(extent => extent.ToString() == symbol);
            if (axis >= 0)
                return tensor.Shape[axis];
        }

        throw new InvalidOperationException($"{_equation}: wiring: no input has the extent '{symbol}'");
    }

    // The alternative of the signature that an input came in; null for what is no input.
    private ShapePattern? PatternOf(string name) =>
        _equation.Inputs.FirstOrDefault(input => input.Name == name)?.Shapes
            .First(shape => shape.Extents.Count == _inputs[name].Shape.Rank);
}
