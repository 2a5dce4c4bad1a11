using Harness.Conformance.Implementations;

namespace Harness.Conformance.Comparison;

/// <summary>One entry (or column) of an output against its golden value.</summary>
/// <param name="Index">Where it is; the running axis of a column is <c>:</c>.</param>
/// <param name="Got">What the implementation gave; for a column, its 2-norm.</param>
/// <param name="Expected">The golden value; for a column, its 2-norm.</param>
/// <param name="Error">The absolute error; for a column, the 2-norm of the difference.</param>
/// <param name="Allowed">The tolerance.</param>
public sealed record Element(string Index, double Got, double Expected, double Error, double Allowed)
{
    /// <summary>The error as a share of the tolerance; infinite where nothing may deviate.</summary>
    public double Share => Error == 0 ? 0 : Error / Allowed;
}

/// <summary>How far one output is from its golden values.</summary>
/// <param name="Name">The output.</param>
/// <param name="Fault">Why it could not be compared at all (missing, wrong shape, not finite); null if it was.</param>
/// <param name="WorstShare">The largest error as a share of its tolerance; at most 1 passes.</param>
/// <param name="NormError">‖error‖₂ / ‖golden‖₂.</param>
/// <param name="ComponentError">The largest |error| / |golden| over the non-zero golden entries.</param>
/// <param name="MedianUlp">The median error in units in the last place of the format.</param>
/// <param name="MaximumUlp">The largest error in units in the last place.</param>
/// <param name="MaximumUlpIndex">Where that is.</param>
/// <param name="Worst">The worst entries or columns, worst first.</param>
/// <param name="Spread">How the errors are spread; null if nothing was compared.</param>
/// <param name="Whole">What they say together; null if nothing.</param>
public sealed record OutputFigures(
    string Name,
    string? Fault,
    double WorstShare,
    double NormError,
    double ComponentError,
    double MedianUlp,
    double MaximumUlp,
    string MaximumUlpIndex,
    IReadOnlyList<Element> Worst,
    ErrorSpread? Spread = null,
    TensorErrors? Whole = null)
{
    /// <summary>Whether every entry is within its tolerance.</summary>
    public bool Passed => Fault is null && WorstShare <= 1;

    /// <summary>The worst of it, for people.</summary>
    public string Describe()
    {
        if (Fault is not null)
            return Fault;
        var worst = Worst[0];
        if (worst.Allowed == 0)
            return $"{Name}{worst.Index}: found {worst.Got:G9}, expected exactly 0";
        var (found, expected) = ($"{worst.Got:G9}", $"{worst.Expected:G9}");
        var difference = found == expected ? $" (off by {worst.Error:G3})" : "";
        return $"{Name}{worst.Index}: found {found}, expected {expected}{difference}: {Tolerance.Describe(worst.Share)} times the tolerance";
    }

    internal static OutputFigures Faulty(string name, string fault) =>
        new(name, fault, double.PositiveInfinity, double.NaN, double.NaN, double.NaN, double.NaN, "", []);
}
