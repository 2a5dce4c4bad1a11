using Harness.Tensors.Dense;
using Harness.Tensors.Gradients;
using Harness.Tensors.Tests.Engines;

namespace Harness.Tensors.Tests.Gradients;

/// <summary>What is recorded is computed as ever.</summary>
public sealed class TapedContract : TensorContract<TapedTensor<DenseTensor<double>>>, IDisposable
{
    private readonly GradientEngine<DenseTensor<double>> _engine = new(DenseEngine<double>.Instance);

    protected override IEngine<TapedTensor<DenseTensor<double>>> Engine => _engine;

    protected override Precision Precision => Precision.Float64;

    public void Dispose() => _engine.Dispose();
}
