using Harness.Conformance.Catalogue;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Mistakes.Baselines;
using Harness.Conformance.Mistakes.Gradients;
using Harness.Conformance.Mistakes.InfinityFormer;
using Harness.Conformance.Mistakes.Lm2;
using Harness.Conformance.Mistakes.ReferenceCode;
using Harness.Conformance.Mistakes.Sizes;

namespace Harness.Conformance.Diagnosis;

/// <summary>Every known mistake: a suite that lets one pass is not good enough, and a failure that one explains is understood.</summary>
internal static class MistakeCatalogue
{
    private static IReadOnlyList<Mistake> Written { get; } =
    [
        .. Lm2BankMistakes.All,
        .. Lm2AttentionMistakes.All,
        .. Lm2GateMistakes.All,
        .. Lm2ReadoutMistakes.All,
        .. Lm2MemoryMistakes.All,
        .. Lm2ReferenceMistakes.All,
        .. DecoderMistakes.All,
        .. InfBasisMistakes.All,
        .. InfRegressionMistakes.All,
        .. InfAttentionMistakes.All,
        .. InfExpectationMistakes.All,
        .. InfStickyMistakes.All,
        .. InfMemoryMistakes.All,
        .. InfReferenceMistakes.All,
        .. TransformerMistakes.All,
        .. BlockMistakes.All,
        .. BaselineMistakes.All,
        .. MemoryMistakes.All,
    ];

    /// <summary>All but those of gradients, which are found when they are asked for.</summary>
    public static IReadOnlyList<Mistake> All { get; } = [.. Written, .. ObviousMistakes.Beside(Written)];

    private static readonly ILookup<string, Mistake> ByEquation = All.ToLookup(mistake => mistake.Equation);

    private static readonly ILookup<string, Mistake> BySize = SizeMistakes.All.ToLookup(mistake => mistake.Equation);

    /// <summary>What the mistakes are made from, without one.</summary>
    public static IReadOnlyList<Mistake> Controls { get; } =
    [
        .. Lm2BankMistakes.Controls,
        .. Lm2AttentionMistakes.Controls,
        .. Lm2GateMistakes.Controls,
        .. Lm2ReadoutMistakes.Controls,
        .. Lm2ReferenceMistakes.Controls,
        .. InfBasisMistakes.Controls,
        .. InfRegressionMistakes.Controls,
        .. InfAttentionMistakes.Controls,
        .. InfExpectationMistakes.Controls,
        .. InfStickyMistakes.Controls,
        .. InfReferenceMistakes.Controls,
        .. BlockMistakes.Controls,
        .. BaselineMistakes.Controls,
        .. MemoryMistakes.Controls,
    ];

    /// <summary>The mistakes known of an equation, or of a gradient, but for those that only large inputs show.</summary>
    public static IEnumerable<Mistake> Of(string equation) =>
        EquationCatalogue.Find(equation)?.Differentiated is { } differentiated
            ? GradientMistakes.Of(equation, Written.Where(mistake => mistake.Equation == differentiated.Id))
            : ByEquation[equation];

    /// <summary>The mistakes in an equation, or in a gradient, that only large inputs show.</summary>
    public static IEnumerable<Mistake> OfLargeInputs(string equation) => BySize[equation];
}
