namespace Harness.Tensors.Numerics;

/// <summary>√Σx² of numbers whose squares a double may not hold: those of 10⁻²⁰⁰ are 0, those of 10²⁰⁰ infinite.</summary>
public struct EuclideanNorm
{
    private const double Magnification = 1.3407807929942597e154; // 2⁵¹²

    // From here on, what squares lose to underflow is below the sum's last digit.
    private const double LeastPlain = 1e-240;

    private double _plain;
    private double _magnified;
    private double _reduced;

    /// <summary>√Σx² of all that was added.</summary>
    public readonly double Value =>
        _plain < LeastPlain ? Math.Sqrt(_magnified) / Magnification
        : double.IsInfinity(_plain) ? Math.Sqrt(_reduced) * Magnification
        : Math.Sqrt(_plain);

    /// <summary>√Σx² of the values; 0 of none.</summary>
    public static double Of(ReadOnlySpan<double> values)
    {
        var norm = default(EuclideanNorm);
        foreach (var value in values)
            norm.Add(value);
        return norm.Value;
    }

    /// <summary>Adds the square of a number.</summary>
    public void Add(double x)
    {
        _plain += x * x;
        _magnified += x * Magnification * (x * Magnification);
        _reduced += x / Magnification * (x / Magnification);
    }
}
