using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures;

/// <summary>
/// cos(p·f_j) and sin(p·f_j) with f_j = base^(−j/n), or what a scaling makes of it, exact but for about 10⁻²⁷ so that an engine rounds each
/// once, unless it models code that rounds frequencies and angles.
/// </summary>
internal static class Angles
{
    /// <summary>Consecutive positions p = first … first + count − 1, each with the n frequencies j = 0 … n − 1.</summary>
    /// <returns>[count, n] each, row-major.</returns>
    public static (DoubleDouble[] Cos, DoubleDouble[] Sin) Table<T>(
        IEngine<T> engine, double @base, int frequencies, int first, int count, FrequencyScaling? scaling = null)
        where T : class, ITensor<T>
    {
        Shape shape = [count, frequencies];
        var cos = TensorAllocation.Allocate<DoubleDouble>("Angles", shape);
        var sin = TensorAllocation.Allocate<DoubleDouble>("Angles", shape);
        var logarithm = DoubleDouble.Log(@base);
        for (var j = 0; j < frequencies; j++)
        {
            var exponent = -logarithm * DoubleDouble.FromRatio(j, frequencies);
            var frequency = DoubleDouble.Exp(exponent);

            // Relative: the logarithm and its product, or the exponent and the power, are rounded.
            var size = Math.Abs((double)exponent);
            var frequencyError = engine.RoundingError(1) + engine.RoundingError(size) + engine.RoundingError(size);
            if (scaling is not null)
                (frequency, frequencyError) = scaling.Of(engine, frequency, frequencyError);
            var (stepSin, stepCos) = DoubleDouble.SinCos(frequency);
            var (s, c) = DoubleDouble.SinCos(frequency * first);
            for (var i = 0; i < count; i++)
            {
                var angle = (double)frequency * ((double)first + i);
                (cos[i * frequencies + j], sin[i * frequencies + j]) = Turned(c, s, angle * frequencyError + engine.RoundingError(angle));

                // One rotation by the frequency instead of a sine and a cosine: it adds at most 20 u² to the error, u² = 10⁻³².
                (c, s) = (c * stepCos - s * stepSin, s * stepCos + c * stepSin);
            }
        }

        return (cos, sin);
    }

    // By an angle so small that a double's sine and cosine have all the digits of it.
    private static (DoubleDouble Cos, DoubleDouble Sin) Turned(DoubleDouble cos, DoubleDouble sin, double by)
    {
        if (by == 0)
            return (cos, sin);
        var (s, c) = Math.SinCos(by);
        return (cos * c - sin * s, sin * c + cos * s);
    }
}

/// <summary>The tables of <see cref="Angles"/> as tensors.</summary>
internal sealed record AngleTables(double Base, int Frequencies, int First, int Count, FrequencyScaling? Scaling = null) : IPrecomputation
{
    /// <summary>cos [count, n], sin [count, n].</summary>
    public T[] Compute<T>(IEngine<T> engine)
        where T : class, ITensor<T>
    {
        var (cos, sin) = Angles.Table(engine, Base, Frequencies, First, Count, Scaling);
        Shape shape = [Count, Frequencies];
        return [engine.Create(cos, shape), engine.Create(sin, shape)];
    }
}

/// <summary>
/// How a model that was trained on contexts of a length reads longer ones: waves that fit in it often keep their frequency, those that
/// do not turn more slowly.
/// </summary>
/// <param name="Factor">What the frequency of a long wave is divided by.</param>
/// <param name="Low">A wave that fits in the length less often is long.</param>
/// <param name="High">One that fits in it more often keeps its frequency; more than <paramref name="Low"/>.</param>
/// <param name="Length">The length of the contexts.</param>
internal sealed record FrequencyScaling(double Factor, double Low, double High, double Length)
{
    /// <summary>f (s + (1 − s)/factor), where s goes from 0 at low to 1 at high as f·length/2π does; and its relative error.</summary>
    public (DoubleDouble Frequency, double Error) Of<T>(IEngine<T> engine, DoubleDouble frequency, double error)
        where T : class, ITensor<T>
    {
        var fits = frequency * Length / (DoubleDouble.Pi * 2);
        if (fits >= High)
            return (frequency, error);
        if (fits <= Low)
            return (frequency / Factor, error + engine.RoundingError(Math.Sqrt(2)));
        var range = (DoubleDouble)High - Low;
        var share = (fits - Low) / range;
        var slowed = (1 - share) / Factor;
        var scale = share + slowed;

        // Of f·length/2π four roundings, of s the difference's and the quotient's and those of low and high, of what is slowed three, and of the
        // sum's terms and the sum: their root mean square, as one. What f is off by moves s as well, and s moves it by 1 − 1/factor.
        var (s, width, slope) = ((double)share, (double)range, 1 - 1 / Factor);
        var moved = Squares(2 * (double)fits, Low * (1 - s), High * s) / (width * width);
        var rounded = Math.Sqrt(slope * slope * (moved + 2 * s * s) + 3 * Squares((double)slowed) + Squares(s, (double)scale));
        var scaleError = error * slope * (double)fits / width + engine.RoundingError(rounded);
        return (frequency * scale, error + scaleError / (double)scale);
    }

    private static double Squares(params ReadOnlySpan<double> sizes)
    {
        var sum = 0.0;
        foreach (var size in sizes)
            sum += size * size;
        return sum;
    }
}
