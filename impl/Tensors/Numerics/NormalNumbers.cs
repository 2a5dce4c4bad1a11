namespace Harness.Tensors.Numerics;

/// <summary>Normally distributed numbers.</summary>
public static class NormalNumbers
{
    /// <summary>The next standard normal number, by Box and Muller from two uniform ones.</summary>
    public static double NextNormal(this Random random)
    {
        ArgumentNullException.ThrowIfNull(random);

        // 1 − u keeps the logarithm finite.
        return Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
