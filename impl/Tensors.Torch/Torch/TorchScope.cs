using TorchSharp;
using static TorchSharp.torch;

namespace Harness.Tensors.Torch;

/// <summary>A scope of TorchSharp, which disposes of the tensors that its thread makes meanwhile.</summary>
internal sealed class TorchScope : ITensorScope<TorchTensor>
{
    private readonly DisposeScope _scope = NewDisposeScope();

    /// <remarks>Another handle to the same memory, which libtorch frees after its last handle: the tensor's own ends when it would have.</remarks>
    public TorchTensor Keep(TorchTensor tensor) => tensor.Alias(_scope.MoveToOuter);

    public void Dispose() => _scope.Dispose();
}
