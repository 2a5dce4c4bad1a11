namespace Harness.Conformance.Tests.Mutants;

/// <summary>Every deliberately wrong implementation.</summary>
internal static class MutantCatalogue
{
    public static IReadOnlyDictionary<string, Mutant> ByName { get; } = new[]
    {
        Lm2BankMutants.All,
        Lm2AttentionMutants.All,
        Lm2GateMutants.All,
        Lm2ReadoutMutants.All,
        Lm2MemoryMutants.All,
        InfBasisMutants.All,
        InfRegressionMutants.All,
        InfAttentionMutants.All,
        InfExpectationMutants.All,
        InfStickyMutants.All,
        InfMemoryMutants.All,
    }.SelectMany(mutants => mutants).ToDictionary(mutant => mutant.Name);

    /// <summary>What the mutants are made from, without a mistake.</summary>
    public static IReadOnlyList<Mutant> Controls { get; } =
    [
        .. Lm2BankMutants.Controls,
        .. Lm2AttentionMutants.Controls,
        .. Lm2GateMutants.Controls,
        .. Lm2ReadoutMutants.Controls,
        .. Lm2MemoryMutants.Controls,
        .. InfBasisMutants.Controls,
        .. InfRegressionMutants.Controls,
        .. InfAttentionMutants.Controls,
        .. InfExpectationMutants.Controls,
        .. InfStickyMutants.Controls,
        .. InfMemoryMutants.Controls,
    ];
}
