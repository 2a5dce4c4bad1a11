using Harness.Conformance.Protocol;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>Whether a scratch folder is still the one that the harness has made.</summary>
public sealed class ScratchFolderTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose()
    {
        _scratch.Dispose();
        ScratchFolder.Remove($"{_scratch.Outer}.moved");
    }

    [Fact]
    public void A_folder_that_is_as_it_was_made_is_fit_for_another_request()
    {
        File.WriteAllText(_scratch.Output, "");
        _scratch.TryClear().Should().BeTrue();
        File.Exists(_scratch.Output).Should().BeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_folder_that_is_reached_through_a_link_is_fit_for_none(bool isOuter)
    {
        var path = isOuter ? _scratch.Outer : _scratch.Path;
        Directory.Move(path, $"{_scratch.Outer}.moved");
        Directory.CreateSymbolicLink(path, $"{_scratch.Outer}.moved");
        _scratch.TryClear().Should().BeFalse();
        _scratch.Fault(_scratch.Output).Should().Be($"output: '{path}' is a link to '{_scratch.Outer}.moved', expected the scratch folder");
    }
}
