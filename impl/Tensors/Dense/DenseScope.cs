namespace Harness.Tensors.Dense;

/// <summary>A scope of the managed engine: holds every array that its thread allocates meanwhile.</summary>
internal sealed class DenseScope<TNumber> : ITensorScope<DenseTensor<TNumber>>
    where TNumber : unmanaged
{
    [ThreadStatic]
    private static DenseScope<TNumber>? Current;

    private readonly DenseScope<TNumber>? _enclosing = Current;
    private readonly List<Storage<TNumber>> _held = [];
    private readonly long _takenAround = Current?._taken ?? 0;

    // Bytes of all that it holds, and what the scopes around it hold.
    private long _taken;
    private bool _hasEnded;

    public DenseScope() => (Current, _taken) = (this, _takenAround);

    /// <summary>An array for a new tensor: the pool's inside a scope, the garbage collector's outside.</summary>
    /// <exception cref="TensorMemoryException">There is not enough memory, or there are more elements than an array holds.</exception>
    public static Storage<TNumber> Allocate(string operation, Shape result, ReadOnlySpan<Shape> operands)
    {
        if (Current is not { } scope)
            return new Storage<TNumber>(TensorAllocation.Allocate<TNumber>(operation, result, operands));
        var storage = Storage<TNumber>.Pooled(StoragePool<TNumber>.Rent(operation, result, operands, scope._taken));
        scope.Hold(storage);
        return storage;
    }

    /// <summary>Computes something that belongs to no scope.</summary>
    public static TResult Outside<TResult>(Func<TResult> compute)
    {
        var current = Current;
        Current = null;
        try
        {
            return compute();
        }
        finally
        {
            Current = current;
        }
    }

    public DenseTensor<TNumber> Keep(DenseTensor<TNumber> tensor)
    {
        if (_enclosing is null)
            tensor.Storage.LeaveToCollector();
        else
            _enclosing.Hold(tensor.Storage);
        return tensor;
    }

    /// <exception cref="InvalidOperationException">A scope inside it is still open, or another thread opened it.</exception>
    public void Dispose()
    {
        if (_hasEnded)
            return;
        if (Current != this)
            throw new InvalidOperationException("A scope of tensors ends on the thread that opened it, after those inside it: dispose the inner one first.");
        (Current, _hasEnded) = (_enclosing, true);
        foreach (var storage in _held)
            storage.Release();
        StoragePool<TNumber>.EndStep(_taken, _takenAround);
    }

    private void Hold(Storage<TNumber> storage)
    {
        _taken += StoragePool<TNumber>.Bytes(storage.Values);
        storage.Hold();
        _held.Add(storage);
    }
}
