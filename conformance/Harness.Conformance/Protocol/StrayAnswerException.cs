namespace Harness.Conformance.Protocol;

/// <summary>An answer came a second time: the command that was asked now is not to blame.</summary>
internal sealed class StrayAnswerException(string message, string? words) : AdapterException(message, words);
