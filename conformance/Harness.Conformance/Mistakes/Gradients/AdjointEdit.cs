using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>A way to get the adjoint of an operation wrong.</summary>
/// <param name="Name">In kebab-case.</param>
/// <param name="Fault">Its kind.</param>
/// <param name="When">
/// As a clause; {y} stands for what the operation computes, {x} for the operand, {z} for the other one.
/// </param>
/// <param name="Operations">The operations that it can happen to.</param>
/// <param name="Give">What the operand gets, from what the result got.</param>
internal sealed record AdjointEdit(string Name, GradientFault Fault, string When, IReadOnlyList<string> Operations, Func<Use, Tensor, Tensor> Give)
{
    /// <summary>The formats in which it is wrong.</summary>
    public IReadOnlyList<FloatFormat> Formats { get; init; } = [FloatFormat.Float64, FloatFormat.Float32];

    /// <summary>Which of the operands; any if it is null.</summary>
    public int? Position { get; init; }

    /// <summary>What else must hold of a use.</summary>
    public Func<Use, bool> Applies { get; init; } = _ => true;

    /// <summary>Another operation, met earlier in the sweep, whose gradient is kept for this one.</summary>
    public string? Earlier { get; init; }

    /// <summary>Whether it reads what belongs to other operations.</summary>
    public bool LooksAround { get; init; }

    /// <summary>The clause at a place.</summary>
    public string WordsAt(Use use) => When
        .Replace("{z}", use.Other, StringComparison.Ordinal).Replace("{y}", use.Site.Result.Words, StringComparison.Ordinal).Replace("{x}", use.Site.Operand.Words, StringComparison.Ordinal);
}
