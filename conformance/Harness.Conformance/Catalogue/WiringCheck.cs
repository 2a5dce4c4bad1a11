namespace Harness.Conformance.Catalogue;

/// <summary>Holds a wiring against the catalogue when it is loaded: a wrong name would otherwise come up only in a diagnosis.</summary>
internal sealed class WiringCheck
{
    private readonly Equation _equation;
    private readonly Func<string, Equation?> _find;
    private readonly HashSet<string> _known;
    private readonly HashSet<string> _indexed;
    private readonly HashSet<string> _extents;
    private readonly HashSet<string> _functions;
    private string? _variable;

    private WiringCheck(Equation equation, Func<string, Equation?> find, IEnumerable<string> functions)
    {
        _functions = [.. functions];
        _equation = equation;
        _find = find;
        _known = [.. equation.Inputs.Select(input => input.Name)];
        _indexed = [];
        _extents = [.. equation.Inputs.SelectMany(input => input.Shapes).SelectMany(shape => shape.Extents).SelectMany(extent => extent.Symbols)];
    }

    /// <exception cref="FormatException">A tensor, equation, attribute or extent is not there, or one is missing.</exception>
    public static void Check(Equation equation, Func<string, Equation?> find) =>
        Check(equation, equation.Wiring!, find, WiringArithmetic.Functions.Keys);

    /// <summary>The same of a wiring that is not the equation's own.</summary>
    /// <param name="equation">The equation.</param>
    /// <param name="wiring">Its wiring.</param>
    /// <param name="find">Finds an equation by its id.</param>
    /// <param name="functions">What the wiring may call by name.</param>
    /// <exception cref="FormatException">A tensor, equation, attribute, extent or function is not there, or one is missing.</exception>
    public static void Check(Equation equation, Wiring wiring, Func<string, Equation?> find, IEnumerable<string> functions)
    {
        var check = new WiringCheck(equation, find, functions);
        check.Visit(wiring.Statements);
        foreach (var output in equation.Outputs)
            check.Require(check._known.Contains(output.Name), "nothing", $"a statement that assigns the output '{output.Name}'");
    }

    private void Visit(IReadOnlyList<WiringStatement> statements)
    {
        foreach (var statement in statements)
        {
            switch (statement)
            {
                case WiringCall call:
                    Visit(call);
                    break;
                case WiringAssignment assignment:
                    Visit(assignment.Value);
                    Assign(assignment.Target);
                    break;
                case WiringLoop loop:
                    Visit(loop);
                    break;
                case WiringBranch branch:
                    Visit(branch);
                    break;
            }
        }
    }

    private void Visit(WiringCall call)
    {
        var piece = _find(call.Equation);
        Require(piece is not null && piece != _equation, $"'{call.Equation}'", "the id of another equation");
        Require(
            call.Arguments.Count <= piece!.Inputs.Count && piece.Inputs.Skip(call.Arguments.Count).All(input => input.IsOptional),
            $"{call.Arguments.Count} tensors for {piece}", $"its {piece.Inputs.Count} inputs, but for optional ones at the end");
        Require(
            call.Targets.Count == piece.Outputs.Count, $"{call.Targets.Count} names for {piece}", $"its {piece.Outputs.Count} outputs");
        var named = call.Attributes.Select(attribute => attribute.Name).ToArray();
        Require(
            named.Distinct().Count() == named.Length && named.All(name => piece.Attributes.Any(attribute => attribute.Name == name))
                && piece.Attributes.All(attribute => !attribute.IsRequired || named.Contains(attribute.Name)),
            $"attributes {string.Join(", ", call.Attributes)} for {piece}", string.Join(", ", piece.Attributes.Select(attribute => attribute.Name)));
        foreach (var attribute in call.Attributes)
        {
            Require(
                _equation.Attributes.Any(own => own.Name == attribute.Value) || WiringParameter.Constants.ContainsKey(attribute.Value)
                    || Extent.ParseFormula(attribute.Value).Symbols.All(_extents.Contains),
                $"'{attribute}' for {piece}", "an attribute or an extent of the composed equation");
        }

        foreach (var argument in call.Arguments)
            Visit(argument);
        foreach (var target in call.Targets)
            Assign(target);
    }

    // A loop over an attribute counts, and may hold another that does; only a loop over an extent has elements to take.
    private void Visit(WiringLoop loop)
    {
        if (_equation.Attributes.Any(attribute => attribute.Name == loop.Extent && attribute.Type == AttributeType.Integer))
        {
            Visit(loop.Body);
            return;
        }

        Require(_extents.Contains(loop.Extent), $"for {loop.Variable} in {loop.Extent}", "an extent of the inputs, or a whole number");
        Require(_variable is null, $"for {loop.Variable} in a loop", "one loop over an extent");
        _variable = loop.Variable;
        foreach (var input in _equation.Inputs.Where(input => input.Shapes.Any(shape => HasLeading(shape, loop.Extent))))
            _indexed.Add(input.Name);
        Visit(loop.Body);
        _variable = null;
    }

    // What only one side assigns is known afterwards too: it may be absent, and a statement that needs it fails by name.
    private void Visit(WiringBranch branch)
    {
        var (name, test, value) = branch.Condition;
        switch (test)
        {
            case WiringTest.IsTrue:
                Require(
                    _equation.Attributes.Any(attribute => attribute.Name == name && attribute.Type == AttributeType.Flag),
                    $"if {name}", "a flag of the composed equation");
                break;
            case WiringTest.HasShape:
                Require(
                    _equation.Inputs.Any(input => input.Name == name && input.Shapes.Any(known => known.Text == value)),
                    $"if {branch.Condition}", "an input and one of its shapes");
                break;
            case WiringTest.IsWord:
                Require(
                    _equation.Attributes.Any(attribute => attribute.Name == name && attribute.Choices.Contains(value)),
                    $"if {branch.Condition}", "an attribute and one of its words");
                break;
            default:
                RequireKnown(name);
                break;
        }

        Visit(branch.Then);
        Visit(branch.Otherwise);
    }

    private void Visit(WiringOperand operand)
    {
        if (operand is WiringFunction { Name: var function })
            Require(_functions.Contains(function), $"'{operand}'", string.Join(", ", _functions.Select(name => $"{name}(…)")));
        if (operand is WiringPart { Start: var start })
            Require(start.Symbols.All(_extents.Contains), $"from '{start}'", "extents of the inputs");
        foreach (var tensor in operand.Sources.Append(operand.ShapedLike).OfType<WiringTensor>())
        {
            RequireKnown(tensor.Name);
            Require(
                tensor.Index is null || (tensor.Index == _variable && _indexed.Contains(tensor.Name)),
                $"'{tensor}'", "the loop's variable, and a tensor with the loop's extent in front");
        }
    }

    private void Assign(WiringTarget target)
    {
        Require(target.Index is null || target.Index == _variable, $"'{target}'", "the loop's variable");
        _known.Add(target.Name);
        if (target.Index is not null)
            _indexed.Add(target.Name);
    }

    internal static bool HasLeading(ShapePattern shape, string extent) => shape.Extents is [var first, ..] && first.ToString() == extent;

    private void RequireKnown(string name) => Require(_known.Contains(name), $"'{name}'", "an input, or a name assigned before");

    private void Require(bool holds, string found, string expected)
    {
        if (!holds)
            throw new FormatException($"{_equation}: wiring: found {found}, expected {expected}");
    }
}
