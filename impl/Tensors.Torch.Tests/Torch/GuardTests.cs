using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Harness.Tensors.Torch.Tests;

public sealed class GuardTests
{
    // TorchSharp 0.107's native layer turns C++ exceptions into .NET ones, but not in these: there they end the process.
    private static readonly string[] Unguarded = ["matmul", "cummax", "cummin"];

    [Fact]
    public void No_function_is_called_in_which_an_error_ends_the_process()
    {
        using var file = new PEReader(File.OpenRead(typeof(TorchTensor).Assembly.Location));
        var metadata = file.GetMetadataReader();

        var called = metadata.MemberReferences.Select(handle => metadata.GetString(metadata.GetMemberReference(handle).Name)).ToArray();

        called.Should().Contain(["mm", "bmm", "reshape"]).And.NotContain(Unguarded);
    }
}
