using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures;

/// <summary>cos(p·f_j) and sin(p·f_j) with f_j = base^(−j/n), exact but for about 10⁻²⁷ so that an engine rounds each once.</summary>
internal static class Angles
{
    /// <summary>Consecutive positions p = first … first + count − 1, each with the n frequencies j = 0 … n − 1.</summary>
    /// <returns>[count, n] each, row-major.</returns>
    public static (DoubleDouble[] Cos, DoubleDouble[] Sin) Table(double @base, int frequencies, int first, int count)
    {
        Shape shape = [count, frequencies];
        var cos = TensorAllocation.Allocate<DoubleDouble>("Angles", shape);
        var sin = TensorAllocation.Allocate<DoubleDouble>("Angles", shape);
        var logarithm = DoubleDouble.Log(@base);
        for (var j = 0; j < frequencies; j++)
        {
            var frequency = DoubleDouble.Exp(-logarithm * DoubleDouble.FromRatio(j, frequencies));
            var (stepSin, stepCos) = DoubleDouble.SinCos(frequency);
            var (s, c) = DoubleDouble.SinCos(frequency * first);
            for (var i = 0; i < count; i++)
            {
                (cos[i * frequencies + j], sin[i * frequencies + j]) = (c, s);

                // One rotation by the frequency instead of a sine and a cosine: it adds at most 20 u² to the error, u² = 10⁻³².
                (c, s) = (c * stepCos - s * stepSin, s * stepCos + c * stepSin);
            }
        }

        return (cos, sin);
    }
}

/// <summary>The tables of <see cref="Angles"/> as tensors.</summary>
internal sealed record AngleTables(double Base, int Frequencies, int First, int Count) : IPrecomputation
{
    /// <summary>cos [count, n], sin [count, n].</summary>
    public T[] Compute<T>(IEngine<T> engine)
        where T : class, ITensor<T>
    {
        var (cos, sin) = Angles.Table(Base, Frequencies, First, Count);
        Shape shape = [Count, Frequencies];
        return [engine.Create(cos, shape), engine.Create(sin, shape)];
    }
}
