using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Taped = Harness.Tensors.Gradients.TapedTensor<Harness.Tensors.Dense.DenseTensor<double>>;

namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>
/// Computes an equation on a tape, a composed one piece by piece: so the tape knows what belongs to which piece, and under which name.
/// </summary>
internal sealed class TapedWiring(WrongTape tape)
{
    /// <summary>The outputs of an equation.</summary>
    /// <param name="equation">The equation.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="edited">A wiring in place of its own.</param>
    public IReadOnlyDictionary<string, Taped> Compute(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, Taped> inputs, Wiring? edited = null)
    {
        if (equation.Id == "inf-ref.rollout")
            return Rollout(attributes, inputs);

        // What a regression solves belongs together: apart, its operator is a constant and nothing is left to solve.
        if ((edited ?? equation.Wiring) is { } wiring && !equation.Id.EndsWith(".memory.update", StringComparison.Ordinal))
            return new Evaluation(this, tape, equation, attributes, inputs).Carried(wiring);
        var entered = equation.Inputs.Where(input => inputs.ContainsKey(input.Name)).ToDictionary(
            input => input.Name,
            input => input.IsConstant ? tape.Detached(inputs[input.Name]) : tape.Enter(inputs[input.Name], equation.Id, input.Name));
        return EquationCall.EvaluateTensors(equation, tape, attributes, entered);
    }

    /// <summary>Element of the first axis.</summary>
    private static Taped Item(Taped x, int index) => Taped.Reshape(Taped.Slice(x, 0, index, 1), x.Shape[1..]);

    private static Taped Stack(IEnumerable<Taped> items) => Taped.Concat(0, [.. items.Select(item => Taped.Expand(item, 0, 1))]);

    // The one rollout that no wiring describes: its memory is given up now and then.
    private Dictionary<string, Taped> Rollout(AttributeValues attributes, IReadOnlyDictionary<string, Taped> inputs)
    {
        var (layer, outputs) = (EquationCatalogue.Find("inf-ref.layer")!, new List<Taped>());
        var reset = attributes.Has("reset") ? attributes.Integer("reset") : 2048;
        var (memory, stored) = (inputs.GetValueOrDefault("C_0"), 0);
        for (var s = 0; s < inputs["X_new"].Shape[0]; s++)
        {
            if (reset > 0 && stored >= reset)
                (memory, stored) = (null, 0);
            var own = inputs.Where(input => input.Key != "C_0").ToDictionary(
                input => input.Key, input => input.Key is "X_query" or "X_new" or "b" ? Item(input.Value, s) : input.Value);
            if (memory is not null)
                own["C"] = s == 0 ? memory : tape.CarriedOver(memory);
            var segment = Compute(layer, attributes, own);
            outputs.Add(segment["Z_ltm"]);
            memory = segment["C_next"];
            stored += inputs["X_new"].Shape[2];
        }

        return new() { ["Z_ltm"] = Stack(outputs), ["C_S"] = memory! };
    }

    private sealed class Evaluation(
        TapedWiring pieces, WrongTape tape, Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, Taped> inputs)
    {
        private readonly WiringScope _scope = new(equation, attributes, inputs.ToDictionary(input => input.Key, input => input.Value.Shape));
        private readonly Dictionary<string, Taped> _values = new(inputs);
        private readonly Dictionary<string, List<Taped>> _collected = [];
        private readonly HashSet<string> _carried = [];
        private readonly bool _isCarrying = GradientSignature.Attributes(equation).Any(attribute => attribute.Name == GradientSignature.Truncation);
        private string? _extent;
        private int _segment;

        public Dictionary<string, Taped> Carried(Wiring wiring)
        {
            Carry(wiring.Statements);
            return equation.Outputs.ToDictionary(
                output => output.Name, output => _collected.TryGetValue(output.Name, out var items) ? Stack(items) : _values[output.Name]);
        }

        private void Carry(IEnumerable<WiringStatement> statements)
        {
            foreach (var statement in statements)
            {
                switch (statement)
                {
                    case WiringCall call:
                        Carry(call);
                        break;
                    case WiringAssignment assignment when Find(assignment.Value) is { } value:
                        Assign(assignment.Target, value);
                        break;
                    case WiringLoop loop:
                        Carry(loop);
                        break;
                    case WiringBranch branch:
                        Carry(_scope.Holds(branch.Condition, _values.ContainsKey) ? branch.Then : branch.Otherwise);
                        break;
                }
            }
        }

        private void Carry(WiringCall call)
        {
            var piece = EquationCatalogue.Find(call.Equation)!;
            var own = new Dictionary<string, Taped>();
            foreach (var (input, argument) in piece.Inputs.Zip(call.Arguments))
            {
                if (Find(argument) is { } value)
                    own[input.Name] = value;
            }

            var outputs = pieces.Compute(piece, _scope.AttributesOf(call, piece), own);
            foreach (var (output, target) in piece.Outputs.Zip(call.Targets))
                Assign(target, outputs[output.Name]);
        }

        private void Carry(WiringLoop loop)
        {
            var count = _scope.CountOf(loop);
            if (_scope.IsCounting(loop))
            {
                for (var i = 0; i < count; i++)
                    Carry(loop.Body);
                return;
            }

            _extent = loop.Extent;
            for (_segment = 0; _segment < count; _segment++)
            {
                foreach (var state in _carried.Where(_ => _isCarrying && _segment > 0))
                    _values[state] = tape.CarriedOver(_values[state]);
                Carry(loop.Body);
            }

            _extent = null;
        }

        private Taped? Find(WiringOperand operand) => operand switch
        {
            WiringTensor tensor => Find(tensor),
            WiringConcatenation(var first, var second) =>
                Find(first) is not { } head ? Find(second) : Find(second) is null ? head : Taped.Concat(1, Named(first), Named(second)),
            WiringPart(var whole, var start, var like) => Taped.Slice(Named(whole), 1, _scope.IntegerOf(start), Find(like)!.Shape[1]),
            WiringSum(var left, var right) => Named(left) + Named(right),
            WiringProduct(var left, var right) => Taped.MatMul(Named(left), Named(right)),
            WiringRows(var table, var ids) => WiringArithmetic.Rows(Named(table), Find(ids)!),
            WiringFunction(var name, var x) when WiringArithmetic.Functions.TryGetValue(name, out var function) => function(Named(x)),
            WiringReshape(null, var like) => tape.Create(new double[Find(like)!.Shape.Count], Find(like)!.Shape),
            WiringReshape(var entries, var like) => Taped.Reshape(Find(entries!)!, Find(like)!.Shape),
            _ => throw new NotSupportedException($"{equation}: found '{operand}' in a wiring, expected what has a gradient"),
        };

        private Taped? Find(WiringTensor tensor)
        {
            if (tensor.Index is not null && _collected.TryGetValue(tensor.Name, out var items))
                return items[_segment];
            if (!_values.TryGetValue(tensor.Name, out var value) || tensor.Index is null)
                return value;
            return _scope.PatternOf(tensor.Name) is { } pattern && WiringCheck.HasLeading(pattern, _extent!) ? Item(value, _segment) : value;
        }

        private Taped Named(WiringTensor tensor) => tape.Enter(Find(tensor)!, equation.Id, tensor.Name);

        private void Assign(WiringTarget target, Taped value)
        {
            if (target.Index is not null)
            {
                if (_collected.TryGetValue(target.Name, out var items))
                    items.Add(value);
                else
                    _collected[target.Name] = [value];
                return;
            }

            _values[target.Name] = value;
            if (_extent is not null)
                _carried.Add(target.Name);
        }
    }
}
