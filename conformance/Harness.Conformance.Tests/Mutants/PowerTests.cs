using System.Globalization;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>What the golden cases tell of arithmetic that is wrong and whose every error may be within its tolerance, and of which equations.</summary>
public sealed class PowerTests
{
    private static readonly FloatFormat[] Single = [FloatFormat.Float32];

    private static readonly (string Title, Variation Wrong)[] Columns =
    [
        ("23 bits", WrongArithmetic.LostBits(1)),
        ("22 bits", WrongArithmetic.LostBits(2)),
        ("truncated", WrongArithmetic.Truncated()),
    ];

    [Fact]
    public async Task What_is_found_in_float32_by_equation()
    {
        var columns = Columns.Select(column => EquationCatalogue.All.AsParallel().AsOrdered()
            .SelectMany(equation => GoldenCases.Judge(column.Wrong, equation.Id, Single).Select(finding => finding.Check)).ToArray()).ToArray();
        var pooled = columns.Select(WholeTensors.Judge).ToArray();
        var rows = EquationCatalogue.All.Where(equation => columns[0].Any(check => check.Equation == equation.Id)).Select(equation => string.Join(" | ",
            [$"| {equation.Id}", .. columns.Zip(pooled, (own, together) => How(equation.Id, own, together)), ""]).TrimEnd()).ToArray();
        string[] table =
        [
            $"| equation | {string.Join(" | ", Columns.Select(column => column.Title))} |",
            $"|---|{string.Concat(Columns.Select(_ => "---|"))}",
            .. rows,
            string.Join(" | ", [$"| of {rows.Length}", .. Enumerable.Range(0, Columns.Length).Select(column => Found(rows, column)), ""]).TrimEnd(),
            string.Join(" | ", ["| all equations together", .. pooled.Select(together => Word(together.FirstOrDefault(check => check.Equation == WholeTensors.AllEquations))), ""]).TrimEnd(),
        ];

        await Snapshot.Verify(string.Join('\n', table), "md");
    }

    private static string Found(string[] rows, int column) =>
        rows.Count(row => row.Split('|')[column + 2].Trim() != "–").ToString(CultureInfo.InvariantCulture);

    private static string How(string equation, Checks.CheckResult[] own, Checks.CheckResult[] together) =>
        own.Any(check => check.Equation == equation && check.IsBad) ? "entries" : Word(together.FirstOrDefault(check => check.Equation == equation));

    private static string Word(Checks.CheckResult? check) => check?.Reason switch
    {
        null => "–",
        var reason when reason.Contains("zero bit", StringComparison.Ordinal) => "bits",
        var reason when reason.Contains("lean", StringComparison.Ordinal) => "lean",
        _ => "size",
    };
}
