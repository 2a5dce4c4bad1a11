using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Running;

/// <summary>Finds who states what it takes, and refuses all that is drawn of that.</summary>
/// <remarks>
/// A refusal is no failure where nothing was stated. Within constraints one gets what one has said that one takes: who answers golden cases there and
/// nothing else has their answers, and who answers nothing at all was not examined, and would pass for want of questions.
/// </remarks>
internal static class Unexamined
{
    /// <summary>The same checks, fresh ones that are refused within constraints as failed, where nothing that is drawn is answered.</summary>
    public static CheckResult[] Judge(IReadOnlyList<CheckResult> checks, Constraints constraints)
    {
        if (constraints.IsEmpty)
            return [.. checks];
        var byEquation = checks.ToLookup(check => check.Equation);
        return [.. checks.Select(check => check is { Kind: CheckKind.Fresh, Verdict: Verdict.Unsupported } && check.Reason != $"dtype {check.Format}"
            && EquationCatalogue.Find(check.Equation) is { } equation && Scope.Of(equation, constraints) is { } scope
            && Describe(check, scope, [.. byEquation[check.Equation]], constraints) is { } reason
                ? check with { Verdict = Verdict.Failed, Reason = reason }
                : check)];
    }

    private static string? Describe(CheckResult fresh, Scope scope, CheckResult[] checks, Constraints constraints)
    {
        if (checks.Any(check => check.Format == fresh.Format && check.Kind is CheckKind.Fresh or CheckKind.Property && IsAnswered(check)))
            return null;
        var refused = $"every fresh input and property within its own constraints ({scope}) is refused{(fresh.Reason is { } reason ? $" ({reason})" : "")}";
        var golden = checks.Count(check => check.Kind == CheckKind.Golden && check.Format == fresh.Format && IsAnswered(check));
        if (golden > 0)
            return $"answers only what is published: {golden} golden cases are answered, and {refused}";

        // What is not offered is refused without a reason, and a pattern may take in more than is offered.
        var isNamed = fresh.Reason is not null || constraints.Entries.Any(entry => entry.Equations == fresh.Equation);
        return isNamed && !checks.Any(IsAnswered)
            ? $"nothing of it was examined: {checks.Count(check => check.Verdict == Verdict.OutOfScope)} checks are out of its scope, and {refused}"
            : null;
    }

    private static bool IsAnswered(CheckResult check) => check.Verdict is not (Verdict.Unsupported or Verdict.NotJudged or Verdict.OutOfScope);
}
