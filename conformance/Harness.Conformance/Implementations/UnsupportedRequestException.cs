namespace Harness.Conformance.Implementations;

/// <summary>Thrown by an implementation for what it does not do, with a reason; null as a result says the same without one.</summary>
/// <param name="reason">What exactly is not supported, for people; null if that is clear.</param>
public sealed class UnsupportedRequestException(string? reason) : Exception(reason ?? "unsupported")
{
    /// <summary>What exactly is not supported; null if that is clear.</summary>
    public string? Reason { get; } = reason;
}
