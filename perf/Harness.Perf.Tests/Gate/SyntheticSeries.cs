namespace Harness.Perf.Tests.Gate;

/// <summary>A machine's nights, as ln of a time: what a step is to be told apart from. Everything follows from the seed.</summary>
internal sealed class SyntheticSeries(Noise noise, int seed)
{
    private readonly Random _random = new(seed);
    private double _memory;
    private (double Night, double Outlier, bool Lasts) _tonight;

    /// <summary>Another night; null where it did not run.</summary>
    public double? Night()
    {
        _memory = noise.Memory * _memory + Math.Sqrt(1 - noise.Memory * noise.Memory) * Normal();
        // Half of the variance is the night's own, the other half the run's.
        _tonight = (
            noise.Spread * Math.Sqrt(0.5) * _memory,
            _random.NextDouble() < noise.Outliers ? Math.Log(1.2 + 0.8 * _random.NextDouble()) : 0,
            _random.NextDouble() < 0.2);
        var y = _tonight.Outlier + Run();
        return _random.NextDouble() < noise.Missing ? null : y;
    }

    /// <summary>Measured again in the same night: a disturbance is over by then, four times in five.</summary>
    public double Again() => (_tonight.Lasts ? _tonight.Outlier : 0) + Run();

    private double Run() =>
        _tonight.Night + noise.Spread * Math.Sqrt(0.5) * Normal() + (_random.Next(2) == 0 ? noise.Modes : 0);

    // Marsaglia's polar method.
    private double Normal()
    {
        while (true)
        {
            var (u, v) = (2 * _random.NextDouble() - 1, 2 * _random.NextDouble() - 1);
            var s = u * u + v * v;
            if (s is > 0 and < 1)
                return u * Math.Sqrt(-2 * Math.Log(s) / s);
        }
    }
}

/// <summary>What a machine does to times.</summary>
/// <param name="Name">For people.</param>
/// <param name="Spread">Standard deviation from night to night, as a share.</param>
/// <param name="Memory">Correlation of one night with the next.</param>
/// <param name="Outliers">Probability of a night 1.2 to 2 times slower.</param>
/// <param name="Modes">Half of the runs are slower by this share.</param>
/// <param name="Missing">Probability that a night does not run.</param>
internal sealed record Noise(string Name, double Spread, double Memory = 0, double Outliers = 0, double Modes = 0, double Missing = 0);
