using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures;

/// <summary>
/// cos(p·f_j) and sin(p·f_j) with f_j = base^(−j/n), exact but for about 10⁻²⁷ so that an engine rounds each once, unless it models code that
/// rounds frequencies and angles.
/// </summary>
internal static class Angles
{
    /// <summary>Consecutive positions p = first … first + count − 1, each with the n frequencies j = 0 … n − 1.</summary>
    /// <returns>[count, n] each, row-major.</returns>
    public static (DoubleDouble[] Cos, DoubleDouble[] Sin) Table<T>(IEngine<T> engine, double @base, int frequencies, int first, int count)
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
internal sealed record AngleTables(double Base, int Frequencies, int First, int Count) : IPrecomputation
{
    /// <summary>cos [count, n], sin [count, n].</summary>
    public T[] Compute<T>(IEngine<T> engine)
        where T : class, ITensor<T>
    {
        var (cos, sin) = Angles.Table(engine, Base, Frequencies, First, Count);
        Shape shape = [Count, Frequencies];
        return [engine.Create(cos, shape), engine.Create(sin, shape)];
    }
}
