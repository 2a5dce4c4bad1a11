namespace Harness.Tensors.Torch.Tests;

public sealed class TorchDeviceTests
{
    [Theory]
    [InlineData("cpu", false, 0, "cpu")]
    [InlineData("cuda", true, 0, "cuda:0")]
    [InlineData("cuda:3", true, 3, "cuda:3")]
    public void Devices_are_named_as_in_PyTorch(string name, bool isCuda, int index, string full)
    {
        var device = TorchDevice.Parse(name);

        device.Should().Be(new TorchDevice(isCuda, index));
        device.ToString().Should().Be(full);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("CUDA")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1\n")]
    [InlineData("cuda:99999999999")]
    [InlineData("cpu:0")]
    public void Other_names_are_refused(string name)
    {
        var parse = () => TorchDevice.Parse(name);

        parse.Should().Throw<FormatException>().WithMessage($"found '{name}', expected cpu, cuda or cuda:N");
    }
}
