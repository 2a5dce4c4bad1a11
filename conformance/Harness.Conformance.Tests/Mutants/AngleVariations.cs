using System.Numerics;
using Harness.Architectures.Lm2;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>How code comes by the angle p·base^(−2j/d) of a position, in the format or in float32 where that has 16 bits.</summary>
/// <param name="name">The form.</param>
internal abstract class AngleForm(string name)
{
    public string Name => name;

    public abstract T Angle<T>(double @base, int j, int width, long position)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>inv_freq = 1/base^(2j/d), as Hugging Face has it, and Llama before its complex numbers.</summary>
internal sealed class InverseFrequency() : AngleForm("inverse-frequency")
{
    public override T Angle<T>(double @base, int j, int width, long position) =>
        T.CreateTruncating(position) * (T.One / T.Pow(T.CreateTruncating(@base), T.CreateTruncating(2 * j) / T.CreateTruncating(width)));
}

/// <summary>p / base^(2j/d), the sinusoid as it is printed.</summary>
internal sealed class PositionOverPower() : AngleForm("position-over-power")
{
    public override T Angle<T>(double @base, int j, int width, long position) =>
        T.CreateTruncating(position) / T.Pow(T.CreateTruncating(@base), T.CreateTruncating(2 * j) / T.CreateTruncating(width));
}

/// <summary>base^(−2j/d).</summary>
internal sealed class NegativePower() : AngleForm("negative-power")
{
    public override T Angle<T>(double @base, int j, int width, long position) =>
        T.CreateTruncating(position) * T.Pow(T.CreateTruncating(@base), T.CreateTruncating(-2 * j) / T.CreateTruncating(width));
}

/// <summary>exp(2j·(−log(base)/d)), as the tutorials have it.</summary>
internal sealed class ExponentialOfLogarithm() : AngleForm("exponential-of-logarithm")
{
    public override T Angle<T>(double @base, int j, int width, long position) =>
        T.CreateTruncating(position)
        * T.Exp(T.CreateTruncating(2 * j) * (-T.Log(T.CreateTruncating(@base)) / T.CreateTruncating(width)));
}

/// <summary>Frequencies in the format, or float32, and the product with the position in float64.</summary>
internal sealed class WideProduct() : AngleForm("wide-product")
{
    public override T Angle<T>(double @base, int j, int width, long position) =>
        T.CreateTruncating(position * double.CreateTruncating(T.Pow(T.CreateTruncating(@base), T.CreateTruncating(-2.0 * j / width))));
}

/// <summary>block.rope in one of these forms; cosine and sine are stored in the format.</summary>
internal sealed class OtherRotation(AngleForm form) : OtherFormula("block.rope", form.Name)
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var x = o["x"];
        var (tokens, half, @base, offset) = (x.Shape[2], x.Shape[3] / 2, o.Attributes.Number("base"), o.Attributes.Integer("offset"));
        var (cos, sin) = Angles.Tables(o, form, @base, half, offset, tokens);
        var isInterleaved = o.Attributes.Has("pairs") && o.Attributes.Text("pairs") == "interleaved";
        T Grouped(T tensor, int rows) => isInterleaved
            ? T.Reshape(T.Permute(T.Reshape(tensor, [.. x.Shape[..3], rows, 2 * half / rows]), 0, 1, 2, 4, 3), x.Shape)
            : tensor;
        x = Grouped(x, half);
        var (left, right) = (T.Slice(x, 3, 0, half), T.Slice(x, 3, half, half));
        return [Grouped(T.Concat(3, left * cos - right * sin, right * cos + left * sin), 2)];
    }
}

/// <summary>base.txl.encoding in one of these forms.</summary>
internal sealed class OtherEncoding(AngleForm form) : OtherFormula("base.txl.encoding", form.Name)
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var (cos, sin) = Angles.Tables(o, form, 10000, o.Attributes.Integer("width") / 2, 0, o.Attributes.Integer("length"));
        return [T.Concat(1, sin, cos)];
    }
}

/// <summary>Positions as a sum from the first: np.linspace.</summary>
internal sealed class PositionsFromTheFirst(string equation) : OtherPositions(equation, "from-the-first")
{
    protected override T Point<T>(T first, T last, int count, int i) =>
        first + T.CreateTruncating(i) * ((last - first) / T.CreateTruncating(count - 1));
}

/// <summary>Positions from whichever end is nearer: torch.linspace.</summary>
internal sealed class PositionsFromBothEnds(string equation) : OtherPositions(equation, "from-both-ends")
{
    protected override T Point<T>(T first, T last, int count, int i)
    {
        var step = (last - first) / T.CreateTruncating(count - 1);
        return i < count / 2 ? first + T.CreateTruncating(i) * step : last - T.CreateTruncating(count - 1 - i) * step;
    }
}

/// <summary>Positions counted back from the end.</summary>
internal sealed class PositionsFromTheLast(string equation) : OtherPositions(equation, "from-the-last")
{
    protected override T Point<T>(T first, T last, int count, int i) =>
        last - T.CreateTruncating(count - 1 - i) * ((last - first) / T.CreateTruncating(count - 1));
}

/// <summary>The grids of the two profiles, evenly spaced points of an interval.</summary>
internal abstract class OtherPositions(string equation, string name) : OtherFormula(equation, name)
{
    protected abstract T Point<T>(T first, T last, int count, int i)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    protected override T[] Compute<T>(Operands<T> o)
    {
        var inputs = o.Attributes;
        var length = inputs.Integer("length");
        T Tensor(params double[] points) => o.Engine.Create(points, [points.Length]);
        double[] Grid(double first, double last, int count) =>
        [
            .. Enumerable.Range(0, count).Select(i => count == 1 ? last
                : o.IsWide ? Point(first, last, count, i) : Point((float)first, (float)last, count, i)),
        ];
        double Rounded(double x) => o.IsWide ? x : (float)x;

        if (Equations[0] == "inf.positions.segment")
            return [Tensor(Grid(1.0 / length, 1, length))];
        if (Equations[0] == "inf-ref.positions.first")
        {
            var side = length / 2;
            var padded = Grid((1 - 2.0 * side) / (2.0 * length), (2.0 * (length + side) - 1) / (2.0 * length), length + 2 * side);
            return [Tensor(padded[side..^side]), Tensor(padded)];
        }

        var (samples, tau) = (inputs.Integer("samples"), inputs.Number("tau"));
        var past = Grid(1.0 / samples, 1, samples);
        double[] joint =
            [.. past.Select(t => Rounded(tau * t)), .. Grid(1.0 / length, 1, length).Select(t => Rounded(tau + Rounded(Rounded(1 - tau) * t)))];
        if (Equations[0] == "inf.memory.positions")
            return [Tensor(past), Tensor(joint)];
        var shift = 1.0 / (2 * length + samples);
        var wide = Grid(shift - 0.5, 1.5 - shift, 2 * (samples + length));
        return [Tensor(past), Tensor(joint), Tensor([.. wide.Where(t => t < 0), .. joint, .. wide.Where(t => t > 1)])];
    }
}

/// <summary>Points and weights as F.interpolate computes them, in float32 for 16 bits.</summary>
internal sealed class InterpolationInTheFormat() : OtherFormula("lm2.align", "points-in-the-format")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var (x, rows) = (o["X"], o.Attributes.Integer("rows"));
        var tokens = x.Shape[1];
        if (tokens >= rows)
            return [Alignment.Align(x, rows)];
        var weights = new double[rows * tokens];
        for (var r = 0; r < rows; r++)
        {
            var point = o.IsWide ? Math.Max((r + 0.5) * (tokens / (double)rows) - 0.5, 0) : Math.Max((r + 0.5f) * (tokens / (float)rows) - 0.5f, 0);
            var left = Math.Min((int)point, tokens - 1);
            weights[r * tokens + left] += 1 - (point - left);
            weights[r * tokens + Math.Min(left + 1, tokens - 1)] += point - left;
        }

        return [T.MatMul(o.Engine.Create(weights, [rows, tokens]), x)];
    }
}

/// <summary>All angles and positions as far above as the rounding of a constant on its way takes them at the most.</summary>
internal sealed class RoundedUpConstants : Arithmetic
{
    public override double RoundingError(double size, double unitRoundoff) => size * unitRoundoff;
}

internal static class Angles
{
    public static (T Cos, T Sin) Tables<T>(Operands<T> o, AngleForm form, double @base, int half, int first, int count)
        where T : class, Tensors.ITensor<T>
    {
        var (cos, sin) = (new double[count * half], new double[count * half]);
        for (var i = 0; i < cos.Length; i++)
        {
            (sin[i], cos[i]) = o.IsWide
                ? Math.SinCos(Angle<T, double>(o, form, @base, i % half, half, (long)first + i / half))
                : MathF.SinCos(Angle<T, float>(o, form, @base, i % half, half, (long)first + i / half));
        }

        return (o.Engine.Create(cos, [count, half]), o.Engine.Create(sin, [count, half]));
    }

    // Scaled frequencies as Hugging Face computes them, from the wavelength.
    private static TReal Angle<T, TReal>(Operands<T> o, AngleForm form, double @base, int j, int half, long position)
        where T : class, Tensors.ITensor<T>
        where TReal : unmanaged, IBinaryFloatingPointIeee754<TReal>
    {
        if (!o.Attributes.Flag("scaled"))
            return form.Angle<TReal>(@base, j, 2 * half, position);
        TReal Number(string name) => TReal.CreateTruncating(o.Attributes.Number(name));
        var frequency = form.Angle<TReal>(@base, j, 2 * half, 1);
        var (factor, low, high, length) = (Number("factor"), Number("low_freq_factor"), Number("high_freq_factor"), Number("original_length"));
        var wavelength = TReal.CreateTruncating(2) * TReal.Pi / frequency;
        var smooth = (length / wavelength - low) / (high - low);
        var scaled = wavelength < length / high ? frequency
            : wavelength > length / low ? frequency / factor
            : (TReal.One - smooth) * frequency / factor + smooth * frequency;
        return TReal.CreateTruncating(position) * scaled;
    }
}
