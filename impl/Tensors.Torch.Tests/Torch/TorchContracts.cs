using Harness.Tensors.Numerics;
using Harness.Tensors.Tests.Engines;

namespace Harness.Tensors.Torch.Tests;

public sealed class TorchFloat64Contract : TorchContract
{
    protected override FloatFormat Format => FloatFormat.Float64;
}

public sealed class TorchFloat32Contract : TorchContract
{
    protected override FloatFormat Format => FloatFormat.Float32;
}

public sealed class TorchBFloat16Contract : TorchContract
{
    protected override FloatFormat Format => FloatFormat.BFloat16;
}

public sealed class TorchFloat16Contract : TorchContract
{
    protected override FloatFormat Format => FloatFormat.Float16;
}

/// <summary>The contract of every engine, on libtorch on the CPU.</summary>
public abstract class TorchContract : TensorContract<TorchTensor>
{
    private readonly Lazy<TorchEngine> _engine;

    protected TorchContract() => _engine = new(() => new TorchEngine(Format, TorchDevice.Cpu, allowsTf32: false));

    protected abstract FloatFormat Format { get; }

    protected override IEngine<TorchTensor> Engine => _engine.Value;

    /// <remarks>libtorch's functions are within 1 unit in the last place, 2u, each; at most two of them and two roundings make 8u.</remarks>
    protected override Precision Precision
    {
        get
        {
            var u = Format.UnitRoundoff;
            var u32 = FloatFormat.Float32.UnitRoundoff;
            return Format.SignificandBits > 16
                ? new Precision(Format, u, 8 * u, u, Format.SmallestNormal)
                : new Precision(Format, u + 2 * u32, u + 8 * u32, u32, Format.SmallestNormal);
        }
    }

    /// <remarks>libtorch has it the other way round.</remarks>
    [Fact]
    public override void NaN_comes_before_every_number_where_order_counts()
    {
        const double NaN = double.NaN, Infinity = double.PositiveInfinity;
        var x = Row(3, NaN, -Infinity, 1, NaN, 2, Infinity, -1);

        TorchTensor.Sort(x).ToArray().Should().Equal(-Infinity, -1, 1, 2, 3, Infinity, NaN, NaN);
        TorchTensor.KeepTopK(x, 3).ToArray().Should().Equal(0, NaN, 0, 0, NaN, 0, Infinity, 0);
    }

    /// <remarks>libtorch multiplies the extents of views and of empty tensors, and refuses what 63 bits do not hold.</remarks>
    [Fact]
    public override void A_number_of_elements_beyond_64_bits_is_a_matter_of_memory_too()
    {
        var large = TorchTensor.Expand(TorchTensor.Expand(Row(1), 0, int.MaxValue), 0, int.MaxValue);

        var add = () => large + 1;
        add.Should().Throw<TensorMemoryException>();
        var expand = () => TorchTensor.Expand(large, 0, int.MaxValue);
        expand.Should().Throw<TensorMemoryException>().WithMessage("Expand: the result [2147483647,2147483647,2147483647,1] of*");
        TorchTensor.Slice(large, 1, 5, 0).ToArray().Should().BeEmpty();
        TorchTensor.Slice(TorchTensor.Slice(large, 0, 7, 2), 1, 7, 3).ToArray().Should().Equal(1, 1, 1, 1, 1, 1);
    }

    /// <inheritdoc cref="A_number_of_elements_beyond_64_bits_is_a_matter_of_memory_too"/>
    [Fact]
    public override void An_empty_tensor_may_have_any_extents()
    {
        var create = () => Of([int.MaxValue, int.MaxValue, int.MaxValue, 0]);

        create.Should().Throw<TensorMemoryException>().WithMessage("Create: *");
        Of([0, int.MaxValue, int.MaxValue]).ToArray().Should().BeEmpty();
    }
}
