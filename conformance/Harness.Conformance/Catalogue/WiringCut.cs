namespace Harness.Conformance.Catalogue;

/// <summary>Places of a wiring where no gradient goes from what takes a tensor to the tensor.</summary>
/// <param name="Uses">The tensors as they stand there: these, not those like them.</param>
/// <param name="Kept">The repetition of the loops around them in which it goes there all the same; null for none.</param>
internal sealed record WiringCut(IReadOnlyList<WiringTensor> Uses, KeptRepetition? Kept);

/// <summary>One repetition of a loop.</summary>
internal enum KeptRepetition
{
    /// <summary>The first.</summary>
    First,

    /// <summary>The last.</summary>
    Last,
}
