using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Engines;

public sealed class DenseFloat64Contract : TensorContract<DenseTensor<double>>
{
    protected override IEngine<DenseTensor<double>> Engine => DenseEngine<double>.Instance;

    protected override Precision Precision => Precision.Float64;
}

public sealed class DenseFloat32Contract : TensorContract<DenseTensor<float>>
{
    protected override IEngine<DenseTensor<float>> Engine => DenseEngine<float>.Instance;

    protected override Precision Precision => Precision.Float32;
}

public sealed class DenseDoubleDoubleContract : TensorContract<DenseTensor<DoubleDouble>>
{
    protected override IEngine<DenseTensor<DoubleDouble>> Engine => DenseEngine<DoubleDouble>.Instance;

    protected override Precision Precision => Precision.DoubleDouble;

    protected override DoubleDouble[] Exact(DenseTensor<DoubleDouble> x) => x.Values.ToArray();
}

public sealed class DenseTensorTests
{
    [Fact]
    public void A_number_type_without_kernels_is_refused_by_name()
    {
        var create = () => DenseEngine<Half>.Instance.Create([1.0], [1]);

        var failure = create.Should().Throw<TypeInitializationException>().Which.GetBaseException();
        failure.Should().BeOfType<NotSupportedException>();
        failure.Message.Should().Be("DenseTensor<Half>: found System.Half, expected double, float or DoubleDouble.");
    }
}
