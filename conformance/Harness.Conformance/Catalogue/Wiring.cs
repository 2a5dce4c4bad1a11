namespace Harness.Conformance.Catalogue;

/// <summary>Which equations a composed one consists of, and how they are connected.</summary>
/// <param name="Text">As written in the annotation, for people.</param>
/// <param name="Statements">In the order in which they are carried out.</param>
public sealed record Wiring(string Text, IReadOnlyList<WiringStatement> Statements)
{
    /// <summary>The ids of the equations that it is made of, each once, in the order of their first use.</summary>
    public IReadOnlyList<string> Pieces { get; } =
        [.. Statements.SelectMany(statement => statement.Calls).Select(call => call.Equation).Distinct()];

    /// <summary>The names of what it computes on the way: an answer may show them. What is an element of a loop is none.</summary>
    public IReadOnlyList<string> Intermediates { get; } =
        [.. Statements.SelectMany(statement => statement.Assigned).Where(target => target.Index is null).Select(target => target.Name).Distinct()];
}

/// <summary>One statement: a call, an assignment, a loop or a branch.</summary>
public abstract record WiringStatement
{
    /// <summary>The calls in it, in order.</summary>
    public abstract IEnumerable<WiringCall> Calls { get; }

    /// <summary>What it gives a value to, in order.</summary>
    public abstract IEnumerable<WiringTarget> Assigned { get; }

    /// <summary>The values that it takes, in order.</summary>
    public abstract IEnumerable<WiringOperand> Taken { get; }
}

/// <summary>Computes an equation, as in <c>A = lm2.attention.weights(Q, K; causal, heads, top_k)</c>.</summary>
/// <param name="Targets">Where the equation's outputs go, in the order of its signature.</param>
/// <param name="Equation">The equation's id.</param>
/// <param name="Arguments">Its inputs, in the order of its signature.</param>
/// <param name="Attributes">All its attributes.</param>
public sealed record WiringCall(
    IReadOnlyList<WiringTarget> Targets, string Equation, IReadOnlyList<WiringOperand> Arguments, IReadOnlyList<WiringParameter> Attributes)
    : WiringStatement
{
    /// <inheritdoc/>
    public override IEnumerable<WiringCall> Calls => [this];

    /// <inheritdoc/>
    public override IEnumerable<WiringTarget> Assigned => Targets;

    /// <inheritdoc/>
    public override IEnumerable<WiringOperand> Taken => Arguments;
}

/// <summary>Names a tensor that no equation computes, as in <c>M_next = next like M</c>.</summary>
/// <param name="Target">The name.</param>
/// <param name="Value">The tensor; absent where it is absent.</param>
public sealed record WiringAssignment(WiringTarget Target, WiringOperand Value) : WiringStatement
{
    /// <inheritdoc/>
    public override IEnumerable<WiringCall> Calls => [];

    /// <inheritdoc/>
    public override IEnumerable<WiringTarget> Assigned => [Target];

    /// <inheritdoc/>
    public override IEnumerable<WiringOperand> Taken => [Value];
}

/// <summary>Repeats statements, as in <c>for s in S:</c>. What a statement assigns is carried to the next repetition.</summary>
/// <param name="Variable">Counts the repetitions.</param>
/// <param name="Extent">How many there are: an extent of the inputs, or an attribute.</param>
/// <param name="Body">What is repeated.</param>
public sealed record WiringLoop(string Variable, string Extent, IReadOnlyList<WiringStatement> Body) : WiringStatement
{
    /// <inheritdoc/>
    public override IEnumerable<WiringCall> Calls => Body.SelectMany(statement => statement.Calls);

    /// <inheritdoc/>
    public override IEnumerable<WiringTarget> Assigned => Body.SelectMany(statement => statement.Assigned);

    /// <inheritdoc/>
    public override IEnumerable<WiringOperand> Taken => Body.SelectMany(statement => statement.Taken);
}

/// <summary>Statements that depend on a condition.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Then">Carried out where it holds.</param>
/// <param name="Otherwise">Carried out where it does not.</param>
public sealed record WiringBranch(
    WiringCondition Condition, IReadOnlyList<WiringStatement> Then, IReadOnlyList<WiringStatement> Otherwise) : WiringStatement
{
    /// <inheritdoc/>
    public override IEnumerable<WiringCall> Calls => Then.Concat(Otherwise).SelectMany(statement => statement.Calls);

    /// <inheritdoc/>
    public override IEnumerable<WiringTarget> Assigned => Then.Concat(Otherwise).SelectMany(statement => statement.Assigned);

    /// <inheritdoc/>
    public override IEnumerable<WiringOperand> Taken => Then.Concat(Otherwise).SelectMany(statement => statement.Taken);
}

/// <summary>A name that a value is given to.</summary>
/// <param name="Name">The name.</param>
/// <param name="Index">In a loop, its variable: the value is one element of the leading axis.</param>
public sealed record WiringTarget(string Name, string? Index)
{
    /// <inheritdoc/>
    public override string ToString() => Index is null ? Name : $"{Name}[{Index}]";
}

/// <summary>A value that a call or an assignment takes.</summary>
public abstract record WiringOperand
{
    /// <summary>The tensors whose entries it is made of.</summary>
    public abstract IEnumerable<WiringTensor> Sources { get; }

    /// <summary>The tensor that gives it a shape; null where its entries do.</summary>
    public virtual WiringTensor? ShapedLike => null;
}

/// <summary>A tensor, or with an index the element of its leading axis; a weight without that axis is shared by all elements.</summary>
/// <param name="Name">An input, or what an earlier statement assigned.</param>
/// <param name="Index">The variable of a loop, or null.</param>
public sealed record WiringTensor(string Name, string? Index) : WiringOperand
{
    /// <inheritdoc/>
    public override IEnumerable<WiringTensor> Sources => [this];

    /// <inheritdoc/>
    public override string ToString() => Index is null ? Name : $"{Name}[{Index}]";
}

/// <summary>Two sequences, one after the other: joined along axis 1. One that is absent has no entries.</summary>
/// <param name="First">What comes first.</param>
/// <param name="Second">What follows.</param>
public sealed record WiringConcatenation(WiringTensor First, WiringTensor Second) : WiringOperand
{
    /// <inheritdoc/>
    public override IEnumerable<WiringTensor> Sources => [First, Second];

    /// <inheritdoc/>
    public override string ToString() => $"{First} ‖ {Second}";
}

/// <summary>The entries of one tensor, row-major, in the shape of another.</summary>
/// <param name="Entries">The entries; null for zeros.</param>
/// <param name="Like">The shape.</param>
public sealed record WiringReshape(WiringTensor? Entries, WiringTensor Like) : WiringOperand
{
    /// <inheritdoc/>
    public override IEnumerable<WiringTensor> Sources => Entries is null ? [] : [Entries];

    /// <inheritdoc/>
    public override WiringTensor? ShapedLike => Like;

    /// <inheritdoc/>
    public override string ToString() => $"{Entries?.ToString() ?? "0"} like {Like}";
}

/// <summary>A part of a sequence, as in <c>o from K like x</c>: as many entries along axis 1 as another sequence has.</summary>
/// <param name="Whole">The sequence.</param>
/// <param name="Start">The part's first position.</param>
/// <param name="Like">The sequence that is as long.</param>
public sealed record WiringPart(WiringTensor Whole, Extent Start, WiringTensor Like) : WiringOperand
{
    /// <inheritdoc/>
    public override IEnumerable<WiringTensor> Sources => [Whole];

    /// <inheritdoc/>
    public override WiringTensor? ShapedLike => Like;

    /// <inheritdoc/>
    public override string ToString() => $"{Whole} from {Start} like {Like}";
}

/// <summary>A sum; the second tensor may be as long as the last axes of the first.</summary>
/// <param name="Left">The first tensor.</param>
/// <param name="Right">The second tensor.</param>
public sealed record WiringSum(WiringTensor Left, WiringTensor Right) : WiringOperand
{
    /// <inheritdoc/>
    public override IEnumerable<WiringTensor> Sources => [Left, Right];

    /// <inheritdoc/>
    public override string ToString() => $"{Left} + {Right}";
}

/// <summary>A matrix product, [..,k] by [k,n].</summary>
/// <param name="Left">The first tensor.</param>
/// <param name="Right">The matrix.</param>
public sealed record WiringProduct(WiringTensor Left, WiringTensor Right) : WiringOperand
{
    /// <inheritdoc/>
    public override IEnumerable<WiringTensor> Sources => [Left, Right];

    /// <inheritdoc/>
    public override string ToString() => $"{Left} · {Right}";
}

/// <summary>The rows of a table that belong to whole numbers.</summary>
/// <param name="Table">The table [V,d].</param>
/// <param name="Ids">Which rows.</param>
public sealed record WiringRows(WiringTensor Table, WiringTensor Ids) : WiringOperand
{
    /// <inheritdoc/>
    public override IEnumerable<WiringTensor> Sources => [Table, Ids];

    /// <inheritdoc/>
    public override string ToString() => $"{Table} at {Ids}";
}

/// <summary>A function of one tensor that is no equation, such as <c>relu(x)</c>.</summary>
/// <param name="Name">Its name in <see cref="WiringArithmetic.Functions"/>.</param>
/// <param name="X">The tensor.</param>
public sealed record WiringFunction(string Name, WiringTensor X) : WiringOperand
{
    /// <inheritdoc/>
    public override IEnumerable<WiringTensor> Sources => [X];

    /// <inheritdoc/>
    public override string ToString() => $"{Name}({X})";
}

/// <summary>An attribute of a called equation.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Value">
/// The attribute, or else the extent (or a sum of them), of the composed equation that it takes its value from; or <c>true</c>, <c>false</c>,
/// <c>default</c>.
/// </param>
public sealed record WiringParameter(string Name, string Value)
{
    /// <summary>The values that are no names, and what they stand for in a called equation.</summary>
    internal static IReadOnlyDictionary<string, Func<AttributeSpec, object?>> Constants { get; } = new Dictionary<string, Func<AttributeSpec, object?>>
    {
        ["true"] = _ => true,
        ["false"] = _ => false,
        ["default"] = attribute => attribute.Default,
    };

    /// <inheritdoc/>
    public override string ToString() => Name == Value ? Name : $"{Name}={Value}";
}

/// <summary>What a condition asks of a name.</summary>
public enum WiringTest
{
    /// <summary>Whether a flag is true.</summary>
    IsTrue,

    /// <summary>Whether a tensor was not given, and nothing assigned it.</summary>
    IsAbsent,

    /// <summary>Whether an input came in one of its alternative shapes.</summary>
    HasShape,

    /// <summary>Whether an attribute is one of its words.</summary>
    IsWord,
}

/// <summary>When a branch is taken.</summary>
/// <param name="Name">An attribute, or a tensor.</param>
/// <param name="Test">What is asked of it.</param>
/// <param name="Value">The shape asked for, as in the signature, or the word; null for other tests.</param>
public sealed record WiringCondition(string Name, WiringTest Test, string? Value)
{
    /// <inheritdoc/>
    public override string ToString() => Test switch
    {
        WiringTest.IsTrue => Name,
        WiringTest.IsAbsent => $"{Name} is absent",
        _ => $"{Name} is {Value}",
    };
}
