using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Gradients;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Gradients.TapedTensor<Harness.Tensors.Dense.DenseTensor<double>>;

namespace Harness.Conformance.Catalogue;

/// <summary>One call of an equation on the way through a wiring.</summary>
/// <param name="Equation">The equation called.</param>
/// <param name="Attributes">All its attributes that have a value.</param>
/// <param name="Inputs">Its inputs by name.</param>
/// <param name="Segment">The repetition of the loop it belongs to, from 0; null outside of a loop.</param>
internal sealed record PieceCall(
    Equation Equation, AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs, int? Segment);

/// <summary>Carries out a wiring, and for a gradient goes back over what was carried out. Who computes the pieces is up to the caller.</summary>
/// <remarks>
/// Going back, a piece is its gradient: asked with what the piece was asked with, and with ∂ℓ by what the piece gave. Where a tensor is used
/// more than once, ∂ℓ by it is the sum over its uses.
/// </remarks>
internal sealed class WiringEvaluation
{
    private readonly Equation _equation;
    private readonly AttributeValues _attributes;
    private readonly WiringScope _scope;
    private readonly Func<PieceCall, IReadOnlyDictionary<string, TensorData>?> _compute;
    private readonly FloatFormat _format;
    private readonly IReadOnlyDictionary<string, Func<Tensor, Tensor>> _functions;
    private readonly WiringCut? _cut;
    private readonly Func<string, TensorData, TensorData>? _assigned;
    private readonly Dictionary<string, Value> _values;
    private readonly Dictionary<string, List<Value>> _collected = [];
    private readonly Stack<Func<bool>> _back = [];
    private WiringLoop? _loop;
    private int _segment;
    private bool _isFirst = true;
    private bool _isLast = true;

    private WiringEvaluation(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs,
        Func<PieceCall, IReadOnlyDictionary<string, TensorData>?> compute, FloatFormat format,
        IReadOnlyDictionary<string, Func<Tensor, Tensor>> functions, WiringCut? cut, Func<string, TensorData, TensorData>? assigned)
    {
        _assigned = assigned;
        _format = format;
        _functions = functions;
        _equation = equation;
        _attributes = attributes;
        _scope = new WiringScope(equation, attributes, inputs.ToDictionary(input => input.Key, input => input.Value.Shape));
        _compute = compute;
        _cut = cut;
        _values = inputs.ToDictionary(input => input.Key, input => new Value(input.Value));
    }

    /// <summary>
    /// Calls <paramref name="compute"/> for every piece, in order, with what the pieces before it gave; for a gradient then for the gradient
    /// of every piece that has one and that ℓ depends on, the last piece first.
    /// </summary>
    /// <param name="equation">A composed equation, or the gradient of one.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="compute">Gives a piece's outputs; null ends the evaluation.</param>
    /// <param name="format">What the results between the pieces are rounded to; float64 if not given.</param>
    /// <param name="edited">A wiring in place of the equation's own.</param>
    /// <param name="functions">What it may call by name; <see cref="WiringArithmetic.Functions"/> if not given.</param>
    /// <param name="cut">Where a gradient does not go on.</param>
    /// <param name="assigned">Gets every name that a value is given to, but for elements of loops, and the value; gives that to go on with.</param>
    /// <returns>The outputs; null where a piece ended the evaluation.</returns>
    public static IReadOnlyDictionary<string, TensorData>? Run(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs,
        Func<PieceCall, IReadOnlyDictionary<string, TensorData>?> compute, FloatFormat? format = null, Wiring? edited = null,
        IReadOnlyDictionary<string, Func<Tensor, Tensor>>? functions = null, WiringCut? cut = null,
        Func<string, TensorData, TensorData>? assigned = null)
    {
        var composed = equation.Differentiated ?? equation;
        var given = composed.Inputs.Where(input => inputs.ContainsKey(input.Name)).ToDictionary(input => input.Name, input => inputs[input.Name]);
        var evaluation = new WiringEvaluation(
            composed, attributes, given, compute, format ?? FloatFormat.Float64, functions ?? WiringArithmetic.Functions, cut, assigned);
        var variables = evaluation._values.ToDictionary();
        if (!evaluation.Carry((edited ?? composed.Wiring!).Statements))
            return null;
        var outputs = composed.Outputs.ToDictionary(output => output, output => evaluation.Output(output.Name));
        if (equation.Differentiated is null)
            return outputs.ToDictionary(output => output.Key.Name, output => output.Value.Tensor);
        foreach (var (output, value) in outputs)
            evaluation.Add(value, inputs[GradientSignature.NameOf(output)]);
        while (evaluation._back.TryPop(out var goBack))
        {
            if (!goBack())
                return null;
        }

        return GradientSignature.Variables(composed).Where(input => variables.ContainsKey(input.Name))
            .ToDictionary(GradientSignature.NameOf, input => variables[input.Name].Gradient ?? Zeros(variables[input.Name].Tensor.Shape));
    }

    private bool Carry(IReadOnlyList<WiringStatement> statements) => statements.All(statement => statement switch
    {
        WiringCall call => Carry(call),
        WiringAssignment assignment => Carry(assignment),
        WiringLoop loop => Carry(loop),
        WiringBranch branch => Carry(_scope.Holds(branch.Condition, _values.ContainsKey) ? branch.Then : branch.Otherwise),
        _ => throw new InvalidOperationException($"{_equation}: no way to carry out {statement}"),
    });

    private bool Carry(WiringCall call)
    {
        var piece = EquationCatalogue.Find(call.Equation)!;
        var arguments = new Dictionary<string, Value>();
        foreach (var (input, argument) in piece.Inputs.Zip(call.Arguments))
        {
            if (Find(argument) is { } value)
                arguments[input.Name] = value;
        }

        var inputs = arguments.ToDictionary(argument => argument.Key, argument => argument.Value.Tensor);
        var own = new PieceCall(piece, _scope.AttributesOf(call, piece), inputs, _loop is null ? null : _segment);
        if (_compute(own) is not { } outputs)
            return false;
        var results = piece.Outputs.ToDictionary(output => output.Name, output => new Value(outputs[output.Name]));
        foreach (var (output, target) in piece.Outputs.Zip(call.Targets))
            Assign(target, results[output.Name]);
        _back.Push(() => GoBack(own, arguments, results));
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
        var (isCounting, count) = (_scope.IsCounting(loop), _scope.CountOf(loop));
        var (isFirst, isLast) = (_isFirst, _isLast);
        if (!isCounting)
            _loop = loop;
        for (var i = 0; i < count; i++)
        {
            (_isFirst, _isLast) = (isFirst && i == 0, isLast && i == count - 1);
            if (!isCounting)
                EnterSegment(loop, i);
            if (!Carry(loop.Body))
                return false;
        }

        (_isFirst, _isLast) = (isFirst, isLast);
        if (!isCounting)
            _loop = null;
        return true;
    }

    // Truncated, what a segment takes over from the one before is a constant.
    private void EnterSegment(WiringLoop loop, int segment)
    {
        _segment = segment;
        if (segment == 0 || !GradientSignature.IsTruncated(_attributes))
            return;
        foreach (var state in loop.Assigned.Where(target => target.Index is null && _values.ContainsKey(target.Name)))
            _values[state.Name] = new Value(_values[state.Name].Tensor);
    }

    // What is made of constants alone has no gradient.
    private bool GoBack(PieceCall call, Dictionary<string, Value> arguments, Dictionary<string, Value> results)
    {
        if (EquationCatalogue.Find(call.Equation.Id + GradientSignature.Suffix) is not { } gradient
            || results.Values.All(result => result.Gradient is null))
        {
            return true;
        }

        var inputs = new Dictionary<string, TensorData>(call.Inputs);
        foreach (var output in call.Equation.Outputs)
            inputs[GradientSignature.NameOf(output)] = results[output.Name].Gradient ?? Zeros(results[output.Name].Tensor.Shape);
        if (_compute(call with { Equation = gradient, Inputs = inputs }) is not { } gradients)
            return false;
        foreach (var input in GradientSignature.Variables(call.Equation).Where(input => arguments.ContainsKey(input.Name)))
            Add(arguments[input.Name], gradients[GradientSignature.NameOf(input)]);
        return true;
    }

    private Value? Find(WiringOperand operand)
    {
        switch (operand)
        {
            case WiringConcatenation(var first, var second):
                return Find(first) is not { } head ? Find(second)
                    : Find(second) is not { } tail ? head
                    : Made(parts => Tensor.Concat(1, parts), head, tail);
            case WiringPart(var whole, var start, var like):
                var length = Require(like).Tensor.Shape[1];
                return Made(x => Tensor.Slice(x[0], 1, _scope.IntegerOf(start), length), Require(whole));
            case WiringSum(var left, var right):
                return Made(x => x[0] + x[1], Require(left), Require(right));
            case WiringProduct(var left, var right):
                return Made(x => Tensor.MatMul(x[0], x[1]), Require(left), Require(right));
            case WiringRows(var table, var ids):
                return Made(x => WiringArithmetic.Rows(x[0], x[1]), Require(table), Require(ids));
            case WiringFunction(var name, var x):
                return Made(operands => _functions[name](operands[0]), Require(x));
            case WiringReshape(null, var like):
                return new Value(Zeros(Require(like).Tensor.Shape));
            case WiringReshape(var entries, var like):
                var shape = Require(like).Tensor.Shape;
                return Made(x => Tensor.Reshape(x[0], shape), Require(entries!));
            default:
                return Find((WiringTensor)operand);
        }
    }

    private Value? Find(WiringTensor tensor)
    {
        var found = Element(tensor);
        return found is not null && IsCut(tensor) ? new Value(found.Tensor) : found;
    }

    private bool IsCut(WiringTensor tensor) => _cut is not null && _cut.Uses.Any(use => ReferenceEquals(use, tensor)) && !(_cut.Kept switch
    {
        KeptRepetition.First => _isFirst,
        KeptRepetition.Last => _isLast,
        _ => false,
    });

    private Value? Element(WiringTensor tensor)
    {
        if (tensor.Index is not null && _collected.TryGetValue(tensor.Name, out var elements))
            return elements[_segment];
        if (!_values.TryGetValue(tensor.Name, out var value) || tensor.Index is null)
            return value;
        if (_scope.PatternOf(tensor.Name) is not { } pattern || !WiringCheck.HasLeading(pattern, _loop!.Extent))
            return value;
        var (segment, inner) = (_segment, value.Tensor.Shape[1..]);
        return Made(x => Tensor.Reshape(Tensor.Slice(x[0], 0, segment, 1), inner), value);
    }

    private Value Require(WiringTensor tensor) =>
        Find(tensor) ?? throw new InvalidOperationException($"{_equation}: wiring: '{tensor}' is absent");

    private void Assign(WiringTarget target, Value value)
    {
        if (target.Index is null)
            _values[target.Name] = _assigned is null ? value : new Value(_assigned(target.Name, value.Tensor));
        else if (_collected.TryGetValue(target.Name, out var elements))
            elements.Add(value);
        else
            _collected[target.Name] = [value];
    }

    private Value Output(string name) => _collected.TryGetValue(name, out var elements)
        ? Made(parts => Tensor.Concat(0, Array.ConvertAll(parts, part => Tensor.Expand(part, 0, 1))), [.. elements])
        : _values[name];

    // What is computed between the pieces, and its way back.
    private Value Made(Func<Tensor[], Tensor> compute, params Value[] operands)
    {
        var tape = new GradientEngine<DenseTensor<double>>(DenseEngine<double>.Instance);
        var taped = Array.ConvertAll(operands, operand => tape.Variable(Create(operand.Tensor)));
        var result = compute(taped);
        var made = new Value(Rounded(result.Inner));
        _back.Push(() =>
        {
            if (made.Gradient is { } gradient)
            {
                foreach (var (operand, own) in operands.Zip(tape.Gradients([(result, Create(gradient))], taped)))
                    Add(operand, Rounded(own));
            }

            return true;
        });
        return made;
    }

    private void Add(Value value, TensorData gradient) =>
        value.Gradient = value.Gradient is { } others ? Rounded(Create(others) + Create(gradient)) : gradient;

    private TensorData Rounded(DenseTensor<double> x) => new(x.Shape, Array.ConvertAll(x.ToArray(), _format.Round));

    private static DenseTensor<double> Create(TensorData data) => DenseEngine<double>.Instance.Create(data.Values, data.Shape);

    private static TensorData Zeros(Shape shape) => new(shape, new double[shape.Count]);

    /// <summary>A tensor on the way through, and on the way back ∂ℓ by it, as far as it has been added up.</summary>
    private sealed class Value(TensorData tensor)
    {
        public TensorData Tensor => tensor;

        public TensorData? Gradient { get; set; }
    }
}
