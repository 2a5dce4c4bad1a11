namespace Harness.Conformance.Diagnosis;

/// <summary>Numbers that no formula gives, as lie in memory that nobody wrote.</summary>
internal static class Garbage
{
    // Beyond anything that is expected, upwards; and the range of sizes that only bits at random have.
    private const double Beyond = 1e10;
    private const double Range = 1e30;

    private const int FewestSubnormal = 2;

    public static string? Of(IReadOnlyList<WrongOutput> wrong)
    {
        double[] found = [.. wrong.SelectMany(one => one.Found.Where((value, i) => one.IsWrong[i] && double.IsFinite(value) && value != 0))];
        double[] golden = [.. wrong.SelectMany(one => one.Golden)];
        if (found.Length == 0)
            return null;
        var (smallest, largest) = (found.Min(Math.Abs), found.Max(Math.Abs));
        var isWild = found.Min() < -Beyond * golden.Max(Math.Abs) && found.Max() > Beyond * golden.Max(Math.Abs) && largest / smallest > Range;

        // Addresses and small whole numbers, read as numbers, are too small to have all their digits.
        var isTiny = largest < wrong[0].Evidence.Request.Format.SmallestNormal && found.Length >= FewestSubnormal;
        return isWild || isTiny
            ? $"entries lie between {found.Min():G3} and {found.Max():G3}, where {golden.Min():G3} to {golden.Max():G3} are expected: "
                + "memory that was not written?"
            : null;
    }
}
