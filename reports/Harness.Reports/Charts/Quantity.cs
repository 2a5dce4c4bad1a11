namespace Harness.Reports.Charts;

/// <summary>Numbers with units, for people.</summary>
internal static class Quantity
{
    private static readonly (double Factor, string Prefix)[] Decimal =
        [(1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"), (1e15, "P"), (1e18, "E")];

    private static readonly string[] Binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];

    /// <summary>A value with its unit: 3.2 ms, 1.5 MiB, 62 %.</summary>
    public static string Describe(double value, string unit) => unit switch
    {
        _ when !double.IsFinite(value) => value.ToString(),
        "B" => Bytes(value),
        "1" => value is > 0 and < 0.001 ? value.ToString("0.#e0") : value.ToString("0.###"),
        "" => Count(value),
        _ => Prefixed(value, unit),
    };

    /// <summary>A value on an axis whose title has the unit, unless that is short.</summary>
    public static string Tick(double value, string unit) => unit.Length > 2 ? Prefixed(value, "").TrimEnd() : Describe(value, unit);

    /// <summary>A count of tokens: 1 Ki, 64 Ki, 1 Mi where it is a power of two.</summary>
    public static string Count(double value)
    {
        var step = 0;
        var rest = value;
        while (rest >= 1024 && rest % 1024 == 0 && step < Binary.Length - 1)
            (rest, step) = (rest / 1024, step + 1);
        return step > 0 ? $"{rest:0.#} {Binary[step]}" : value.ToString("#,0.###");
    }

    private static string Bytes(double value)
    {
        var step = 0;
        while (Math.Abs(value) >= 1024 && step < Binary.Length - 1)
            (value, step) = (value / 1024, step + 1);
        return $"{value:G3} {Binary[step]}B";
    }

    private static string Prefixed(double value, string unit)
    {
        if (value == 0)
            return $"0 {unit}";
        var (factor, prefix) = Decimal.LastOrDefault(step => Math.Abs(value) >= step.Factor * 0.9995);
        return prefix is null ? $"{value:0.##e0} {unit}" : $"{value / factor:G3} {prefix}{unit}";
    }
}
