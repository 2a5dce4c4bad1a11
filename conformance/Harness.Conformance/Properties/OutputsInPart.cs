using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>Outputs without those that are omitted: a property that needs one of them is not supported.</summary>
internal sealed class OutputsInPart(IReadOnlyDictionary<string, TensorData> there) : IReadOnlyDictionary<string, TensorData>
{
    /// <inheritdoc/>
    public IEnumerable<string> Keys => there.Keys;

    /// <inheritdoc/>
    public IEnumerable<TensorData> Values => there.Values;

    /// <inheritdoc/>
    public int Count => there.Count;

    /// <inheritdoc/>
    public TensorData this[string key] => there.GetValueOrDefault(key) ?? throw new NotSupportedByImplementationException();

    /// <inheritdoc/>
    public bool ContainsKey(string key) => there.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TensorData value) => there.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, TensorData>> GetEnumerator() => there.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
