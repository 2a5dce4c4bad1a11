using Harness.Conformance.Writing;

namespace Harness.Conformance.Implementations;

/// <summary>What an implementation says of itself beyond its name; for the report.</summary>
/// <param name="Kind">How it is reached: <c>managed</c>, <c>torch</c>, <c>torch-tf32</c>, <c>assembly</c>, <c>exec</c> or <c>outputs</c>.</param>
/// <param name="Source">The assembly, command or folder, in a run of the command line as it was typed; null for the reference implementation.</param>
/// <param name="Version">Its version.</param>
/// <param name="Language">Language and libraries.</param>
/// <param name="Device">What it computes on.</param>
/// <param name="Program">Changes when the files behind the source do, in a run of the command line; null where there are none.</param>
public sealed record ImplementationDetails(
    string Kind, string? Source = null, string? Version = null, string? Language = null, string? Device = null, string? Program = null)
{
    /// <summary>What is odd about it and no fault, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What it takes alone.</summary>
    public Constraints Constraints { get; init; } = Constraints.None;

    /// <summary>The options that name it again, with a blank before them, for a command line to be typed; empty for the managed engine.</summary>
    public string Options => (Kind, Source) switch
    {
        (_, not null) => $" --{Kind} {CommandWords.Quote(Source)}",
        ("torch", null) => $" --engine torch --device {CommandWords.Quote(Device ?? "cpu")}",
        ("torch-tf32", null) => $" --engine torch --device {CommandWords.Quote(Device ?? "cpu")} --tf32",
        _ => "",
    };
}
