using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Engines;

/// <summary>An engine chosen at run time: what its tensors are is known only inside <see cref="Use"/>.</summary>
public interface IPerfEngine
{
    /// <summary>As in results: <c>managed</c>, <c>torch</c>, <c>torch-tf32</c>.</summary>
    string Name { get; }

    /// <summary>As in results: <c>cpu</c>, <c>cuda:0</c>.</summary>
    string Device { get; }

    /// <summary>The format computed in.</summary>
    FloatFormat Format { get; }

    /// <summary>Does something on the engine.</summary>
    TResult Use<TResult>(IEngineUse<TResult> use);

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
