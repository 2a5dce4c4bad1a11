namespace Harness.Conformance.Implementations;

/// <summary>Whether two answers are one.</summary>
internal static class SameBits
{
    /// <summary>Whether two answers have the same values in the same outputs; the sign of a zero is none.</summary>
    public static bool Are(IReadOnlyDictionary<string, TensorData> one, IReadOnlyDictionary<string, TensorData> other) =>
        one.Count == other.Count && one.All(output => other.TryGetValue(output.Key, out var same)
            && (ReferenceEquals(output.Value, same)
                || (output.Value is { Values: { } left } && same is { Values: { } right } && output.Value.Shape == same.Shape && left.AsSpan().SequenceEqual(right))));
}
