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

    public void Dispose() => _folder.Dispose();
}
