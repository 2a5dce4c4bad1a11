using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Engines;

/// <summary>
/// What every engine must do, each operation against a plain formula in double-double, with a bound that follows from the
/// engine's precision. An engine is put to the test by a subclass that closes <typeparamref name="T"/>.
/// </summary>
public abstract partial class TensorContract<T>
    where T : class, ITensor<T>
{
    // Around the widths of every vector (2 to 16 elements) and of loops that are unrolled over several of them.
    private static readonly int[] Extents = [.. Enumerable.Range(0, 34), 63, 64, 65, 100];

    protected abstract IEngine<T> Engine { get; }

    protected abstract Precision Precision { get; }

    /// <summary>All that the engine holds of every element.</summary>
    protected virtual DoubleDouble[] Exact(T x) => Array.ConvertAll(x.ToArray(), value => (DoubleDouble)value);

    protected T Of(Shape shape, params double[] values) => Engine.Create(values, shape);

    protected T Row(params double[] values) => Engine.Create(values, [values.Length]);

    private T Zeros(Shape shape) => Engine.Create(new double[shape.Count], shape);

    private T Random(Shape shape, int seed, double low = -2, double high = 2) => Of(shape, Uniform((int)shape.Count, seed, low, high));

    private static double[] Uniform(int count, int seed, double low = -2, double high = 2)
    {
        var random = new Random(seed);
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = low + (high - low) * random.NextDouble();
        return values;
    }

    /// <summary>A bound relative to the expected value, and the spacing of numbers where relative errors end.</summary>
    private double Within(double relative, DoubleDouble expected) =>
        relative * (1 + 1e-6) * Math.Abs((double)expected) + 4 * Precision.SmallestNormal * Precision.Roundoff;

    private void Check(T actual, Shape shape, Func<int, (DoubleDouble Value, double Bound)> expected, string because = "")
    {
        actual.Shape.Should().Equal(shape, because);
        var values = Exact(actual);
        values.Should().HaveCount((int)shape.Count, because);
        for (var i = 0; i < values.Length; i++)
        {
            var (value, bound) = expected(i);
            // Negated, so that a NaN fails; an infinity that is expected is found by equality.
            if (values[i] != value && !((double)DoubleDouble.Abs(values[i] - value) <= bound))
                Assert.Fail($"{because} [{string.Join(',', PlainTensor.Index(shape, i))}] of {shape}: found {values[i]}, expected {value} ± {bound:g3}.");
        }
    }

    private static void SameBits(T actual, T expected, string because = "")
    {
        actual.Shape.Should().Equal(expected.Shape, because);
        Bits(actual).Should().Equal(Bits(expected), because);
    }

    private static long[] Bits(T x) => Array.ConvertAll(x.ToArray(), BitConverter.DoubleToInt64Bits);
}
