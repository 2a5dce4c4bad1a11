using Harness.Perf.Results;

namespace Harness.Reports.Charts;

/// <summary>What stands at the ticks of an axis.</summary>
internal static class TickLabel
{
    private static readonly string[] Binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];

    /// <summary>A value; a long unit is left to the title.</summary>
    public static string Of(double value, string unit)
    {
        var text = Quantity.Format(value, unit);
        return HasUnitInTitle(unit) && text.EndsWith(unit, StringComparison.Ordinal) ? text[..^unit.Length].TrimEnd() : text;
    }

    /// <summary>Whether the unit stands in the title instead.</summary>
    public static bool HasUnitInTitle(string unit) => unit.Length > 2;

    /// <summary>A count of tokens: 1 Ki, 64 Ki, 1 Mi where it is a power of two.</summary>
    public static string Count(double value)
    {
        var step = 0;
        var rest = value;
        while (rest >= 1024 && rest % 1024 == 0 && step < Binary.Length - 1)
            (rest, step) = (rest / 1024, step + 1);
        return step > 0 ? $"{rest:0.#} {Binary[step]}" : value.ToString("#,0.###");
    }
}
