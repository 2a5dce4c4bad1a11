namespace Harness.Tensors.Gradients;

/// <summary>What one operation left for the sweep: through which operands its gradient goes on, and what it has gathered by then.</summary>
/// <typeparam name="T">The tensor that computes.</typeparam>
public sealed class TapeNode<T>
    where T : class, ITensor<T>
{
    private readonly List<TapeNode<T>> _tape;
    private readonly IEngine<T> _engine;
    private readonly PrecisionPart _part;
    private readonly List<Edge> _edges = [];
    private readonly List<Part> _parts = [];
    private T? _gradient;

    internal TapeNode(List<TapeNode<T>> tape, string operation, Shape shape, IEngine<T> engine, PrecisionPart part) =>
        (_tape, Operation, Shape, _engine, _part) = (tape, operation, shape, engine, part);

    /// <summary>What made the tensor; nothing makes a variable.</summary>
    public string Operation { get; }

    /// <summary>Whether it is a variable.</summary>
    public bool IsVariable => Operation.Length == 0;

    /// <summary>The tensor's shape.</summary>
    public Shape Shape { get; }

    /// <summary>Where the gradient goes; nowhere once it has gone.</summary>
    public IReadOnlyList<Edge> Edges => _edges;

    /// <summary>Whether it was recorded on a tape.</summary>
    internal bool IsOn(List<TapeNode<T>> other) => ReferenceEquals(_tape, other);

    /// <summary>Leads the gradient on to an operand.</summary>
    /// <param name="operand">The operand's node.</param>
    /// <param name="position">Which of the operation's operands it is, those counted that depend on no variable.</param>
    /// <param name="reads">What the adjoint reads beside the gradient; held from here on.</param>
    /// <param name="adjoint">The operand's gradient from the result's and what it reads.</param>
    /// <param name="place">Where the operand's gradient has it, if it is the gradient of a part.</param>
    internal void Lead(TapeNode<T> operand, int position, ReadOnlySpan<T> reads, Func<T, T[], T> adjoint, Place? place = null)
    {
        var held = new T[reads.Length];
        for (var i = 0; i < held.Length; i++)
            held[i] = _engine.Hold(reads[i]);
        _edges.Add(new Edge(operand, position, held, adjoint, place));
    }

    /// <summary>Adds to the gradient, which is held until it has gone on.</summary>
    internal void Add(T gradient)
    {
        using var precision = _engine.Within(_part);
        var last = _gradient;
        _gradient = _engine.Hold(last is null ? gradient : last + gradient);
        if (last is not null)
            _engine.Release(last);
    }

    /// <summary>Hands the gradient on, and lets go of it and of what was read for that.</summary>
    internal void Sweep(Func<TapeNode<T>, Edge, T, T> passed)
    {
        if (Total() is { } gradient)
        {
            using var precision = _engine.Within(_part);
            foreach (var edge in _edges)
                edge.Operand.Add(passed(this, edge, gradient), edge.Place);
        }

        Forget();
    }

    /// <summary>The gradient gathered; null if nothing led here.</summary>
    internal T? Total()
    {
        using var precision = _engine.Within(_part);
        return _parts.Select(part => part.Place.Axis).Distinct().Aggregate(_gradient, Joined);
    }

    /// <summary>Lets go of everything.</summary>
    internal void Forget()
    {
        foreach (var tensor in _edges.SelectMany(edge => edge.Reads).Concat(_parts.Select(part => part.Gradient)))
            _engine.Release(tensor);
        if (_gradient is not null)
            _engine.Release(_gradient);
        _gradient = null;
        _edges.Clear();
        _parts.Clear();
    }

    /// <summary>One zero, repeated: of whatever shape, it takes no memory.</summary>
    internal static T Zeros(IEngine<T> engine, Shape shape)
    {
        var zeros = engine.Create(new double[1], []);
        for (var axis = shape.Rank - 1; axis >= 0; axis--)
            zeros = T.Expand(zeros, 0, shape[axis]);
        return zeros;
    }

    private void Add(T gradient, Place? place)
    {
        if (place is { } found)
            _parts.Add(new Part(found, _engine.Hold(gradient)));
        else
            Add(gradient);
    }

    // Parts side by side are joined, not padded and added up: S slices of S segments cost S, not S². Where parts overlap, only what they
    // share is added.
    private T Joined(T? whole, int axis)
    {
        var parts = _parts.Where(part => part.Place.Axis == axis).ToList();
        if (whole is not null)
            parts.Insert(0, new Part(new Place(axis, 0), whole));
        int[] edges = [.. parts.SelectMany(part => new[] { part.Place.Start, part.End }).Concat([0, Shape[axis]]).Distinct().Order()];
        var pieces = new List<T>(edges.Length);
        for (var i = 0; i + 1 < edges.Length; i++)
        {
            var (start, length) = (edges[i], edges[i + 1] - edges[i]);
            T? sum = null;
            foreach (var part in parts.Where(part => part.Place.Start <= start && part.End >= start + length))
            {
                var piece = part.Gradient.Shape[axis] == length
                    ? part.Gradient
                    : T.Slice(part.Gradient, axis, start - part.Place.Start, length);
                sum = sum is null ? piece : sum + piece;
            }

            pieces.Add(sum ?? Zeros(_engine, Shape.With(axis, length)));
        }

        return pieces.Count == 1 ? pieces[0] : T.Concat(axis, [.. pieces]);
    }

    /// <summary>Where a slice begins, along which axis.</summary>
    /// <param name="Axis">The axis.</param>
    /// <param name="Start">The first entry.</param>
    public readonly record struct Place(int Axis, int Start);

    /// <summary>The way to an operand.</summary>
    /// <param name="Operand">The operand's node.</param>
    /// <param name="Position">Which of the operation's operands it is, those counted that depend on no variable.</param>
    /// <param name="Reads">What the adjoint reads beside the gradient.</param>
    /// <param name="Adjoint">The operand's gradient from the result's and what it reads.</param>
    /// <param name="Place">Where the operand's gradient has it, if it is the gradient of a part.</param>
    public sealed record Edge(TapeNode<T> Operand, int Position, T[] Reads, Func<T, T[], T> Adjoint, Place? Place);

    private sealed record Part(Place Place, T Gradient)
    {
        public int End => Place.Start + Gradient.Shape[Place.Axis];
    }
}
