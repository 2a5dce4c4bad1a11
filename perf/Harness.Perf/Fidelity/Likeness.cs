namespace Harness.Perf.Fidelity;

/// <summary>How alike two signals are, and how far apart two states.</summary>
internal static class Likeness
{
    /// <summary>Σ x y / √(Σ x² Σ y²), about the known mean 0; 0 where nothing is left.</summary>
    public static double Correlation(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (xy, xx, yy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            xy += x[i] * y[i];
            xx += x[i] * x[i];
            yy += y[i] * y[i];
        }

        return xx == 0 || yy == 0 ? 0 : xy / Math.Sqrt(xx * yy);
    }

    /// <summary>‖x − y‖ / ‖x‖.</summary>
    public static double RelativeDistance(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (apart, all) = (0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            apart += (x[i] - y[i]) * (x[i] - y[i]);
            all += x[i] * x[i];
        }

        return Math.Sqrt(apart / all);
    }
}
