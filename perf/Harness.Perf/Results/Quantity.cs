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
        var prefixes = unit[0] == 'B' ? Binary : Large;
        var step = unit[0] == 'B' ? 1024.0 : 1000.0;
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

        return $"{value:G4} {prefixes[exponent]}{unit}";
    }

    /// <summary>A change as a percentage with its sign; a dash where there is none.</summary>
    public static string FormatChange(double? change) => change is { } share && double.IsFinite(share) ? $"{share * 100:+0.0;−0.0;0.0} %" : "—";
}
