using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>A layer that meets a sequence segment by segment and carries its memory from one to the next.</summary>
/// <typeparam name="T">The tensor.</typeparam>
public interface IStreamingLayer<T>
    where T : class, ITensor<T>
{
    /// <summary>One segment.</summary>
    /// <param name="x">x [B,L,d], what follows the segments before.</param>
    /// <returns>y [B,L,d].</returns>
    T Advance(T x);

    /// <summary>All that the next step will need of the steps so far.</summary>
    IReadOnlyList<T> State { get; }

    /// <summary>Goes on from a state that a layer with these sizes has handed out, or from one made up in its shape.</summary>
    /// <param name="state">As <see cref="State"/> lists it.</param>
    void TakeUp(IReadOnlyList<T> state);

    /// <summary>How many numbers that is.</summary>
    long StateEntries => State.Sum(part => part.Shape.Count);
}
