using Harness.Perf.Results;

namespace Harness.Perf.Tests.Results;

/// <summary>Processors that differ have names that differ, also where Linux has only numbers for them.</summary>
public sealed class ProcessorNameTests
{
    [Fact]
    public void A_model_name_is_the_name() =>
        ProcessorName.Of("processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: A Processor 16-Core\nprocessor\t: 1\nmodel name\t: A Processor 16-Core\n", null)
            .Should().Be("A Processor 16-Core");

    [Fact]
    public void Arm_has_numbers_and_some_of_them_a_name() =>
        ProcessorName.Of(Cores(("0x41", "0xd0c", "0x3"), ("0x41", "0xd0c", "0x3")), null).Should().Be("Neoverse-N1 (implementer 0x41, part 0xd0c, variant 0x3)");

    [Fact]
    public void Unknown_numbers_are_shown_as_they_are() =>
        ProcessorName.Of(Cores(("0x99", "0x123", "0x0")), null).Should().Be("implementer 0x99, part 0x123, variant 0x0");

    [Fact]
    public void Cores_of_two_kinds_are_both_named_with_the_board() =>
        ProcessorName.Of(Cores(("0x41", "0xd05", "0x2"), ("0x41", "0xd05", "0x2"), ("0x41", "0xd0b", "0x4")), "A Board Rev 1.1\0").Should().Be(
            "A Board Rev 1.1: 2 × Cortex-A55 (implementer 0x41, part 0xd05, variant 0x2) + 1 × Cortex-A76 (implementer 0x41, part 0xd0b, variant 0x4)");

    [Theory]
    [InlineData("0xd0c", "0x3", "0xd40", "0x3")]
    [InlineData("0xd0c", "0x3", "0xd0c", "0x4")]
    public void Two_processors_are_not_one(string part, string variant, string otherPart, string otherVariant) =>
        ProcessorName.Of(Cores(("0x41", part, variant)), null).Should().NotBe(ProcessorName.Of(Cores(("0x41", otherPart, otherVariant)), null));

    [Theory]
    [InlineData("cpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported")]
    [InlineData("hart\t: 0\nuarch\t: sifive,u74-mc\n", "sifive,u74-mc")]
    public void Others_have_other_words_for_it(string cpus, string name) => ProcessorName.Of(cpus, null).Should().Be(name);

    [Fact]
    public void Nothing_told_is_no_name() => ProcessorName.Of("Features\t: fp asimd\n", null).Should().BeNull();

    private static string Cores(params (string Implementer, string Part, string Variant)[] cores) => string.Concat(cores.Select((core, i) =>
        $"processor\t: {i}\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd\nCPU implementer\t: {core.Implementer}\nCPU architecture: 8\nCPU variant\t: {core.Variant}\n"
        + $"CPU part\t: {core.Part}\nCPU revision\t: 1\n\n"));
}
