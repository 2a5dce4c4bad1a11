using Harness.Perf.Results;
using Harness.Reports.Performance;

namespace Harness.Reports.Sources;

/// <summary>Refuses results of perf that a report would have to guess at: conclusions that it does not know, names of nothing, numbers that cannot be drawn.</summary>
internal static class PerfAudit
{
    // Nothing that is measured or counted comes near; differences of larger ones leave the range of double.
    private const double Largest = 1e100;

    /// <summary>Looks at all of a file.</summary>
    /// <exception cref="FormatException">Something is wrong; the message says where, what was found and what was expected.</exception>
    public static void Check(PerfFile results)
    {
        Fault.IfAnyNull("figures", results.Figures);
        Fault.IfAnyNull("verdicts", results.Verdicts);
        IfTooLarge("seconds", results.Seconds);
        for (var i = 0; i < results.Figures.Count; i++)
        {
            var (figure, place) = (results.Figures[i], $"figures[{i}]");
            Fault.IfBlank($"{place}.key.subject", figure.Key.Subject);
            Fault.IfBlank($"{place}.key.implementation", figure.Key.Implementation);
            Fault.IfBlank($"{place}.key.metric", figure.Key.Metric);
            if (string.IsNullOrWhiteSpace(figure.Unit))
                throw Fault.Of($"{place}.unit", Fault.Quoted(figure.Unit), "one such as s, B or 1");
            IfTooLarge($"{place}.value", figure.Value);
            IfTooLarge($"{place}.low", figure.Low);
            IfTooLarge($"{place}.high", figure.High);
        }

        for (var i = 0; i < results.Verdicts.Count; i++)
        {
            var (verdict, place) = (results.Verdicts[i], $"verdicts[{i}]");
            Fault.IfBlank($"{place}.subject", verdict.Subject);
            Fault.IfBlank($"{place}.implementation", verdict.Implementation);
            Fault.IfBlank($"{place}.metric", verdict.Metric);
            Fault.UnlessAmong($"{place}.conclusion", verdict.Conclusion, Conclusions.Known);
        }
    }

    private static void IfTooLarge(string place, double? number)
    {
        if (number is { } value && !(Math.Abs(value) <= Largest))
            throw Fault.Of(place, $"{value}", $"a number up to {Largest:0e0}");
    }
}
