using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Implementations;

/// <summary>Something that claims to compute the equations of the catalogue. This is what a .NET plug-in implements.</summary>
/// <remarks>
/// <para>A class with a public constructor without parameters is found by <c>harness verify --assembly</c>.</para>
/// <para>It runs inside the harness, and is trusted. Whatever it throws or answers becomes the verdict on the case at hand; but what ends or
/// stops the process, ends or stops the run: <c>Environment.Exit</c> and <c>FailFast</c>, a stack overflow, an exception on a thread of its
/// own, an endless loop. Where that may happen, a program that speaks the adapter protocol is the better way in.</para>
/// </remarks>
public interface IImplementation
{
    /// <summary>A name for people, such as <c>managed</c> or <c>my-port</c>.</summary>
    string Name { get; }

    /// <summary>What else is to be said about it.</summary>
    ImplementationDetails Details => new("assembly", GetType().Assembly.GetName().Name);

    /// <summary>
    /// Whether equal numbers give equal bits, however they came to be there. Not so for a program, which reads a carried state from another
    /// file into another place in memory, and sums in another order where that is aligned otherwise.
    /// </summary>
    bool KeepsBits => true;

    /// <summary>Whether it answers whatever it is asked, and not only what it has been asked before.</summary>
    bool TakesAnyInput => true;

    /// <summary>
    /// What it keeps more digits of where it computes in 16 bits. Its tolerances there follow: who states less than the standard is judged
    /// less strictly, or not where that would mean nothing.
    /// </summary>
    PrecisionContract Precision => PrecisionContract.Standard;

    /// <summary>What it takes alone, of values of attributes, extents and tensors: it is not asked anything else, and examined the more of that.</summary>
    Constraints Constraints => Constraints.None;

    /// <summary>How long it took to start for the first time.</summary>
    TimeSpan Starting => TimeSpan.Zero;

    /// <summary>Computes one equation.</summary>
    /// <remarks>
    /// May be called from several threads at once. The inputs are copies, there to be read: to change one fails the case. For comparison the assembly is
    /// loaded a second time, with statics of its own, and another object made; native libraries, files and devices they share.
    /// </remarks>
    /// <returns>
    /// The outputs by name, with <see cref="TensorData.Omitted"/> for those that are not supported, or null for "unsupported" as a whole.
    /// </returns>
    /// <exception cref="UnsupportedRequestException">The same as null, with a reason.</exception>
    /// <exception cref="Exception">Whatever else is thrown becomes the verdict "errored" on this case, with its message.</exception>
    IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request);

    /// <summary>What the implementation printed while it answered a request, for the report; null if nothing.</summary>
    string? WordsOn(EquationRequest request) => null;

    /// <summary>Lets go of what is only needed while it is asked: others may need the devices and the memory. It may be asked again.</summary>
    void Rest()
    {
    }
}

/// <summary>Thrown by an implementation for what it does not do, with a reason; null as a result says the same without one.</summary>
/// <param name="reason">What exactly is not supported, for people; null if that is clear.</param>
public class UnsupportedRequestException(string? reason) : Exception(reason ?? "unsupported")
{
    /// <summary>What exactly is not supported; null if that is clear.</summary>
    public string? Reason { get; } = reason;
}

/// <summary>What an implementation is not asked: it has said that it takes nothing of the kind.</summary>
internal sealed class OutOfScopeException(string misfit) : UnsupportedRequestException(misfit);
