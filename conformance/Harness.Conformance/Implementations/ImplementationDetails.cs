namespace Harness.Conformance.Implementations;

/// <summary>What an implementation says of itself beyond its name; for the report.</summary>
/// <param name="Kind">How it is reached: <c>managed</c>, <c>assembly</c>, <c>exec</c> or <c>outputs</c>.</param>
/// <param name="Source">The assembly, command or folder; null for the reference implementation.</param>
/// <param name="Version">Its version.</param>
/// <param name="Language">Language and libraries.</param>
/// <param name="Device">What it computes on.</param>
public sealed record ImplementationDetails(
    string Kind, string? Source = null, string? Version = null, string? Language = null, string? Device = null)
{
    /// <summary>The option that names it again, with a blank before it, for a command line to be typed; empty for the reference implementation.</summary>
    public string Option => Kind switch
    {
        "exec" => $" --exec \"{Source}\"",
        "assembly" => $" --assembly {Source}",
        "outputs" => $" --outputs {Source}",
        _ => "",
    };
}
