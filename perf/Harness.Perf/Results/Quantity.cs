namespace Harness.Perf.Results;

/// <summary>Figures as people read them: four digits and a fitting prefix.</summary>
public static class Quantity
{
    private static readonly string[] Large = ["", "k", "M", "G", "T", "P", "E"];
    private static readonly string[] Binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    private static readonly string[] Small = ["", "m", "µ", "n"];

    /// <summary>A figure with its unit, as in <see cref="FigureRecord.Unit"/>.</summary>
    public static string Format(double value, string unit)
    {
        if (unit == "1" || unit == "FLOP/B")
            return unit == "1" ? $"{value:G4}" : $"{value:G4} {unit}";
        var isBytes = unit.StartsWith('B');
        var prefixes = isBytes ? Binary : Large;
        var step = isBytes ? 1024.0 : 1000.0;
        var exponent = 0;
        if (value != 0 && Math.Abs(value) < 1 && unit == "s")
        {
            for (prefixes = Small; Math.Abs(value) < 1 && exponent < prefixes.Length - 1; exponent++)
                value *= 1000;
        }
        else if (unit != "s")
        {
            for (; Math.Abs(value) >= step && exponent < prefixes.Length - 1; exponent++)
                value /= step;
        }

        return $"{value:G4} {prefixes[exponent]}{unit}".TrimEnd();
    }

    /// <summary>2^20 where it is one, else the number.</summary>
    public static string Context(long context) => long.IsPow2(context) && context > 1 ? $"2^{long.Log2(context)}" : $"{context}";

    /// <summary>A change as a percentage with its sign; a dash where there is none.</summary>
    public static string FormatChange(double? change) => change is { } share && double.IsFinite(share) ? $"{share * 100:+0.0;−0.0;0.0} %" : "—";
}
