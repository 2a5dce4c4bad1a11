namespace Harness.Tensors;

/// <summary>What was computed from sizes and attributes alone, so that it is not computed again.</summary>
/// <param name="bytes">How much memory a tensor takes.</param>
/// <typeparam name="T">The tensor.</typeparam>
internal sealed class PrecomputedTensors<T>(Func<T, long> bytes)
    where T : class, ITensor<T>
{
    // An ∞-former of 1024 functions, samples and tokens has operators of 12 MB in float32; a run uses a few sizes.
    private const int MostEntries = 32;
    private const long MostBytes = 1L << 28;

    private readonly Lock _gate = new();

    // The one used last is at the end.
    private readonly List<(IPrecomputation Computation, IReadOnlyList<T> Tensors)> _entries = [];

    /// <summary>The tensors of the computation; the longest unused ones go when there are too many.</summary>
    public IReadOnlyList<T> Get(IPrecomputation computation, Func<IReadOnlyList<T>> compute)
    {
        lock (_gate)
        {
            var found = _entries.FindIndex(entry => entry.Computation.Equals(computation));
            if (found >= 0)
            {
                var entry = _entries[found];
                _entries.RemoveAt(found);
                _entries.Add(entry);
                return entry.Tensors;
            }
        }

        // Outside the lock: a computation takes long and may ask for another one. Two threads that both compute get equal tensors.
        var tensors = compute();
        lock (_gate)
        {
            _entries.RemoveAll(entry => entry.Computation.Equals(computation));
            _entries.Add((computation, tensors));
            while (_entries.Count > MostEntries || (_entries.Count > 0 && _entries.Sum(entry => entry.Tensors.Sum(bytes)) > MostBytes))
                _entries.RemoveAt(0);
        }

        return tensors;
    }
}
