namespace Harness.Tensors.Torch.Tests;

public sealed class NotBuiltInTests
{
    [Theory]
    [InlineData("cpu", "-p:Torch=cpu")]
    [InlineData("cuda:1", "-p:Torch=cuda")]
    public void An_engine_that_is_not_built_in_says_which_command_builds_it(string device, string option)
    {
        var open = () => TorchEngines.Open(TorchDevice.Parse(device), allowsTf32: false);

        open.Should().Throw<TorchUnavailableException>().WithMessage($"the TorchSharp engine is not built in: build with*'dotnet run *{option} *'*");
    }
}
