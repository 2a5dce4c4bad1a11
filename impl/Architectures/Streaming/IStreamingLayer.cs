using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>A layer that meets a sequence segment by segment and carries its memory from one to the next.</summary>
/// <typeparam name="T">The tensor.</typeparam>
public interface IStreamingLayer<T>
    where T : class, ITensor<T>
{
    /// <summary>One segment.</summary>
    /// <remarks>
    /// A step opens a scope of its own, so that after the first few its temporaries and its state take no new memory on an engine with
    /// scopes. y is the caller's: it belongs to the scope that is open around the call or, without one, to the garbage collector.
    /// </remarks>
    /// <param name="x">x [B,L,d], what follows the segments before.</param>
    /// <returns>y [B,L,d].</returns>
    T Advance(T x);

    /// <summary>All that the next step will need of the steps so far. What is handed out is the caller's, as y is.</summary>
    IReadOnlyList<T> State { get; }

    /// <summary>Goes on from a state that a layer with these sizes has handed out, or from one made up in its shape.</summary>
    /// <param name="state">As <see cref="State"/> lists it.</param>
    void TakeUp(IReadOnlyList<T> state);

    /// <summary>How many numbers that is.</summary>
    long StateEntries => State.Sum(part => part.Shape.Count);
}
