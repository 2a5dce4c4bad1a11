namespace Harness.Conformance.Implementations;

/// <summary>What an implementation says of itself beyond its name; for the report.</summary>
/// <param name="Kind">How it is reached: <c>managed</c>, <c>torch</c>, <c>torch-tf32</c>, <c>assembly</c>, <c>exec</c> or <c>outputs</c>.</param>
/// <param name="Source">The assembly, command or folder, in a run of the command line as it was typed; null for the reference implementation.</param>
/// <param name="Version">Its version.</param>
/// <param name="Language">Language and libraries.</param>
/// <param name="Device">What it computes on.</param>
public sealed record ImplementationDetails(
    string Kind, string? Source = null, string? Version = null, string? Language = null, string? Device = null);
