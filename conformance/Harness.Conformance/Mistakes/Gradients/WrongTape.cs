using Harness.Conformance.Catalogue;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Gradients;
using Taped = Harness.Tensors.Gradients.TapedTensor<Harness.Tensors.Dense.DenseTensor<double>>;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>Reverse mode that goes wrong at one place.</summary>
/// <param name="call">The call of a gradient equation.</param>
/// <param name="site">Where; everywhere if it is null.</param>
/// <param name="edit">What is done there instead; nothing if it is null.</param>
internal sealed class WrongTape(Call call, Site? site = null, AdjointEdit? edit = null)
    : GradientEngine<Tensor>(DenseEngine<double>.Instance, GradientSignature.IsTruncated(call.Request.Attributes))
{
    private const string Entrance = "enters";

    private readonly List<TapeNode<Tensor>> _nodes = [];
    private readonly Dictionary<TapeNode<Tensor>, Formula> _formulas = [];
    private readonly Dictionary<Site, (IReadOnlyList<TapeNode<Tensor>> Nodes, IReadOnlyList<Tensor[]> Reads)> _occurrences = [];
    private IReadOnlyList<(TapeNode<Tensor> Node, Tensor Result)>? _gates;

    /// <summary>The call.</summary>
    public Call Call => call;

    /// <summary>What an edit keeps from one place for another.</summary>
    public Dictionary<TapeNode<Tensor>, double[]> Memory { get; } = [];

    /// <summary>The sites met so far by those who ask.</summary>
    public HashSet<Site> Met { get; } = [];

    /// <summary>The gradients, in the order of the equation's outputs, of those that the call has.</summary>
    /// <param name="edited">How a composed equation is put together instead.</param>
    public Tensor[] Gradients(Wiring? edited = null)
    {
        var (forward, variables, outputs) = Forward(edited);
        if (edit is { LooksAround: true })
            LookAround();
        return
        [
            .. Gradients(
                [.. forward.Outputs.Select(output => (outputs[output.Name], call[GradientSignature.NameOf(output)]))],
                [.. forward.Inputs.Where(input => !input.IsConstant && variables.ContainsKey(input.Name)).Select(input => variables[input.Name])]),
        ];
    }

    /// <summary>What can be done wrong, and where, on the tape of the call.</summary>
    public IReadOnlyList<(Site Site, AdjointEdit Edit, string Words)> Candidates()
    {
        Forward(null);
        return
        [
            .. _nodes.SelectMany(node => node.Edges.Select(edge => new Use(this, node, edge)))
                .SelectMany(use => AdjointEdits.Of(use).Select(one => (use.Site, one, one.WordsAt(use)))),
        ];
    }

    /// <summary>The same tensor under the name that an equation has for it.</summary>
    public Taped Enter(Taped tensor, string equation, string name)
    {
        var (before, entered) = (_nodes.Count, Again(tensor, Entrance));
        if (_nodes.Count > before)
            _formulas[_nodes[^1]] = new Formula(equation, name, name);
        return entered;
    }

    /// <summary>Whether a tensor enters an equation there, whatever it was before.</summary>
    public static bool IsEntrance(TapeNode<Tensor> node) => node.Operation == Entrance;

    /// <summary>What a tensor is.</summary>
    public Formula FormulaOf(TapeNode<Tensor> node)
    {
        if (_formulas.TryGetValue(node, out var known))
            return known;
        return _formulas[node] = node.Edges.Select(edge => FormulaOf(edge.Operand)).ToArray() is { Length: > 0 } parts
            ? Formula.Written(node.Operation, parts)
            : new Formula("", "", "");
    }

    /// <summary>The matrices that a tensor is the product of.</summary>
    public static (Tensor Left, Tensor Right)? ProductOf(TapeNode<Tensor> node) => node switch
    {
        { Operation: "ScaledMatMul", Edges: [var left, var right] } => (right.Reads[0], left.Reads[0]),
        { Operation: "Reshape", Edges: [var only] } => ProductOf(only.Operand),
        _ => null,
    };

    /// <summary>What a use reads wherever it occurs, and which of them a node is.</summary>
    public (IReadOnlyList<Tensor[]> All, int Number) Occurrences(Site asked, TapeNode<Tensor> node)
    {
        var (nodes, reads) = _occurrences[asked];
        return (reads, nodes.ToList().IndexOf(node));
    }

    /// <summary>What other gates than a node's gave, of its shape.</summary>
    public IEnumerable<Tensor> Gates(TapeNode<Tensor> node) =>
        _gates!.Where(gate => gate.Node != node && gate.Result.Shape == node.Shape).Select(gate => gate.Result);

    /// <inheritdoc/>
    protected override TapeNode<Tensor> Record(string operation, Shape shape)
    {
        var node = base.Record(operation, shape);
        _nodes.Add(node);
        return node;
    }

    /// <inheritdoc/>
    protected override Tensor Passed(TapeNode<Tensor> result, TapeNode<Tensor>.Edge edge, Tensor gradient)
    {
        if (edit is null || (site is not null && Use.KindOf(result.Operation) != site.Operation && result.Operation != edit.Earlier))
            return base.Passed(result, edge, gradient);
        var use = new Use(this, result, edge);
        if (result.Operation == edit.Earlier)
            use.Remember(gradient);
        return (site is null ? AdjointEdits.Fits(edit, use) : use.Site == site && edit.Applies(use)) ? edit.Give(use, gradient) : use.Right(gradient);
    }

    private (Equation Forward, Dictionary<string, Taped> Variables, IReadOnlyDictionary<string, Taped> Outputs) Forward(Wiring? edited)
    {
        var forward = EquationCatalogue.Find(call.Request.Equation)!.Differentiated!;
        var variables = new Dictionary<string, Taped>();
        foreach (var input in forward.Inputs.Where(input => call.Find(input.Name) is not null))
            variables[input.Name] = input.IsConstant ? Constant(call[input.Name]) : Variable(call[input.Name]);
        return (forward, variables, new TapedWiring(this).Compute(forward, call.Request.Attributes, variables, edited));
    }

    // Before the sweep, which lets go of what it has passed.
    private void LookAround()
    {
        var found = _nodes.Where(node => Use.KindOf(node.Operation) == site!.Operation)
            .SelectMany(node => node.Edges.Where(edge => new Use(this, node, edge).Site == site).Select(edge => (node, edge))).ToArray();
        _occurrences[site!] = ([.. found.Select(one => one.node)], [.. found.Select(one => Array.ConvertAll(one.edge.Reads, Copy))]);
        _gates = [.. _nodes.Where(node => node.Operation == nameof(Tensor.Sigmoid)).Select(node => (node, Copy(node.Edges[0].Reads[0])))];
    }

    private static Tensor Copy(Tensor tensor) => tensor.Map(value => value);
}
