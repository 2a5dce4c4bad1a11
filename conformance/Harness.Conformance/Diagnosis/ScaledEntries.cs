namespace Harness.Conformance.Diagnosis;

/// <summary>Every entry is the right one times a factor, or plus a constant.</summary>
internal static class ScaledEntries
{
    private const int FewestEntries = 4;
    private const int CasesNamed = 3;

    // What is so large or small a part of what is expected has lost its digits.
    private const double LargestFactor = 1e6;

    // The rounding of a sum of the constant and an entry that is smaller.
    private const double RoundingsOfTheConstant = 2;

    public static string? Of(IReadOnlyList<WrongOutput> wrong)
    {
        if (wrong.All(one => one.Fits([.. one.Found.Select(value => -value)])))
            return "every entry has the opposite sign";
        var factors = wrong.Select(Factor).ToArray();
        if (!factors.All(factor => Math.Abs(factor) is > 1 / LargestFactor and < LargestFactor))
            return OfConstant(wrong);

        // The largest case tells the factor best.
        var common = Factor(wrong.MaxBy(one => one.Found.Length)!);
        if (wrong.All(one => IsMultiple(one, common)))
            return $"every entry is {common:G6} times what is expected";

        // One entry is a multiple of whatever it should be.
        return wrong.Zip(factors).All(one => IsMultiple(one.First, one.Second)) && wrong.Any(one => one.IsClear.Count(isClear => isClear) >= FewestEntries)
            ? "every entry is what is expected times a factor of its case: "
                + string.Join(", ", wrong.Zip(factors).Take(CasesNamed).Select(one => $"{one.Second:G6} in {one.First.Evidence.Request.Case}"))
            : OfConstant(wrong);
    }

    private static bool IsMultiple(WrongOutput one, double factor) => one.Fits([.. one.Found.Select(value => value / factor)]);

    // By least squares.
    private static double Factor(WrongOutput one)
    {
        var (products, squares) = (0.0, 0.0);
        for (var i = 0; i < one.Found.Length; i++)
        {
            products += one.Found[i] * one.Golden[i];
            squares += one.Golden[i] * one.Golden[i];
        }

        return products / squares;
    }

    private static string? OfConstant(IReadOnlyList<WrongOutput> wrong)
    {
        var largest = wrong.MaxBy(one => one.Found.Length)!;
        var constant = largest.Found.Zip(largest.Golden, (found, golden) => found - golden).Average();
        return wrong.All(one => IsShifted(one, constant))
            ? $"every entry is {Math.Abs(constant):G6} too {(constant > 0 ? "large" : "small")}"
            : null;
    }

    private static bool IsShifted(WrongOutput one, double constant)
    {
        var rounding = RoundingsOfTheConstant * one.Evidence.Request.Format.UnitRoundoff * Math.Abs(constant);
        for (var i = 0; i < one.Found.Length; i++)
        {
            if (!(Math.Abs(one.Found[i] - constant - one.Golden[i]) <= one.Allowed[i] + rounding))
                return false;
        }

        return true;
    }
}
