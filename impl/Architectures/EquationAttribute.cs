namespace Harness.Architectures;

/// <summary>
/// Declares a method to be an equation of the catalogue. Names, ranks, extents and domains come from here and from nowhere else.
/// </summary>
/// <remarks>
/// <para><b>Signature</b>: <c>inputs -> outputs</c>, each a list of <c>name[extents]</c>. An extent is a symbol, a number, or a sum or
/// product of them (an output's also <c>L+2*(L/2)</c>: a whole quotient, parentheses, more operands); a symbol has one value throughout,
/// and 0 where every tensor that has it is absent. After a shape's extents, <c>where R=N*d</c> gives R a value, or holds it against the
/// product (<c>where d=2*F</c>: d is even). <c>[B,R,d]|[B,N,d,d]</c> gives alternatives by rank, and <c>when bank is threaded</c> after the
/// extents lets an attribute decide; <c>like M</c> is the shape M came in. <c>name?</c> may be absent; then <c>with K_cache</c> at the end
/// says that it comes with another tensor, and <c>when method is conv</c> with the value of an attribute, and never without. A domain may
/// follow the shape: <c>&gt;0</c>, <c>&gt;=0</c>, <c>in [0,1)</c>, <c>mass</c> (≥ 0, every row with a positive sum), <c>index V</c> (whole
/// numbers 0 … V − 1; <c>index 2</c> for flags). After it <c>~ weights</c>, or another ValueKind of the catalogue, says what an input's values usually are, which
/// forbids nothing: fresh inputs are drawn so, and from a normal distribution where neither domain nor kind is given. An output <c>columns
/// N</c> solves a linear system and is judged by the norm of its columns along N.</para>
/// <para><b>Attributes</b>: a list of <c>name</c> with, in this order, <c>=H</c> (its value is the extent H, or <c>=2*F</c>), a domain
/// (<c>&gt;0</c>, <c>&gt;=0</c>, <c>even</c>, <c>in (0,1)</c>, <c>in 0..R</c>, <c>in bank|retrieved</c>), <c>divides d</c>, <c>needs
/// …</c> (what must hold, such as <c>T=R</c>, or be given, when it is true), and a kind, as for tensors (also <c>~ positions or signed when
/// version is gpt2</c>: another one with a word of an attribute, which then needs a value). Types and defaults are those of the method's
/// parameters.</para>
/// <para>The method's tensor parameters stand in the order of the signature, then those of the attributes, named as these but in camelCase.
/// Parameters that belong together may travel as one record, marked with <see cref="ParametersAttribute"/>: those of its constructor then
/// stand in its place. <see cref="ConstantAttribute"/> marks a tensor that is never differentiated.</para>
/// <para><b>Wiring</b> of a composed equation: how its outputs come from other equations, one statement a line, blocks indented by two
/// blanks, an open parenthesis closed on a later line. <c>A, B = some.id(X, Y; heads, length=L)</c> calls an equation with its inputs and
/// outputs in their order, where optional inputs at the end may be left out, and its attributes, where those left out have their defaults: by
/// the name of an own attribute, or from another attribute or extent (<c>kept=M+L</c>), or from <c>true</c>, <c>false</c> and <c>default</c>. <c>M = M_0</c> gives another name, <c>M_next = next like
/// M</c> another shape to the same entries, <c>Z = 0 like X</c> makes zeros. An argument may also be <c>X ‖ Y</c>, joined along axis 1.
/// What lies between the equations: <c>o from K like x</c> (the positions of o from K on, as many as x has), <c>X + Y</c>, <c>X · W</c>
/// (a matrix product), <c>relu(X)</c>, <c>W at ids</c> (rows of a table). <c>for s in S:</c> repeats for every element of the leading
/// extent S: <c>X[s]</c> is that element, or X itself where it has no S in front, and what is assigned to <c>Z[s]</c> becomes Z. <c>for k
/// in blocks:</c> repeats as often as an attribute says. <c>if</c> asks for a flag (<c>if smooth:</c>), a word of
/// an attribute (<c>if density is sparsemax:</c>), an input's shape (<c>if M is
/// [B,N,d,d]:</c>), or a tensor that has no value (<c>if C is absent:</c>); <c>else:</c> may follow. What is absent stays absent when it
/// is assigned or handed on.</para>
/// </remarks>
/// <param name="id">The public id, such as <c>lm2.gate.input</c>.</param>
/// <param name="signature">The tensors.</param>
/// <param name="source">Paper and section.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EquationAttribute(string id, string signature, string source) : Attribute
{
    /// <summary>The public id, such as <c>lm2.gate.input</c>.</summary>
    public string Id { get; } = id;

    /// <summary>The tensors, in the grammar described above.</summary>
    public string Signature { get; } = signature;

    /// <summary>Paper and section.</summary>
    public string Source { get; } = source;

    /// <summary>The non-tensor parameters, in the grammar described above.</summary>
    public string Attributes { get; init; } = "";

    /// <summary>Tensors, with blanks between, that are positions (or draws that become such): float32 where the others have 16 bits.</summary>
    public string Positions { get; init; } = "";

    /// <summary>The same of a regression's operator and basis.</summary>
    public string Regression { get; init; } = "";

    /// <summary>The same of what goes from segment to segment.</summary>
    public string State { get; init; } = "";

    /// <summary>The equation itself, in the paper's symbols, on one line.</summary>
    public required string Definition { get; init; }

    /// <summary>For a composed equation: which equations it consists of and how they are connected, in the grammar described above.</summary>
    public string Wiring { get; init; } = "";
}

/// <summary>
/// Marks a record of weights or of attributes that equations take as one parameter. The catalogue sees the parameters of its constructor
/// instead, which may be such records too.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ParametersAttribute : Attribute;

/// <summary>
/// Marks a tensor that is never differentiated: positions and the basis on them, an operator made of these, uniforms, and whatever an
/// equation only samples by. Indices are so without it. An equation of nothing else has no gradient.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ConstantAttribute : Attribute;
