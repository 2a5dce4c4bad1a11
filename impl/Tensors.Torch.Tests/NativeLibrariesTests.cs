using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Harness.Conformance.Tests;

namespace Harness.Tensors.Torch.Tests;

/// <summary>What is said of libraries that cannot be loaded, on one of .NET's own, whole and damaged.</summary>
public sealed class NativeLibrariesTests : IDisposable
{
    // Where an ELF header has them.
    private const int Machine = 18, SectionsAt = 40, SectionCount = 60;

    private static readonly byte[] Whole = File.ReadAllBytes(
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.IO.Compression.Native.so"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Whole_library_is_loaded_from_the_first_folder_that_has_it()
    {
        Put("libx.so", Whole);

        var load = () => NativeLibraries.Load(typeof(NativeLibraries).Assembly, [Path.Combine(_folder, "nowhere"), _folder], "absent", "x");

        load.Should().NotThrow();
    }

    [Fact]
    public void What_is_nowhere_is_named_with_the_folders_where_it_was_looked_for() =>
        FailureToLoad().Should().StartWith($"libtorch cannot be loaded: found no libx.so in '{_folder}' or '/nowhere'. ");

    [Theory]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(200_000)]
    [InlineData(-1)]
    public void Library_that_is_cut_short_is_found_before_it_is_mapped(int length)
    {
        var left = length < 0 ? Whole[..^1] : Whole[..length];
        Put("libx.so", left);

        FailureToLoad().Should().Match(
            $"libtorch cannot be loaded: '{_folder}/libx.so' is cut short: found {left.Length:N0} bytes, expected at least the * that its header tells of. "
            + "Copy or build this program again.");
    }

    /// <summary>Tools that edit libraries put segments behind that table, others leave the table out.</summary>
    [Fact]
    public void What_is_mapped_must_be_in_the_file_wherever_the_table_of_sections_is()
    {
        var cut = Patched(SectionsAt, 0, 0, 0, 0, 0, 0, 0, 0);
        cut[SectionCount] = cut[SectionCount + 1] = 0;
        Put("libx.so", cut[..^(cut.Length / 2)]);

        FailureToLoad().Should().Contain("libx.so' is cut short");
    }

    [Fact]
    public void Empty_library_is_called_empty()
    {
        Put("libx.so", []);

        FailureToLoad().Should().Be($"libtorch cannot be loaded: '{_folder}/libx.so' is empty. Copy or build this program again.");
    }

    [Fact]
    public void Library_for_another_processor_is_not_called_missing()
    {
        var (other, code) = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? ("x64", 62) : ("arm64", 183);
        Put("libx.so", Patched(Machine, (byte)code));

        FailureToLoad().Should().StartWith($"libtorch cannot be loaded: '{_folder}/libx.so' is for {other}, this process for ");
    }

    /// <summary>As an interrupted copy leaves it where the file system had made room for all of it.</summary>
    [Fact]
    public void Library_whose_end_was_never_written_is_called_damaged()
    {
        Put("libx.so", [.. Whole[..(Whole.Length / 2)], .. new byte[Whole.Length - Whole.Length / 2]]);

        FailureToLoad().Should().StartWith($"libtorch cannot be loaded: '{_folder}/libx.so' is damaged: ");
    }

    [Fact]
    public void Library_whose_names_were_never_written_is_called_damaged()
    {
        Put("libx.so", Replaced("libc.so.6", "\0\0\0\0\0\0\0\0\0"));

        FailureToLoad().Should().StartWith($"libtorch cannot be loaded: '{_folder}/libx.so' is damaged: ");
    }

    [Fact]
    public void What_a_library_needs_is_looked_at_where_it_lies_beside_it()
    {
        Put("libx.so", Replaced("libc.so.6", "libq.so.6"));
        Put("libq.so.6", Whole[..100_000]);

        FailureToLoad().Should().Contain($"'{_folder}/libq.so.6' is cut short");
    }

    [Fact]
    public void Libraries_that_need_each_other_are_looked_at_once()
    {
        Put("libx.so", Replaced("libc.so.6", "libq.so.6"));
        Put("libq.so.6", Replaced("libc.so.6", "libx.so\0\0"));

        FailureToLoad().Should().Contain("libq.so.6: cannot open shared object file");
    }

    [Fact]
    public void Library_that_another_needs_and_nobody_has_is_named_as_the_loader_does()
    {
        Put("libx.so", Replaced("libc.so.6", "libq.so.6"));

        FailureToLoad().Should().Be(
            "libtorch cannot be loaded: libq.so.6: cannot open shared object file: No such file or directory. Copy or build this program again, "
            + $"with all of '{_folder}'; 'ldd {_folder}/libx.so' lists what the system must have.");
    }

    [Fact]
    public void Library_of_a_newer_system_is_refused_in_the_loaders_words()
    {
        Put("libx.so", Replaced("GLIBC_2", "GLIBC_9"));

        FailureToLoad().Should().Match(
            $"libtorch cannot be loaded: *: version `GLIBC_9.*' not found (required by {_folder}/libx.so). "
            + "TorchSharp's libraries need the system libraries of Debian 13, *--exec*");
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef0123456789abcdef\n", "invalid ELF header")]
    [InlineData("no", "file too short")]
    public void What_is_no_library_is_refused_in_the_loaders_words(string text, string words)
    {
        Put("libx.so", Encoding.ASCII.GetBytes(text));

        FailureToLoad().Should().Be(
            $"libtorch cannot be loaded: {_folder}/libx.so: {words}. Copy or build this program again, with all of '{_folder}'.");
    }

    [Theory]
    [InlineData("libx.so")]
    [InlineData("pipe")]
    public async Task Pipe_does_not_hang_whoever_looks(string pipe)
    {
        using (var mkfifo = Process.Start("mkfifo", Path.Combine(_folder, pipe)))
            await mkfifo.WaitForExitAsync();
        if (pipe != "libx.so")
            File.CreateSymbolicLink(Path.Combine(_folder, "libx.so"), Path.Combine(_folder, pipe));

        (await Task.Run(FailureToLoad).WaitAsync(TimeSpan.FromSeconds(60))).Should().Contain("libx.so' is empty");
    }

    [Fact]
    public void Damage_to_what_is_read_is_told_in_a_sentence_or_left_to_the_loader()
    {
        var random = new Random(5);
        var path = Put("libx.so", Whole);
        for (var i = 0; i < 2000; i++)
        {
            // The headers are at the start, the list of what is needed is among the last.
            var damaged = (byte[])Whole.Clone();
            for (var left = random.Next(1, 9); left > 0; left--)
                damaged[random.Next(2) == 0 ? random.Next(700) : Whole.Length - random.Next(1, 4000)] = (byte)random.Next(256);
            using (var file = new FileStream(path, FileMode.Open))
            {
                file.Write(damaged, 0, 700);
                file.Seek(-4000, SeekOrigin.End);
                file.Write(damaged, damaged.Length - 4000, 4000);
            }

            var failure = Record.Exception(() => ElfFile.Needs(path));

            if (failure is not null)
                failure.Should().BeOfType<InvalidDataException>();
        }
    }

    private string Put(string name, byte[] content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] Patched(int at, params byte[] bytes)
    {
        var patched = (byte[])Whole.Clone();
        bytes.CopyTo(patched, at);
        return patched;
    }

    private static byte[] Replaced(string old, string replacement) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(Whole).Replace(old, replacement, StringComparison.Ordinal));

    private string FailureToLoad()
    {
        var load = () => NativeLibraries.Load(typeof(NativeLibraries).Assembly, [_folder, "/nowhere"], "x");

        return load.Should().Throw<TorchUnavailableException>().Which.Message;
    }
}
