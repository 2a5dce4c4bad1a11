using System.Runtime.CompilerServices;

namespace Harness.Tensors.Dense;

/// <summary>What was computed from sizes and attributes alone, so that it is not computed again.</summary>
internal sealed class PrecomputedTensors<TNumber>
    where TNumber : unmanaged
{
    // An ∞-former of 1024 functions, samples and tokens has operators of 12 MB in float32; a run uses a few sizes.
    private const int MostEntries = 32;
    private const long MostBytes = 1L << 28;

    private readonly Lock _gate = new();

    // The one used last is at the end.
    private readonly List<(IPrecomputation Computation, IReadOnlyList<DenseTensor<TNumber>> Tensors)> _entries = [];

    /// <summary>The tensors of the computation; the longest unused ones go when there are too many.</summary>
    public IReadOnlyList<DenseTensor<TNumber>> Get(IPrecomputation computation, Func<IReadOnlyList<DenseTensor<TNumber>>> compute)
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
            while (_entries.Count > MostEntries || (_entries.Count > 0 && _entries.Sum(entry => Bytes(entry.Tensors)) > MostBytes))
                _entries.RemoveAt(0);
        }

        return tensors;
    }

    private static long Bytes(IReadOnlyList<DenseTensor<TNumber>> tensors) =>
        tensors.Sum(tensor => (long)tensor.Storage.Values.Length) * Unsafe.SizeOf<TNumber>();
}
