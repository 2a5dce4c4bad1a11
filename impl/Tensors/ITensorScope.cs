namespace Harness.Tensors;

/// <summary>The time during which tensors are made and used; what nobody keeps ends with it.</summary>
/// <remarks>
/// <para>Every tensor that the opening thread makes until the scope is disposed belongs to it. When the scope ends, the memory of
/// those tensors is used for others, and touching one of them is an <see cref="ObjectDisposedException"/>. Tensors made outside every
/// scope belong to the garbage collector, as does all that an engine without scopes makes.</para>
/// <para>Scopes nest, and end in reverse order on the thread that opened them.</para>
/// </remarks>
/// <typeparam name="T">The tensor.</typeparam>
public interface ITensorScope<T> : IDisposable
    where T : class, ITensor<T>
{
    /// <summary>Makes a tensor outlive the scope: it belongs to the enclosing one too or, where there is none, to the garbage collector.</summary>
    /// <returns>The tensor to use from here on.</returns>
    T Keep(T tensor);
}

/// <summary>The scope of an engine whose tensors belong to the garbage collector.</summary>
internal sealed class CollectedScope<T> : ITensorScope<T>
    where T : class, ITensor<T>
{
    public static CollectedScope<T> Instance { get; } = new();

    public T Keep(T tensor) => tensor;

    public void Dispose()
    {
    }
}
