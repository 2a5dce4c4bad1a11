namespace Harness.Conformance.Diagnosis;

/// <summary>The right entries in another order.</summary>
internal static class EntryOrder
{
    private const string Right = "the entries are right and in another order";

    /// <summary>The order of a language or library in which the first axis runs fastest. A square matrix may as well be transposed.</summary>
    public static string? ByColumns(IReadOnlyList<WrongOutput> wrong) =>
        wrong.Any(one => one.Shape.Rank > 2 || (one.Shape.Rank == 2 && one.Shape[0] != one.Shape[1]))
        && wrong.All(one => !one.IsMisshapen && AxisOrder.All(one.Shape.Rank).FirstOrDefault() is { } reversed && IsWritten(one, reversed))
            ? $"{Right}: written column by column (Fortran order)?"
            : null;

    /// <summary>Any other order of the axes, or along one of them.</summary>
    public static string? Of(IReadOnlyList<WrongOutput> wrong) =>
        wrong.Any(one => one.Shape.Rank != wrong[0].Shape.Rank) ? null : OfAxes(wrong) ?? AlongAnAxis(wrong);

    private static string? OfAxes(IReadOnlyList<WrongOutput> wrong)
    {
        if (AxisOrder.All(wrong[0].Shape.Rank).FirstOrDefault(order => wrong.All(one => IsWritten(one, order))) is not { } found)
            return null;
        int[] moved = [.. Enumerable.Range(0, found.Length).Where(n => found[n] != n)];
        return moved is [var first, var second]
            ? $"{Right}: {wrong[0].AxisName(first)} and {wrong[0].AxisName(second)} are exchanged{(found.Length == 2 ? " (transposed, or written column by column)" : "")}"
            : $"{Right}: the axes are written in the order {string.Join(", ", found)}";
    }

    private static bool IsWritten(WrongOutput one, int[] order) => one.Fits(AxisOrder.Undo(one.Found, one.Shape, order));

    private static string? AlongAnAxis(IReadOnlyList<WrongOutput> wrong)
    {
        var axes = Enumerable.Range(0, wrong[0].Shape.Rank).Select(axis => (
            Name: wrong[0].AxisName(axis),
            Slices: wrong.Select(one => new Slices(one, one.Shape[axis], (int)one.Shape[(axis + 1)..].Count)).ToArray())).ToList();

        // Heads lie side by side in the last axis once they are put together again.
        if (wrong.All(one => one.Shape.Rank > 0 && Heads(one) > 1 && one.Shape[^1] % Heads(one) == 0))
            axes.Insert(0, ("the heads", [.. wrong.Select(one => new Slices(one, Heads(one), one.Shape[^1] / Heads(one)))]));
        return axes.Select(axis => InOneOrder(axis.Slices, axis.Name)).FirstOrDefault(found => found is not null)
            ?? axes.Select(axis => InSomeOrder(axis.Slices, axis.Name)).FirstOrDefault(found => found is not null);
    }

    private static int Heads(WrongOutput one) => one.Evidence.Request.Attributes.Find("heads") is int heads ? heads : 1;

    private static string? InOneOrder(Slices[] wrong, string along) =>
        wrong.All(one => one.AreThose(i => one.Count - 1 - i)) ? $"{Right}: from the last to the first along {along}"
        : wrong.All(one => one.AreThose(i => (i + one.Count - 1) % one.Count)) ? $"{Right}: moved on by one along {along}, the last to the front"
        : wrong.All(one => one.AreThose(i => (i + 1) % one.Count)) ? $"{Right}: moved back by one along {along}, the first to the end"
        : null;

    private static string? InSomeOrder(Slices[] wrong, string along) =>
        wrong.All(one => one.AreInSomeOrder()) ? $"{Right} along {along}"
        : wrong.All(one => one.AreAllTheFirst()) ? $"along {along}, all entries are those of the first"
        : AreOffBy(wrong, -1) ? $"the entries are those that belong one place before along {along}"
        : AreOffBy(wrong, 1) ? $"the entries are those that belong one place behind along {along}"
        : null;

    // Where an axis has one index only, there is no place before it.
    private static bool AreOffBy(Slices[] wrong, int step) => wrong.All(one => one.AreOffBy(step)) && wrong.Any(one => one.IsClearlyOffBy(step));
}
