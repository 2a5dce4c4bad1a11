namespace Harness.Conformance.Properties;

/// <summary>The properties of equations and of their gradients.</summary>
internal static class PropertyCatalogue
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Property> All { get; } =
    [
        .. BankProperties.All,
        .. LmAttentionProperties.All,
        .. GateProperties.All,
        .. ReadoutProperties.All,
        .. MemoryStepProperties.All,
        .. ReferenceMemoryProperties.All,
        .. RidgeProperties.All,
        .. ExpectationProperties.All,
        .. JacobianProperties.All,
        .. StickyProperties.All,
        .. RegulariserProperties.All,
        .. RolloutProperties.All,
        .. NormProperties.All,
        .. PositionProperties.All,
        .. CausalityProperties.All,
        .. CacheProperties.All,
        .. GradientProperties.All,
        .. StateProperties.All,
    ];
}
