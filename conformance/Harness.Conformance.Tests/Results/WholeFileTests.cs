using System.Diagnostics;
using System.Net.Sockets;
using Harness.Conformance.Tests.Protocol;
using Harness.Conformance.Tests.Safetensors;
using Harness.Conformance.Writing;

namespace Harness.Conformance.Tests.Results;

/// <summary>A file is replaced whole or not at all.</summary>
public sealed class WholeFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void What_was_there_is_replaced()
    {
        var path = _folder["file"];
        WholeFile.Write(path, "longer than what follows");
        WholeFile.Write(path, "σ");
        File.ReadAllBytes(path).Should().Equal(0xCF, 0x83);
        _folder.Files.Should().Equal("file");
    }

    [Fact]
    public void A_failure_half_way_leaves_what_was_there_and_nothing_else()
    {
        var path = _folder["file"];
        WholeFile.Write(path, "old");
        var write = () => WholeFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException("stop");
        });
        write.Should().Throw<InvalidOperationException>().WithMessage("stop");
        File.ReadAllText(path).Should().Be("old");
        _folder.Files.Should().Equal("file");
    }

    [Fact]
    public void A_link_stays_and_what_it_leads_to_is_replaced()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.WriteAllText(_folder["target"], "old");
        Directory.CreateDirectory(_folder["links"]);
        File.CreateSymbolicLink(_folder["links/second"], "../target");
        File.CreateSymbolicLink(_folder["first"], "links/second");
        WholeFile.Write(_folder["first"], "new");
        File.ReadAllText(_folder["target"]).Should().Be("new");
        new FileInfo(_folder["first"]).LinkTarget.Should().Be("links/second");
        _folder.Files.Should().BeEquivalentTo("target", "links", "first");
    }

    [Fact]
    public void A_link_to_nothing_leads_to_a_new_file()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.CreateSymbolicLink(_folder["link"], "target");
        WholeFile.Write(Path.GetRelativePath(Environment.CurrentDirectory, _folder["link"]), "new");
        File.ReadAllText(_folder["target"]).Should().Be("new");
        new FileInfo(_folder["link"]).LinkTarget.Should().Be("target");
    }

    // .NET looks for the target of a link without a folder in its path at the root.
    [Fact]
    public void A_link_in_the_current_folder_is_followed_from_there()
    {
        if (OperatingSystem.IsWindows())
            return;
        var link = $"link-{Guid.NewGuid():N}";
        File.CreateSymbolicLink(link, _folder["target"]);
        try
        {
            WholeFile.Write(link, "new");
            File.ReadAllText(_folder["target"]).Should().Be("new");
            new FileInfo(link).LinkTarget.Should().NotBeNull();
        }
        finally
        {
            File.Delete(link);
        }
    }

    [Fact]
    public void Links_in_a_circle_are_named()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.CreateSymbolicLink(_folder["one"], "two");
        File.CreateSymbolicLink(_folder["two"], "one");
        var write = () => WholeFile.Write(_folder["one"], "new");
        write.Should().Throw<IOException>().WithMessage("found symbolic links that lead in a circle, expected a file");
        _folder.Files.Should().BeEquivalentTo("one", "two");
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)]
    public void Who_may_read_and_write_stays(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            return;
        File.WriteAllText(_folder["file"], "old");
        File.SetUnixFileMode(_folder["file"], mode);
        WholeFile.Write(_folder["file"], "new");
        File.GetUnixFileMode(_folder["file"]).Should().Be(mode);
    }

    [Fact]
    public void The_owner_stays()
    {
        File.WriteAllText(_folder["file"], "old");

        // Only root may give a file away; others have nothing to lose here.
        if (!UnixFile.TryGive(_folder["file"], 1234, 1235))
            return;
        WholeFile.Write(_folder["file"], "new");
        UnixFile.Find(_folder["file"]).Should().BeEquivalentTo(new { User = 1234u, Group = 1235u });
    }

    [Fact]
    public async Task A_pipe_is_written_into()
    {
        if (OperatingSystem.IsWindows())
            return;
        MakePipe(_folder["pipe"]);
        var reading = Task.Run(() => File.ReadAllText(_folder["pipe"]));
        WholeFile.Write(_folder["pipe"], "new");
        (await reading).Should().Be("new");
        _folder.Files.Should().Equal("pipe");
        WholeFile.IsReplaceable(_folder["pipe"]).Should().BeFalse();
    }

    [Fact]
    public void A_pipe_that_nobody_reads_is_waited_for_no_longer_than_a_moment()
    {
        if (OperatingSystem.IsWindows())
            return;
        MakePipe(_folder["pipe"]);
        var write = () => WholeFile.Write(_folder["pipe"], "new");
        write.Should().Throw<IOException>().WithMessage("found no reader of the pipe within 5 s");
    }

    [Fact]
    public void A_device_stays_a_device()
    {
        if (!File.Exists("/dev/null"))
            return;
        File.CreateSymbolicLink(_folder["link"], "/dev/null");
        WholeFile.Write(_folder["link"], "new");
        new FileInfo(_folder["link"]).LinkTarget.Should().Be("/dev/null");
        File.ReadAllText("/dev/null").Should().BeEmpty();
        WholeFile.IsReplaceable("/dev/null").Should().BeFalse();
    }

    [Fact]
    public void A_folder_and_a_socket_are_named()
    {
        var write = (string path) => FluentActions.Invoking(() => WholeFile.Write(path, "new")).Should().Throw<IOException>();
        Directory.CreateDirectory(_folder["folder"]);
        write(_folder["folder"]).WithMessage("found a folder, expected a file");
        if (OperatingSystem.IsWindows())
            return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder["socket"]));
        write(_folder["socket"]).WithMessage("found a socket, expected a file");
    }

    [Fact]
    public void To_probe_changes_nothing()
    {
        File.WriteAllText(_folder["file"], "old");
        WholeFile.Probe(_folder["file"]);
        WholeFile.Probe(_folder["new"]);
        File.ReadAllText(_folder["file"]).Should().Be("old");
        _folder.Files.Should().Equal("file");
    }

    private static void MakePipe(string path)
    {
        using var mkfifo = BuiltPrograms.Start(new ProcessStartInfo("mkfifo", [path]));
        mkfifo.WaitForExit();
    }

    public void Dispose() => _folder.Dispose();
}
