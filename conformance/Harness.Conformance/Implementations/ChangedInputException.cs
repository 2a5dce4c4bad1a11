namespace Harness.Conformance.Implementations;

/// <summary>An implementation wrote to a tensor that it was given to read.</summary>
internal sealed class ChangedInputException(string message) : Exception(message);
