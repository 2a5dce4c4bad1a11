using Harness.Conformance.Implementations;

namespace Harness.Conformance.Results;

/// <summary>What two implementations of one name must agree in to be the same.</summary>
/// <param name="Name">Its name in the run.</param>
/// <param name="Kind">How it is reached.</param>
/// <param name="Source">The assembly, command or folder as it was typed.</param>
/// <param name="Version">Its version, as it says itself.</param>
/// <param name="Language">Language and libraries, as it says itself.</param>
/// <param name="Device">What it computes on, as it says itself.</param>
/// <param name="Program">Changes when the files behind the source do; see <see cref="ProgramFingerprint"/>.</param>
public sealed record ImplementationIdentity(
    string Name, string Kind, string? Source, string? Version, string? Language, string? Device, string? Program)
{
    /// <summary>The identity of an implementation in a run.</summary>
    public static ImplementationIdentity Of(string name, ImplementationDetails details)
    {
        ArgumentNullException.ThrowIfNull(details);
        return new(name, details.Kind, details.Source, details.Version, details.Language, details.Device, details.Program);
    }

    /// <summary>The identity of a stored implementation, wherever its files lie.</summary>
    internal static ImplementationIdentity Anywhere(ImplementationRecord record) =>
        new(record.Name, record.Kind, null, record.Version, record.Language, record.Device, record.Program);

    /// <summary>The first thing in which another one of the same name differs; null if nothing.</summary>
    public string? DifferenceFrom(ImplementationIdentity other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Difference("kind", other.Kind, Kind)
            ?? Difference("source", other.Source, Source)
            ?? Difference("version", other.Version, Version)
            ?? Difference("language", other.Language, Language)
            ?? Difference("device", other.Device, Device)
            ?? (other.Program == Program ? null : "its files were changed since");
    }

    private static string? Difference(string what, string? found, string? expected) =>
        found == expected ? null : $"{what}: found {found ?? "none"}, expected {expected ?? "none"}";
}
