using Harness.Tensors.Numerics;

namespace Harness.Conformance.Implementations;

/// <summary>An implementation that there can be another of, which has not been asked anything.</summary>
internal interface IRestartable
{
    /// <summary>Another of it, to be asked from one thread at a time; null if there can be none.</summary>
    IImplementation? Fresh { get; }

    /// <summary>Whether questions asked at the same time are answered by processes of their own.</summary>
    bool IsProgram { get; }

    /// <summary>Whether it computes in a format at all, as far as it has said.</summary>
    bool Offers(FloatFormat format);
}
