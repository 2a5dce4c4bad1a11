namespace Harness.Conformance.Diagnosis;

/// <summary>The right values under another shape.</summary>
internal static class Misshapen
{
    public static string? Of(IReadOnlyList<WrongOutput> wrong) =>
        !wrong.All(one => one.IsMisshapen) ? null
        : wrong.All(one => one.Fits(one.Found)) ? "the entries are right: only the shape is not"
        : wrong.All(IsTransposed) ? "the entries are right, with the axes in another order"
        : null;

    private static bool IsTransposed(WrongOutput one) => AxisOrder.All(one.Shape.Rank).Any(order =>
        AxisOrder.Apply(one.Shape, order) == one.Evidence.Answer[one.Name].Shape && one.Fits(AxisOrder.Undo(one.Found, one.Shape, order)));
}
