namespace Harness.Conformance.Diagnosis;

/// <summary>A part of the entries is right, and all others are one number, or no number.</summary>
internal static class MissingEntries
{
    // So many right entries, and such a part of all, are no chance.
    private const int FewestRight = 4;
    private const double SmallestPart = 0.125;

    public static string? Of(IReadOnlyList<WrongOutput> wrong)
    {
        var fillings = wrong.Select(Filling).Distinct().ToArray();
        if (fillings is not [{ } filling] || wrong.Sum(RightNumbers) < FewestRight || wrong.Any(one => RightNumbers(one) < SmallestPart * one.Found.Length))
            return null;
        var (first, count) = (wrong[0], wrong[0].Found.Length);
        var rank = wrong.All(one => one.Shape.Rank == first.Shape.Rank) ? first.Shape.Rank : 0;
        for (var axis = 0; axis < rank; axis++)
        {
            if (wrong.All(one => WrittenAlong(one, axis, filling) is not null))
            {
                var written = WrittenAlong(first, axis, filling);
                return $"right at first along {first.AxisName(axis)}, and {filling:G9} from there on (the first {written} of {first.Shape[axis]} in "
                    + $"{first.Evidence.Request.Case}): is all of it written?";
            }
        }

        var isWrittenFirst = wrong.All(one => Array.IndexOf(one.IsWrong, true) is var start && one.Found.Skip(start).All(value => value.Equals(filling)));
        return isWrittenFirst
            ? $"right at first, and {filling:G9} from there on (the first {Array.IndexOf(first.IsWrong, true)} of {count} entries in "
                + $"{first.Evidence.Request.Case}): is all of it written?"
            : $"every entry that is not right is {filling:G9} ({first.IsWrong.Count(isWrong => isWrong)} of {count} in {first.Evidence.Request.Case})";
    }

    // What stands in all that is wrong; null if it is not one number.
    private static double? Filling(WrongOutput one)
    {
        var values = one.Found.Where((_, i) => one.IsWrong[i]).Select(value => value + 0.0).Distinct().Take(2).ToArray();
        return values is [var only] ? only : null;
    }

    private static int RightNumbers(WrongOutput one) => one.Golden.Where((golden, i) => !one.IsWrong[i] && golden != 0).Count();

    // How many indices of an axis are right, before all others hold the filling; null if that is not so.
    private static int? WrittenAlong(WrongOutput one, int axis, double filling)
    {
        var (extent, inner) = (one.Shape[axis], (int)one.Shape[(axis + 1)..].Count);
        int Index(int entry) => entry / inner % extent;
        var entries = Enumerable.Range(0, one.Found.Length);
        var written = entries.Where(i => one.IsWrong[i]).Select(Index).DefaultIfEmpty(0).Min();
        return written > 0 && entries.All(i => Index(i) < written || one.Found[i].Equals(filling)) ? written : null;
    }
}
