namespace Harness.Tensors.Torch;

public abstract partial class TorchEngines
{
    public static partial TorchEngines Open(TorchDevice device, bool allowsTf32) => throw new TorchUnavailableException(
        "the TorchSharp engine is not built in: build with -p:Torch=cpu or -p:Torch=cuda, as in "
        + $"'dotnet run -c Release -p:Torch={(device.IsCuda ? "cuda" : "cpu")} --project conformance/Harness.Cli -- verify --engine torch'. "
        + "The package feed must carry TorchSharp 0.107; README.md, \"On a GPU\", has sizes and alternatives.");
}
