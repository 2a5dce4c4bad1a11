using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>The state of a layer: tensors that outlive the scope of the step that made them, until the next step replaces them.</summary>
/// <typeparam name="T">The tensor.</typeparam>
internal sealed class Carried<T>
    where T : class, ITensor<T>
{
    private T?[] _tensors = [];

    /// <summary>The tensor at a place of the state; absent before the first step that gives one.</summary>
    public T? this[int place] => _tensors.ElementAtOrDefault(place);

    /// <summary>The tensors that are there, for whoever asks: they belong to the scope that is open, or to the garbage collector.</summary>
    public IReadOnlyList<T> Lent
    {
        get
        {
            var present = _tensors.OfType<T>().ToArray();
            if (present.Length == 0)
                return present;
            using var scope = present[0].Engine.Scope();
            return Array.ConvertAll(present, scope.Keep);
        }
    }

    /// <summary>Takes the next step's state and lets go of the last one's.</summary>
    public void Replace(params ReadOnlySpan<T?> next)
    {
        // Held before the others are released: a tensor may be in both.
        var held = new T?[next.Length];
        for (var i = 0; i < held.Length; i++)
            held[i] = next[i] is { } tensor ? tensor.Engine.Hold(tensor.Engine.CarriedOver(tensor)) : null;
        var last = _tensors;
        _tensors = held;
        foreach (var tensor in last.OfType<T>())
            tensor.Engine.Release(tensor);
    }
}
