using Harness.Conformance.Mistakes.Gradients;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Operations;

/// <summary>One operation of an equation, as it is done.</summary>
/// <param name="Name">What it is called, as on a tape.</param>
/// <param name="Operands">What it reads.</param>
/// <param name="Formulas">What its operands are.</param>
/// <param name="Result">What it is, done right.</param>
/// <param name="Value">The right result.</param>
internal sealed record Operation(string Name, Tensor[] Operands, Formula[] Formulas, Formula Result, Tensor Value)
{
    /// <summary>The constant that it adds, multiplies by or divides by; 0 where there is none.</summary>
    public double Constant { get; init; }

    /// <summary>The axis that it works along, or how many entries it keeps.</summary>
    public int Number { get; init; }

    /// <summary>The axes in their new order, or where a slice starts.</summary>
    public int[] Axes { get; init; } = [];

    /// <summary>The first operand.</summary>
    public Tensor X => Operands[0];

    /// <summary>The second operand, as long as the first where it is repeated.</summary>
    public Tensor Z => Operands[1].Shape == X.Shape ? Operands[1] : X * 0 + Operands[1];

    /// <summary>The shape that the result must have.</summary>
    public Shape Shape => Value.Shape;
}

/// <summary>Where an operation stands in an equation, whatever the shapes.</summary>
/// <param name="Operation">What it is called, whether it is masked or not; null for any.</param>
/// <param name="Result">What it computes; null for all of its name.</param>
/// <param name="Number">Which of those of one name and result it is; null for all of them.</param>
internal sealed record Place(string? Operation, string? Result, int? Number);

/// <summary>A way to do an operation wrong.</summary>
/// <param name="Operations">The operations that it can happen to.</param>
/// <param name="When">As a clause; {y} stands for what the operation computes, {x} for its first operand, {z} for the second.</param>
/// <param name="Do">What comes out; null where it cannot happen.</param>
internal sealed record OperationEdit(IReadOnlyList<string> Operations, string When, Func<Operation, Tensor?> Do)
{
    /// <summary>The formats in which it is wrong.</summary>
    public IReadOnlyList<FloatFormat> Formats { get; init; } = [FloatFormat.Float64, FloatFormat.Float32];

    /// <summary>The clause at a place.</summary>
    public string WordsAt(Operation operation) => When
        .Replace("{y}", operation.Result.Words, StringComparison.Ordinal)
        .Replace("{x}", Words(operation, 0), StringComparison.Ordinal)
        .Replace("{z}", Words(operation, 1), StringComparison.Ordinal);

    private static string Words(Operation operation, int operand) =>
        operand < operation.Formulas.Length && operation.Formulas[operand].Words is { Length: > 0 } words ? words
        : "a constant";
}
