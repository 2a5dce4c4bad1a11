namespace Harness.Fuzz.Tests.Judging;

/// <summary>What no input may bring about.</summary>
/// <param name="kind">What happened, the same for every input that brings it about.</param>
/// <param name="details">With what.</param>
internal sealed class FindingException(string kind, string details) : Exception($"{kind}\n{details}")
{
    /// <summary>What happened.</summary>
    public string Kind => kind;
}
