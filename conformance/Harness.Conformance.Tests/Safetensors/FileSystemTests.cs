using System.Diagnostics;
using Harness.Conformance.Safetensors;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Safetensors;

public sealed class FileSystemTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Missing_file_is_named()
    {
        SafetensorsException e = FailureToRead(_folder["absent"]);

        e.Message.Should().StartWith($"{_folder["absent"]}: cannot be read: found nothing, expected a file");
        e.InnerException.Should().BeOfType<FileNotFoundException>();
        e.File.Should().Be(_folder["absent"]);
        e.Tensor.Should().BeNull();
    }

    [Fact]
    public void Missing_folder_is_named()
    {
        FailureToRead(_folder["absent/x"]).Message.Should().EndWith($"cannot be read: found no folder '{_folder["absent"]}', expected a file in it");
        FailureToWrite(_folder["absent/x"]).Message.Should().EndWith($"cannot be written: found no folder '{_folder["absent"]}', expected a file in it");
    }

    [Fact]
    public void Folder_in_the_files_place_is_named()
    {
        Directory.CreateDirectory(_folder["x"]);

        FailureToRead(_folder["x"]).Message.Should().Be($"{_folder["x"]}: cannot be read: found a folder, expected a file");
        FailureToWrite(_folder["x"]).Message.Should().Be($"{_folder["x"]}: cannot be written: found a folder, expected a file");
        _folder.Files.Should().Equal("x");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void Path_that_cannot_be_one_is_named(string path)
    {
        FailureToRead(path).Message.Should().StartWith($"{path}: cannot be read: ");
        FailureToWrite(path).Message.Should().StartWith($"{path}: cannot be written: ");
    }

    [Fact]
    public void Link_that_leads_nowhere_or_in_a_circle_is_named()
    {
        File.CreateSymbolicLink(_folder["nowhere"], _folder["absent"]);
        File.CreateSymbolicLink(_folder["circle"], _folder["circle"]);

        FailureToRead(_folder["nowhere"]).InnerException.Should().BeAssignableTo<IOException>();
        FailureToRead(_folder["circle"]).InnerException.Should().BeAssignableTo<IOException>();
    }

    [Fact]
    public void Link_to_a_file_is_followed()
    {
        File.WriteAllBytes(_folder["x"], RawFile.Of("{}"));
        File.CreateSymbolicLink(_folder["link"], _folder["x"]);

        SafetensorsFile.Read(_folder["link"]).Should().BeEmpty();
    }

    /// <summary>An adapter could leave a pipe where its output belongs; opening one waits for a writer, for ever.</summary>
    [Theory]
    [InlineData("pipe")]
    [InlineData("link")]
    public async Task Pipe_does_not_hang_the_reader(string name)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using (var mkfifo = BuiltPrograms.Start(new ProcessStartInfo("mkfifo", [_folder["pipe"]])))
            mkfifo.WaitForExit();
        File.CreateSymbolicLink(_folder["link"], _folder["pipe"]);

        Task<SafetensorsException> read = Task.Run(() => FailureToRead(_folder[name]));

        (await read.WaitAsync(TimeSpan.FromSeconds(10))).Reason.Should().Be("cannot be read: found a pipe, expected a file");
    }

    [Fact]
    public void Enormous_file_is_refused_without_allocating_for_it()
    {
        // Sparse: it claims 64 GiB and holds nothing.
        using (FileStream stream = File.Create(_folder["x"]))
            stream.SetLength(1L << 36);

        long before = GC.GetAllocatedBytesForCurrentThread();
        SafetensorsException e = FailureToRead(_folder["x"]);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1_000_000);
        e.Reason.Should().Be("file has 68719476736 bytes; expected at most 1073741824");
    }

    [Fact]
    public void Data_are_not_loaded_before_the_header_accounts_for_them()
    {
        using (FileStream stream = File.Create(_folder["x"]))
        {
            stream.Write(RawFile.Of("{}"));
            stream.SetLength(1 << 30);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        SafetensorsException e = FailureToRead(_folder["x"]);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1_000_000);
        e.Reason.Should().Be("data has 1073741814 bytes after the last tensor; expected it to end at 0");
    }

    private static SafetensorsException FailureToRead(string path)
    {
        Action read = () => SafetensorsFile.Read(path);
        return read.Should().Throw<SafetensorsException>().Which;
    }

    private static SafetensorsException FailureToWrite(string path)
    {
        Action write = () => SafetensorsFile.Write(path, []);
        return write.Should().Throw<SafetensorsException>().Which;
    }
}
