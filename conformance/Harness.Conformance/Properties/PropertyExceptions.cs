namespace Harness.Conformance.Properties;

/// <summary>The implementation's answer breaks the property; the message says where and by how much.</summary>
internal sealed class ViolationException(string found) : Exception(found);

/// <summary>The property cannot be decided; the message says why.</summary>
internal sealed class NotJudgedException(string reason) : Exception(reason);

/// <summary>The implementation does not do an equation that the property needs.</summary>
internal sealed class NotSupportedByImplementationException : Exception;
