namespace Harness.Conformance.Profiles;

/// <summary>By how much an output of the authors' code is not the paper's, on one input.</summary>
/// <param name="Output">Which output, and why it differs.</param>
/// <param name="NormWise">‖code − paper‖₂ / ‖paper‖₂; the numerator alone where the paper's is 0.</param>
/// <param name="Largest">The largest |code − paper| of an entry.</param>
/// <param name="Index">Where that is.</param>
/// <param name="Paper">The paper's value there.</param>
/// <param name="Code">The code's value there.</param>
public sealed record ProfileDifference(ProfileOutput Output, double NormWise, double Largest, string Index, double Paper, double Code);
