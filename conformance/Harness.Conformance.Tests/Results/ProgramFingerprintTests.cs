using System.Diagnostics;
using Harness.Conformance.Results;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Results;

/// <summary>What makes a program another one, and what does not.</summary>
public sealed class ProgramFingerprintTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_program_that_was_edited_is_another_one()
    {
        var program = Written("a.py", "one");
        var before = Of($"python3 {program}");
        Of($"python3 {program}").Should().Be(before);
        File.WriteAllText(program, "two");
        Of($"python3 {program}").Should().NotBe(before);
    }

    [Fact]
    public void Every_word_counts_and_where_a_file_lies_does_not()
    {
        var program = Written("a.py", "one");
        Of($"python3 {program} --fast").Should().NotBe(Of($"python3 {program}"));
        Of($"python3 {Written("b.py", "one")}").Should().Be(Of($"python3 {program}"));
        Of($"python3 {program} {Written("weights", "1")}").Should().NotBe(Of($"python3 {program} {Written("other", "2")}"));
    }

    [Fact]
    public void An_assembly_counts_with_the_class_that_is_named()
    {
        var assembly = Written("a.dll", "one");
        var before = ProgramFingerprint.Of("assembly", assembly);
        ProgramFingerprint.Of("assembly", $"{assembly}#A.B").Should().NotBe(before);
        File.WriteAllText(assembly, "two");
        ProgramFingerprint.Of("assembly", assembly).Should().NotBe(before);
    }

    [Fact]
    public void Outputs_count_one_by_one()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "f64/lm2.align")).FullName;
        File.WriteAllText(Path.Combine(folder, "a.out.safetensors"), "one");
        var before = ProgramFingerprint.Of("outputs", _folder);
        File.WriteAllText(Path.Combine(folder, "a.in.safetensors"), "an input");
        ProgramFingerprint.Of("outputs", _folder).Should().Be(before);
        File.WriteAllText(Path.Combine(folder, "b.out.safetensors"), "one");
        ProgramFingerprint.Of("outputs", _folder).Should().NotBe(before);
    }

    [Fact]
    public void The_engines_have_none() => ProgramFingerprint.Of("managed", null).Should().BeNull();

    [Fact]
    public async Task A_pipe_on_the_command_line_is_not_emptied_or_waited_for()
    {
        var pipe = Path.Combine(_folder, "pipe");
        using (var mkfifo = BuiltPrograms.Start(new ProcessStartInfo("mkfifo", [pipe])))
            await mkfifo.WaitForExitAsync();
        var found = Task.Run(() => Of($"cat {pipe}"));
        (await Task.WhenAny(found, Task.Delay(TimeSpan.FromMinutes(1)))).Should().Be(found);
    }

    private static string? Of(string command) => ProgramFingerprint.Of("exec", command);

    private string Written(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
