namespace Harness.Perf.History;

/// <summary>A store that cannot be used: absent, damaged, of a newer schema, no store at all. It is left as it was found.</summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);
