using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Numerics;

/// <summary>Seeded operands that reach carries, cancellation and gaps between the two parts.</summary>
internal sealed class RandomDoubleDoubles(int seed)
{
    private readonly Random _random = new(seed);

    public double Uniform(double low, double high) => low + (high - low) * _random.NextDouble();

    /// <summary>Of either sign, with a magnitude in [2^low, 2^high).</summary>
    public DoubleDouble Between(int low, int high)
    {
        var hi = Math.ScaleB((1 + _random.NextDouble()) * (_random.Next(2) == 0 ? 1 : -1), _random.Next(low, high));
        return _random.Next(8) switch
        {
            0 => hi,
            1 => (DoubleDouble)hi + Math.ScaleB(hi, -54 - _random.Next(60)) * (_random.NextDouble() - 0.5),
            2 => (DoubleDouble)Math.ScaleB(1, _random.Next(low, high)) - Math.ScaleB(_random.NextDouble(), low - 54),
            _ => (DoubleDouble)hi + Math.ScaleB(hi, -53) * (_random.NextDouble() - 0.5) * 2,
        };
    }

    /// <summary>A neighbour of −x, so that the sum with x loses between 0 and 106 bits.</summary>
    public DoubleDouble NearlyOpposite(DoubleDouble x) => -x + x * (DoubleDouble)Math.ScaleB(_random.NextDouble() - 0.5, -_random.Next(107));
}
