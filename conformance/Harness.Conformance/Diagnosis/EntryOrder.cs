namespace Harness.Conformance.Diagnosis;

/// <summary>The right entries in another order.</summary>
internal static class EntryOrder
{
    private const string Right = "the entries are right and in another order";

    public static string? Of(IReadOnlyList<WrongOutput> wrong)
    {
        if (wrong.All(one => AxisOrder.All(one.Shape.Rank).FirstOrDefault() is { } reversed && IsWritten(one, reversed)))
            return $"{Right}: written column by column (Fortran order)?";
        return wrong.Any(one => one.Shape.Rank != wrong[0].Shape.Rank) ? null : OfAxes(wrong) ?? AlongAnAxis(wrong);
    }

    private static string? OfAxes(IReadOnlyList<WrongOutput> wrong)
    {
        if (AxisOrder.All(wrong[0].Shape.Rank).FirstOrDefault(order => wrong.All(one => IsWritten(one, order))) is not { } found)
            return null;
        int[] moved = [.. Enumerable.Range(0, found.Length).Where(n => found[n] != n)];
        return moved is [var first, var second]
            ? $"{Right}: {wrong[0].AxisName(first)} and {wrong[0].AxisName(second)} are exchanged"
            : $"{Right}: the axes are written in the order {string.Join(", ", found)}";
    }

    private static bool IsWritten(WrongOutput one, int[] order) => one.Fits(AxisOrder.Undo(one.Found, one.Shape, order));

    private static string? AlongAnAxis(IReadOnlyList<WrongOutput> wrong)
    {
        var rank = wrong[0].Shape.Rank;
        for (var axis = 0; axis < rank; axis++)
        {
            if (OfSlices([.. wrong.Select(one => new Slices(one, one.Shape[axis], (int)one.Shape[(axis + 1)..].Count))]) is { } found)
                return string.Format(null, found, wrong[0].AxisName(axis));
        }

        // Heads lie side by side in the last axis once they are put together again.
        return rank > 0 && wrong.All(one => Heads(one) > 1 && one.Shape[^1] % Heads(one) == 0)
            && OfSlices([.. wrong.Select(one => new Slices(one, Heads(one), one.Shape[^1] / Heads(one)))]) is { } ofHeads
            ? string.Format(null, ofHeads, "the heads")
            : null;
    }

    private static int Heads(WrongOutput one) => one.Evidence.Request.Attributes.Find("heads") is int heads ? heads : 1;

    // With a place for the axis.
    private static string? OfSlices(IReadOnlyList<Slices> wrong)
    {
        if (wrong.Any(one => one.Count < 2))
            return null;
        return wrong.All(one => one.AreThose(i => one.Count - 1 - i)) ? Right + ": from the last to the first along {0}"
            : wrong.All(one => one.AreThose(i => (i + one.Count - 1) % one.Count)) ? Right + ": moved on by one along {0}, the last to the front"
            : wrong.All(one => one.AreThose(i => (i + 1) % one.Count)) ? Right + ": moved back by one along {0}, the first to the end"
            : wrong.All(one => one.AreInSomeOrder()) ? Right + " along {0}"
            : wrong.All(one => one.AreAllTheFirst()) ? "along {0}, all entries are those of the first"
            : wrong.All(one => one.AreOffBy(-1)) ? "the entries are those that belong one place before along {0}"
            : wrong.All(one => one.AreOffBy(1)) ? "the entries are those that belong one place behind along {0}"
            : null;
    }
}
