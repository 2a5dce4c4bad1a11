namespace Harness.Benchmarks.Micro;

/// <summary>Everything that <c>harness perf micro</c> measures.</summary>
internal static class MicroCases
{
    /// <summary>The kernels first, what is built of them after.</summary>
    public static IReadOnlyList<MicroCase> All { get; } =
        [.. KernelCases.All, .. EquationCases.All, .. FileCases.All, .. ComparisonCases.All];
}
