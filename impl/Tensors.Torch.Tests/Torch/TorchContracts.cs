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
}
