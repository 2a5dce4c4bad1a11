namespace Harness.Conformance.Diagnosis;

/// <summary>What was answered is the answer to another case.</summary>
internal static class AnotherCase
{
    // Of fewer small integers two answers are the same by chance.
    private const int FewestEntries = 8;

    public static string? Of(IReadOnlyList<WrongOutput> wrong, IReadOnlyList<Evidence> evidence)
    {
        foreach (var one in wrong.Where(one => one.IsClear.Count(isClear => isClear) >= FewestEntries && one.Found.Distinct().Count() >= FewestEntries))
        {
            var other = evidence.FirstOrDefault(other => other != one.Evidence && other.Request.Case != one.Evidence.Request.Case
                && other.Outputs.TryGetValue(one.Name, out var output) && output.Shape == one.Shape && CopiedEntries.IsThat(one, other, one.Name));
            if (other is not null)
                return $"the answer to {one.Evidence.Request.Case} is that to {other.Request.Case}: is an earlier output returned again?";
        }

        return null;
    }
}
