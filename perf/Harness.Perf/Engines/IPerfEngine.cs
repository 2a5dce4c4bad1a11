using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Engines;

/// <summary>An engine chosen at run time: what its tensors are is known only inside <see cref="Use"/>.</summary>
public interface IPerfEngine
{
    /// <summary>As in results: <c>managed</c>, <c>torch</c>.</summary>
    string Name { get; }

    /// <summary>As in results: <c>cpu</c>, <c>cuda</c>.</summary>
    string Device { get; }

    /// <summary>The format computed in.</summary>
    FloatFormat Format { get; }

    /// <summary>Bytes of an element in that format.</summary>
    int ElementBytes { get; }

    /// <summary>Hands the engine to work that is generic in its tensor.</summary>
    TResult Use<TResult>(IEngineWork<TResult> work);

    /// <summary>Waits until everything asked for is computed; a clock is read after it.</summary>
    void Synchronize();

    /// <summary>Makes a source and a target in the engine's memory.</summary>
    /// <returns>Copies that many bytes, as fast as the engine can.</returns>
    Action LargeCopy(long bytes);

    /// <summary>Memory that tensors can still take.</summary>
    long AvailableBytes { get; }

    /// <summary>Forgets the peak of memory so far.</summary>
    void ResetPeak();

    /// <summary>The most memory held since then, as far as the platform tells; else null.</summary>
    long? PeakBytes { get; }
}

/// <summary>Work on an engine whose tensor is not known where the work is written.</summary>
public interface IEngineWork<out TResult>
{
    /// <summary>Does it.</summary>
    TResult Run<T>(IEngine<T> engine)
        where T : class, ITensor<T>;
}
