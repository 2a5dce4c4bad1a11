using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Running;

/// <summary>Judges errors together, of which each is within its tolerance: of all cases of an equation, and of all equations.</summary>
internal static class WholeTensors
{
    /// <summary>What stands for an equation where all of them are judged together.</summary>
    public const string AllEquations = "run.rounding";

    private const string Note = "Arithmetic that is coarser than its format, or leans to one side: each error is within its tolerance, all together are not honest.";

    // A thousand runs of everything judge half a million equations in a format.
    private const double FalseAlarms = 1e-8;

    // What is off to the same side in every case of one equation is off to another in the next.
    private const double HonestLeanOfAll = 0;

    /// <summary>A result for every equation and format of which enough cases passed, and one for each format over all equations.</summary>
    /// <param name="checks">All checks of a run; those that failed have been told, and tell nothing here.</param>
    public static CheckResult[] Judge(IReadOnlyList<CheckResult> checks)
    {
        var compared = checks.Where(check => check.Kind is CheckKind.Golden or CheckKind.Fresh && check.Verdict is Verdict.Passed or Verdict.PartlyChecked).ToArray();
        var byEquation = compared.GroupBy(check => (check.Equation, check.Format)).OrderBy(group => group.Key.Equation, StringComparer.Ordinal)
            .Select(group => Judge(group.Key.Equation, group.Key.Format, [.. group]));
        var together = compared.GroupBy(check => check.Format).Select(group => JudgeAll(group.Key, [.. group]));
        return [.. byEquation.Concat(together).OfType<CheckResult>().Select((check, index) => check with { Number = checks[^1].Number + 1 + index })];
    }

    private static CheckResult? Judge(string equation, FloatFormat format, CheckResult[] cases)
    {
        var outputs = cases.SelectMany(check => check.Outputs).Where(output => output.Whole is not null).GroupBy(output => output.Name, output => output.Whole!).ToArray();
        if (cases.Length < PooledErrors.FewestCases || outputs.Length == 0)
            return null;
        var level = FalseAlarms / (4 * outputs.Length);
        var bits = new PooledErrors([.. outputs.SelectMany(output => output)], format).LostBits("all outputs", FalseAlarms / 2);
        return Result(
            $"{equation}/whole-tensors", equation, format,
            bits is not null ? [bits] : outputs.Select(output => new PooledErrors([.. output], format).Fault(output.Key, level)));
    }

    // Equations are independent of each other where cases of one are not: they have constants and functions in common.
    private static CheckResult? JudgeAll(FloatFormat format, CheckResult[] cases)
    {
        TensorErrors[] equations =
        [
            .. cases.SelectMany(check => check.Outputs.Select(output => output.Whole).OfType<TensorErrors>().Select(whole => (check.Equation, Whole: whole)))
                .GroupBy(each => each.Equation, each => each.Whole).Select(group => TensorErrors.Together([.. group])),
        ];
        var errors = new PooledErrors(equations, format, "equations", HonestLeanOfAll);
        const double Level = FalseAlarms / 3;
        return equations.Length < PooledErrors.FewestCases ? null : Result(
            AllEquations, AllEquations, format, [errors.LostBits("all outputs", Level) ?? errors.Fault("all outputs", Level)]);
    }

    private static CheckResult Result(string id, string equation, FloatFormat format, IEnumerable<string?> faults)
    {
        string[] found = [.. faults.OfType<string>()];
        var reason = found.Length switch
        {
            0 => null,
            1 => found[0],
            var count => $"{found[0]}; {count - 1} more {(count == 2 ? "output" : "outputs")} like it",
        };
        return new CheckResult(
            id, CheckKind.Pooled, equation, format, found.Length > 0 ? Verdict.Failed : Verdict.Passed, reason, Note, [], 0);
    }
}
