namespace Harness.Conformance.Diagnosis;

/// <summary>All entries are one number, or no number.</summary>
internal static class ConstantEntries
{
    public static string? Of(IReadOnlyList<WrongOutput> wrong)
    {
        if (!wrong.All(one => one.Found.All(value => value.Equals(one.Found[0]))))
            return null;
        var values = wrong.Select(one => one.Found[0] + 0.0).Distinct().ToArray();
        return values is [var only] ? $"every entry is {only:G9}{(only == 0 ? " (was the output written?)" : "")}"
            : wrong.All(one => one.Found.Length > 1) ? "all entries of a case are the same number"
            : null;
    }
}
