using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Harness.Perf.Results;

/// <summary>
/// Which machines' times are compared: those that agree in what changes times for good. What is patched every few weeks (the kernel, the
/// driver, the runtime's last number) is none of it, or every patch would begin the history anew; the gate says when it changed.
/// </summary>
public static partial class MachineFingerprint
{
    private const int Digits = 12;

    /// <summary>The fingerprint to compare by.</summary>
    /// <remarks>
    /// Earlier versions took everything into the fingerprint. What they wrote is recognised by that, and gets the one that it would have now: a
    /// record has all that either is made of.
    /// </remarks>
    public static string Of(MachineRecord machine) => machine.Fingerprint == OfEverything(machine) ? Compute(machine) : machine.Fingerprint;

    /// <summary>From what changes times: processor, their number, GPU, the runtime's first two numbers, the system's name, architecture, flags.</summary>
    internal static string Compute(MachineRecord machine) => Hash(string.Join(
        '\n', machine.Processor, machine.Processors, machine.Gpu, TwoNumbers().Match(machine.Runtime).Value, SystemName().Match(machine.OperatingSystem).Value.Trim(),
        machine.Architecture, machine.Flags));

    private static string OfEverything(MachineRecord machine) => Hash(
        $"MachineRecord {{ Fingerprint = , Name = , Processor = {machine.Processor}, Processors = {machine.Processors}, MemoryBytes = {machine.MemoryBytes}, "
        + $"Gpu = {machine.Gpu}, Driver = {machine.Driver}, Runtime = {machine.Runtime}, OperatingSystem = {machine.OperatingSystem}, "
        + $"Architecture = {machine.Architecture} }}");

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Digits];

    // ".NET 10.0" of ".NET 10.0.12".
    [GeneratedRegex(@"^[^0-9]*([0-9]+(\.[0-9]+)?)?")]
    private static partial Regex TwoNumbers();

    // "Debian GNU/Linux" of "Debian GNU/Linux 12 (bookworm)".
    [GeneratedRegex("^[^0-9(#]*")]
    private static partial Regex SystemName();
}
