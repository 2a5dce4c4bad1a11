using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Tensors.Tests.Engines;

public sealed class BFloat16Contract : RoundedContract
{
    protected override FloatFormat Format => FloatFormat.BFloat16;
}

public sealed class Float16Contract : RoundedContract
{
    protected override FloatFormat Format => FloatFormat.Float16;
}

/// <summary>The contract for the emulation of a narrow format, and what only an emulation promises.</summary>
public abstract class RoundedContract : TensorContract<RoundedTensor<DenseTensor<float>>>
{
    protected abstract FloatFormat Format { get; }

    protected override IEngine<RoundedTensor<DenseTensor<float>>> Engine =>
        new FormatEngine<DenseTensor<float>>(DenseEngine<float>.Instance, Format);

    protected override Precision Precision => Precision.RoundedFloat32(Format);

    [Fact]
    public void Every_result_is_a_number_of_the_format()
    {
        foreach (var name in Operations.Cast<object[]>().Select(row => (string)row[0]))
        {
            ResultOf(name).ToArray().Should().OnlyContain(value => Format.IsExact(value), name);
        }
    }

    [Fact]
    public void Products_accumulate_in_the_inner_precision()
    {
        // 1 + 2⁻¹² + 2⁻¹² + … (16 times) is 1 + 2⁻⁸ in float32; rounding after each addition would stay at 1 in float16.
        var terms = Enumerable.Repeat(Math.ScaleB(1, -12), 17).ToArray();
        terms[0] = 1;
        var sum = Format.Round(1 + Math.ScaleB(1, -8));

        var row = Engine.Create(terms, [1, 17]);
        var ones = Engine.Create(Enumerable.Repeat(1.0, 17).ToArray(), [17, 1]);
        RoundedTensor<DenseTensor<float>>.MatMul(row, ones).ToArray().Should().Equal(sum);
    }

    [Fact]
    public void What_exceeds_the_range_becomes_infinite()
    {
        var largest = Format.LargestFinite;
        var x = Engine.Create([largest, -largest], [2]);

        (x * 2).ToArray().Should().Equal(double.PositiveInfinity, double.NegativeInfinity);
        (x * 1).ToArray().Should().Equal(largest, -largest);
    }
}
