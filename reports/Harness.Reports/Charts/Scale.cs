namespace Harness.Reports.Charts;

/// <summary>Places values along an axis and says where its ticks are.</summary>
internal sealed class Scale
{
    // A span below it has no power of ten to step by; nothing that is measured is so near to nothing.
    public const double SmallestSpan = 1e-290;

    private static readonly int[] Steps = [1, 2, 5, 10];

    private readonly double _low;
    private readonly double _high;
    private readonly double _from;
    private readonly double _to;

    private Scale(bool isLogarithmic, double low, double high, double from, double to, IReadOnlyList<double> ticks)
    {
        IsLogarithmic = isLogarithmic;
        (_low, _high, _from, _to) = (Map(low), Map(high), from, to);
        Ticks = ticks;
    }

    public bool IsLogarithmic { get; }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Where a value stands, in the picture's units.</summary>
    public double At(double value) => _from + (Map(value) - _low) / (_high - _low) * (_to - _from);

    /// <summary>A logarithmic axis over positive values, with ticks at powers of the base, thinned to at most so many.</summary>
    public static Scale Logarithmic(IReadOnlyCollection<double> values, double from, double to, int powerOf, int mostTicks)
    {
        var (low, high) = (values.Min(), values.Max());
        double Step(double value) => Math.Log(value) / Math.Log(powerOf);
        // Rounding must not make 2^20 fall a hair beside its tick.
        var (first, last) = ((int)Math.Floor(Step(low) + 1e-9), (int)Math.Ceiling(Step(high) - 1e-9));
        if (first == last)
            (first, last) = (first - 1, last + 1);
        var every = (int)Math.Ceiling((last - first + 1) / (double)mostTicks);
        var ticks = Enumerable.Range(first, last - first + 1).Where(step => (step - first) % every == 0).Select(step => Math.Pow(powerOf, step));
        return new Scale(true, Math.Pow(powerOf, first), Math.Pow(powerOf, last), from, to, [.. ticks]);
    }

    /// <summary>A linear axis with ticks at 1, 2 or 5 times a power of ten.</summary>
    public static Scale Linear(IReadOnlyCollection<double> values, double from, double to, int mostTicks)
    {
        var (low, high) = (values.Min(), values.Max());
        if (high - low < SmallestSpan)
            (low, high) = (low - Math.Max(Math.Abs(low) * 0.1, 0.5), high + Math.Max(Math.Abs(high) * 0.1, 0.5));
        var rough = (high - low) / mostTicks;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = Steps.Select(factor => factor * power).First(candidate => candidate >= rough * 0.999);
        var (first, last) = (Math.Floor(low / step + 1e-9), Math.Ceiling(high / step - 1e-9));
        return new Scale(false, first * step, last * step, from, to, [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)]);
    }

    private double Map(double value) => IsLogarithmic ? Math.Log(value) : value;
}
