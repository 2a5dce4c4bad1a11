namespace Harness.Tensors.Dense;

/// <summary>The array behind a tensor and its views, and how many scopes and states hold it.</summary>
/// <remarks>The object is never used again once its array went back to the pool, so that a tensor that outlived it is found out.</remarks>
internal sealed class Storage<TNumber>
    where TNumber : unmanaged
{
    // The garbage collector's: nobody counts who still needs the array.
    private const int Collected = -1;

    private TNumber[]? _values;
    private int _holders;

    /// <summary>An array that belongs to the garbage collector.</summary>
    public Storage(TNumber[] values) => (_values, _holders) = (values, Collected);

    private Storage(TNumber[] values, int holders) => (_values, _holders) = (values, holders);

    /// <summary>The array, at least as long as the tensor that it was made for.</summary>
    /// <exception cref="ObjectDisposedException">The scope that the tensor was made in has ended.</exception>
    public TNumber[] Values => _values ?? throw new ObjectDisposedException(
        $"DenseTensor<{typeof(TNumber).Name}>",
        "The scope in which this tensor was made has ended, and its memory belongs to others: keep what is used after a scope (ITensorScope.Keep).");

    /// <summary>An array that goes back to the pool when its last holder lets it go.</summary>
    public static Storage<TNumber> Pooled(TNumber[] values) => new(values, 0);

    public void Hold()
    {
        if (Volatile.Read(ref _holders) != Collected)
            Interlocked.Increment(ref _holders);
    }

    public void Release()
    {
        if (Volatile.Read(ref _holders) == Collected || Interlocked.Decrement(ref _holders) > 0)
            return;
        if (Interlocked.Exchange(ref _values, null) is { } values)
            StoragePool<TNumber>.Return(values);
    }

    public void LeaveToCollector() => Volatile.Write(ref _holders, Collected);
}
