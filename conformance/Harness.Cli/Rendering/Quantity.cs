using System.Globalization;

namespace Harness.Cli.Rendering;

/// <summary>Figures as people read them: three digits and a unit.</summary>
internal static class Quantity
{
    private static readonly string[] Larger = ["", "k", "M", "G", "T", "P", "E"];

    /// <summary>With decimal prefixes, as in results.</summary>
    public static string Bytes(double bytes) => Scaled(bytes, "B");

    /// <summary>Of anything, as in 12.3 GFLOP/s.</summary>
    public static string Scaled(double value, string unit)
    {
        var prefix = 0;
        for (; value >= 999.5 && prefix < Larger.Length - 1; prefix++)
            value /= 1000;
        return $"{Digits(value)} {Larger[prefix]}{unit}";
    }

    /// <summary>Of seconds.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 0.9995e-3 => $"{Digits(seconds * 1e6)} µs",
        < 0.9995 => $"{Digits(seconds * 1e3)} ms",
        _ => $"{Digits(seconds)} s",
    };

    /// <summary>2^20 where it is one, else the number.</summary>
    public static string Context(long context) =>
        long.IsPow2(context) && context > 1 ? $"2^{long.Log2(context)}" : context.ToString(CultureInfo.InvariantCulture);

    private static string Digits(double value) => value.ToString(value < 9.995 ? "0.00" : value < 99.95 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
