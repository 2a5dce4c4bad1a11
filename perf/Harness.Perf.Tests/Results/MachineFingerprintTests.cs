using Harness.Perf.Results;
using Harness.Perf.Tests.History;

namespace Harness.Perf.Tests.Results;

/// <summary>Machines are one as long as nothing changes that changes times.</summary>
public sealed class MachineFingerprintTests
{
    private static readonly MachineRecord Machine = Runs.Machine with { Gpu = "A GPU", Driver = "570.86.15" };

    public static TheoryData<string, MachineRecord> Patches => new()
    {
        { "name", Machine with { Name = "runner-2" } },
        { "memory", Machine with { MemoryBytes = 31L << 30 } },
        { "driver", Machine with { Driver = "570.124.06" } },
        { "runtime patch", Machine with { Runtime = ".NET 10.0.12" } },
        { "kernel", Machine with { OperatingSystem = "Linux 6.12.3-amd64 #1 SMP" } },
    };

    public static TheoryData<string, MachineRecord> Changes => new()
    {
        { "processor", Machine with { Processor = "B Processor" } },
        { "processors", Machine with { Processors = 4 } },
        { "GPU", Machine with { Gpu = "B GPU" } },
        { "no GPU", Machine with { Gpu = null } },
        { "runtime", Machine with { Runtime = ".NET 10.1.0" } },
        { "system", Machine with { OperatingSystem = "Microsoft Windows 10.0.26100" } },
        { "architecture", Machine with { Architecture = "Arm64" } },
        { "flags", Machine with { Flags = "DOTNET_TieredPGO=0" } },
    };

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_patch_leaves_it_as_it_is(string what, MachineRecord patched) =>
        MachineFingerprint.Compute(patched).Should().Be(MachineFingerprint.Compute(Machine), what);

    [Theory]
    [MemberData(nameof(Changes))]
    public void What_changes_times_changes_it(string what, MachineRecord changed) =>
        MachineFingerprint.Compute(changed).Should().NotBe(MachineFingerprint.Compute(Machine), what);

    // The hash of all fields, as it was computed then.
    [Fact]
    public void What_an_earlier_version_wrote_is_compared_with_what_this_one_writes()
    {
        var old = new MachineRecord(
            "0575c41e19b0", "vm", "AMD EPYC", 2, 24L << 30, null, null, ".NET 10.0.12", "Debian GNU/Linux 12 (bookworm)", "X64");
        MachineFingerprint.Of(old).Should().Be(MachineFingerprint.Compute(old)).And.NotBe(old.Fingerprint);
    }

    [Fact]
    public void Another_fingerprint_stays_as_it_is() => MachineFingerprint.Of(Machine).Should().Be(Runs.Machine.Fingerprint);

    [Fact]
    public void This_machine_has_the_one_that_is_compared() =>
        MachineFingerprint.Of(ThisMachine.Record).Should().Be(ThisMachine.Record.Fingerprint).And.MatchRegex("^[0-9a-f]{12}$");
}
