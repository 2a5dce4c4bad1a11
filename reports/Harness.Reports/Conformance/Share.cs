using Harness.Conformance.Comparison;

namespace Harness.Reports.Conformance;

/// <summary>Errors as shares of their tolerance, for people.</summary>
internal static class Share
{
    /// <summary>Up to 1 as a percentage, beyond it as a multiple.</summary>
    public static string Describe(double? share) => share switch
    {
        null => "",
        0 => "exact",
        < 0.005 => "<1 %",
        <= 1 => $"{share * 100:F0} %",
        double.PositiveInfinity => "∞",
        double.NaN => "NaN",
        _ => $"{Tolerance.Describe(share.Value)} ×",
    };
}
