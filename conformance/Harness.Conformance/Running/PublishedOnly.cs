using System.Text.RegularExpressions;
using Harness.Conformance.Checks;

namespace Harness.Conformance.Running;

/// <summary>Finds who answers golden cases, whose answers are published, and nothing that is drawn for the run.</summary>
/// <remarks>
/// A refusal is no failure, and may have a reason that golden cases share: a module without a flag refuses those with it, one of fixed sizes
/// refuses most sizes. So fresh inputs fail only where every one of them, and every property, was refused, although golden cases were answered, in
/// several sizes, that together have all that a fresh input has (ranks, tensors, flags, words, and which numbers are 0), and hardly any such was refused.
/// </remarks>
internal static partial class PublishedOnly
{
    // A module may happen to have the one or two sizes that golden cases have.
    private const int FewestSizes = 3;

    // Of golden cases that have nothing but what answered ones have, a module of fixed sizes refuses far more than one in so many.
    private const int OneOfSoMany = 8;

    /// <summary>The same checks, fresh ones that are refused without a reason as failed.</summary>
    public static CheckResult[] Judge(IReadOnlyList<CheckResult> checks)
    {
        var groups = checks.Where(check => check.Verdict is not (Verdict.NotJudged or Verdict.OutOfScope)).GroupBy(check => (check.Equation, check.Format))
            .Where(group => group.All(check => check.Kind is not (CheckKind.Fresh or CheckKind.Property) || check.Verdict == Verdict.Unsupported))
            .ToDictionary(group => group.Key, group => group.Where(check => check.Kind == CheckKind.Golden).ToArray());
        return [.. checks.Select(check => check is { Kind: CheckKind.Fresh, Verdict: Verdict.Unsupported }
            && groups.GetValueOrDefault((check.Equation, check.Format)) is { } golden ? Judge(check, golden) : check)];
    }

    private static CheckResult Judge(CheckResult fresh, CheckResult[] golden)
    {
        var answered = golden.Where(IsAnswered).ToArray();
        var features = answered.SelectMany(check => Features(check.Asked)).ToHashSet();
        var refused = golden.Count(check => !IsAnswered(check) && features.IsSupersetOf(Features(check.Asked)));
        var sizes = answered.Select(check => check.Asked).Distinct().Count();
        return sizes >= FewestSizes && refused * OneOfSoMany < answered.Length + refused && features.IsSupersetOf(Features(fresh.Asked))
            ? fresh with
            {
                Verdict = Verdict.Failed,
                Reason = $"answers only what is published: {answered.Length} golden cases are answered, of {sizes} different sizes or attributes, and every fresh input "
                    + $"and property is refused{(fresh.Reason is { } reason ? $" ({reason})" : "")}. Who is limited to certain sizes refuses golden cases of other sizes as well; "
                    + "'harness verify --case GLOB' asks for golden cases alone",
            }
            : fresh;
    }

    private static bool IsAnswered(CheckResult check) => check.Verdict is Verdict.Passed or Verdict.PartlyChecked or Verdict.Failed;

    // E [1,4,8], W_in [8,8]; heads=2, causal=true has E 3, W_in 2, heads= and causal=true.
    private static IEnumerable<string> Features(string? asked) =>
        Tensors().Matches(asked ?? "").Select(tensor => $"{tensor.Groups[1].Value} {tensor.Groups[2].Value.Split(',').Length}")
            .Concat(Attributes().Matches(asked ?? "").Select(attribute => attribute.Value));

    [GeneratedRegex(@"(\w+) \[([^\]]*)\]")]
    private static partial Regex Tensors();

    [GeneratedRegex(@"\w+=(""[^""]*""|true|false|0(\.0)?(?![0-9.]))?")]
    private static partial Regex Attributes();
}
