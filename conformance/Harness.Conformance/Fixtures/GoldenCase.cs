using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Fixtures;

/// <summary>How an output is held against its golden values.</summary>
public enum Judgement
{
    /// <summary>Every entry by itself.</summary>
    Entries,

    /// <summary>Every column by its 2-norm: for solutions of linear systems, whose single entries are not well determined.</summary>
    Columns,
}

/// <summary>An output of a case.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Judgement">How it is judged.</param>
/// <param name="Axis">With columns: the axis that runs along a column.</param>
public sealed record GoldenOutput(Shape Shape, Judgement Judgement, int Axis)
{
    /// <summary>Which part of the precision contract it belongs to.</summary>
    public PrecisionPart Part { get; init; }

    // How many entries a column has, and how far apart they are.
    private readonly (int Length, int Stride) _column = Judgement == Judgement.Columns ? (Shape[Axis], (int)Shape[(Axis + 1)..].Count) : (1, 1);

    /// <summary>How the catalogue has an output of this shape judged.</summary>
    internal static GoldenOutput Of(TensorSpec spec, Shape shape)
    {
        if (spec.Columns is null)
            return new GoldenOutput(shape, Judgement.Entries, 0) { Part = spec.Part };
        var pattern = spec.Shapes.First(candidate => candidate.Extents.Count == shape.Rank);
        return new GoldenOutput(
            shape, Judgement.Columns, pattern.Extents.ToList().FindIndex(extent => extent.ToString() == spec.Columns))
        {
            Part = spec.Part,
        };
    }

    /// <summary>The format whose roundoff it has in a call of a format: float32 where that has 16 bits and this is positions, regression or state.</summary>
    public FloatFormat FormatIn(FloatFormat format) => PrecisionContract.Standard.In(Part, format);

    /// <summary>The shape of ρ: one per entry, or one per column.</summary>
    public Shape ToleranceShape => Judgement == Judgement.Columns ? Shape.With(Axis, 1) : Shape;

    /// <summary>How many entries share a ρ: those of a column.</summary>
    internal int ColumnLength => _column.Length;

    /// <summary>Which ρ is that of an entry.</summary>
    internal int Unit(int entry) => entry / (_column.Length * _column.Stride) * _column.Stride + entry % _column.Stride;
}

/// <summary>One case of the golden suite: what its JSON file says. The tensors are read on demand.</summary>
/// <param name="Equation">The equation.</param>
/// <param name="Name">The name, unique within the equation.</param>
/// <param name="Note">The class of mistake it catches.</param>
/// <param name="Flags">What is special about it.</param>
/// <param name="Family">How many bits its inputs use.</param>
/// <param name="Attributes">Every attribute explicitly.</param>
/// <param name="Inputs">The shapes of the inputs.</param>
/// <param name="Outputs">The outputs.</param>
/// <param name="Judged">The formats in which the case is judged.</param>
/// <param name="NotJudged">Why it is not judged in the others, by format.</param>
/// <param name="Faint">Why an output is not judged in a format that judges others: one gradient may vanish beside those that do not.</param>
/// <param name="Sha256">The checksum of the tensors' file.</param>
/// <param name="TensorFile">Where the tensors are.</param>
public sealed record GoldenCase(
    Equation Equation,
    string Name,
    string Note,
    IReadOnlyList<string> Flags,
    string Family,
    AttributeValues Attributes,
    IReadOnlyDictionary<string, Shape> Inputs,
    IReadOnlyDictionary<string, GoldenOutput> Outputs,
    IReadOnlyList<FloatFormat> Judged,
    IReadOnlyDictionary<string, string> NotJudged,
    IReadOnlyDictionary<(FloatFormat Format, string Output), string> Faint,
    string Sha256,
    string TensorFile)
{
    /// <summary>Equation and name, as in <c>lm2.align/odd-extents</c>.</summary>
    public string Id => $"{Equation.Id}/{Name}";

    /// <summary>The outputs that a format judges.</summary>
    public IReadOnlyDictionary<string, GoldenOutput> JudgedIn(FloatFormat format) =>
        Judged.Contains(format) ? Outputs.Where(output => !Faint.ContainsKey((format, output.Key))).ToDictionary() : new Dictionary<string, GoldenOutput>();
}

/// <summary>The tensors of a case.</summary>
/// <param name="Inputs">By name.</param>
/// <param name="Golden">The correct outputs, correctly rounded to float64.</param>
/// <param name="Rho">Per format and output that it judges: the expected size of honest rounding errors, per entry or per column.</param>
public sealed record CaseTensors(
    IReadOnlyDictionary<string, TensorData> Inputs,
    IReadOnlyDictionary<string, TensorData> Golden,
    IReadOnlyDictionary<(FloatFormat Format, string Output), double[]> Rho);
