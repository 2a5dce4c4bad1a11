using Harness.Conformance.Writing;

namespace Harness.Conformance.Implementations;

/// <summary>An adapter did something else than answer.</summary>
/// <param name="message">What was found and what was expected.</param>
/// <param name="words">What it printed to stderr meanwhile; null if nothing.</param>
public class AdapterException(string message, string? words = null) : Exception(BoundedText.Of(message))
{
    /// <summary>What the adapter printed to stderr meanwhile; null if nothing.</summary>
    public string? Words { get; } = words;
}

/// <summary>An adapter did not answer in time.</summary>
/// <param name="message">How long it was given.</param>
/// <param name="words">What it printed to stderr meanwhile; null if nothing.</param>
public sealed class AdapterTimeoutException(string message, string? words = null) : AdapterException(message, words);

/// <summary>For what an adapter did after an answer it has never received the next request, which can be asked again of a fresh process.</summary>
/// <param name="message">What was found and what was expected.</param>
/// <param name="cause">What it did after the answer.</param>
/// <param name="words">What it printed to stderr meanwhile; null if nothing.</param>
internal sealed class UnreceivedException(string message, string cause, string? words = null) : AdapterException(message, words)
{
    /// <summary>What the adapter did after the answer.</summary>
    public string Cause { get; } = cause;
}
