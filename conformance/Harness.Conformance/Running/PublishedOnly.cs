using System.Text.RegularExpressions;
using Harness.Conformance.Checks;

namespace Harness.Conformance.Running;

/// <summary>Finds who answers golden cases, whose answers are published, and nothing that is drawn for the run.</summary>
/// <remarks>
/// A refusal is no failure, and may have a reason that golden cases share: a module of fixed sizes refuses those of other sizes, one without a
/// flag those with it. So fresh inputs fail only where every one of them, and every property, was refused, and where golden cases of the same kind
/// (ranks, tensors, flags, words, and which numbers are 0), of several sizes or numbers, were all answered: nothing is left that the refusal could be for.
/// </remarks>
internal static partial class PublishedOnly
{
    // A module may happen to have the one or two sizes of golden cases of a kind.
    private const int FewestSizes = 3;

    /// <summary>The same checks, fresh ones that are refused without a reason as failed.</summary>
    public static CheckResult[] Judge(IReadOnlyList<CheckResult> checks)
    {
        var groups = checks.ToLookup(check => (check.Equation, check.Format));
        return [.. checks.Select(check => check is { Kind: CheckKind.Fresh, Verdict: Verdict.Unsupported } ? Judge(check, groups[(check.Equation, check.Format)]) : check)];
    }

    private static CheckResult Judge(CheckResult fresh, IEnumerable<CheckResult> group)
    {
        var judged = group.Where(check => check.Verdict != Verdict.NotJudged).ToArray();
        var golden = judged.Where(check => check.Kind == CheckKind.Golden && Kind(check.Asked) == Kind(fresh.Asked)).ToArray();
        var sizes = golden.Select(check => check.Asked).Distinct().Count();
        return sizes >= FewestSizes && golden.All(check => check.Verdict is Verdict.Passed or Verdict.PartlyChecked or Verdict.Failed)
            && judged.All(check => check.Kind is not (CheckKind.Fresh or CheckKind.Property) || check.Verdict == Verdict.Unsupported)
            ? fresh with
            {
                Verdict = Verdict.Failed,
                Reason = $"answers only what is published: all {golden.Length} golden cases like it are answered, of {sizes} different sizes or attributes, and every fresh input "
                    + $"and property is refused{(fresh.Reason is { } reason ? $" ({reason})" : "")}. Who is limited to certain sizes refuses golden cases of other sizes as well; "
                    + "'harness verify --case GLOB' asks for golden cases alone",
            }
            : fresh;
    }

    // E [1,4,8], W_in [8,8]; heads=2, causal=true becomes E 3, W_in 2, heads, causal=true.
    private static string Kind(string? asked) => string.Join(", ",
        Tensors().Matches(asked ?? "").Select(tensor => $"{tensor.Groups[1].Value} {tensor.Groups[2].Value.Split(',').Length}")
            .Concat(Attributes().Matches(asked ?? "").Select(attribute => attribute.Value)));

    [GeneratedRegex(@"(\w+) \[([^\]]*)\]")]
    private static partial Regex Tensors();

    [GeneratedRegex(@"\w+=(""[^""]*""|true|false|0(\.0)?(?![0-9.]))?")]
    private static partial Regex Attributes();
}
