using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Running;

/// <summary>
/// A golden case with the elements of its batch in another order, or its only one twice: the answer follows from the golden one exactly, and stands
/// in no file.
/// </summary>
internal sealed record Rearrangement(
    GoldenCase Golden, string How, IReadOnlyDictionary<string, TensorData> Inputs, IReadOnlyDictionary<string, GoldenOutput> Outputs,
    IReadOnlyDictionary<string, double[]> Values, IReadOnlyDictionary<string, double[]> Rho)
{
    /// <summary>What the check is called.</summary>
    public const string Name = "golden-rearranged";

    // A handful: who looks answers up is found by the first.
    private const int CasesOfAnEquation = 2;

    /// <summary>The golden cases of an equation that can be rearranged, of those that an implementation takes.</summary>
    public static IEnumerable<GoldenCase> Candidates(FixtureSet fixtures, Equation equation, FloatFormat format, Constraints constraints) => fixtures.Cases.Where(golden =>
        golden.Equation == equation && golden.Judged.Contains(format) && Scope.Of(equation, constraints)?.Misfit(golden.Attributes, golden.Inputs) is null
        && Count(golden) is { } count
        && (count > 1 || golden.Outputs.All(output => Batches.OutputAxis(equation, output.Key, output.Value.Shape) >= 0)));

    /// <summary>Some of them, drawn and rearranged as the seed has it, and judged under the precision contract.</summary>
    /// <exception cref="FixtureException">A case is damaged.</exception>
    public static IEnumerable<Rearrangement> Draw(FixtureSet fixtures, Equation equation, FloatFormat format, int seed, PrecisionContract contract, Constraints constraints)
    {
        var random = new Random(Seeds.Of($"{seed}/{equation.Id}/{format}/{Name}"));
        var candidates = Candidates(fixtures, equation, format, constraints).ToArray();
        random.Shuffle(candidates);
        return candidates.OrderBy(golden => Count(golden) == 1).Take(CasesOfAnEquation)
            .Select(golden => (golden, Judged: ExplainedCase.Of(golden).Under(contract, format))).Where(each => each.Judged.JudgedIn(format).Count > 0)
            .Select(each => Of(each.golden, each.Judged, format, random));
    }

    private static Rearrangement Of(GoldenCase golden, ExplainedCase judged, FloatFormat format, Random random)
    {
        var count = Count(golden)!.Value;
        var shift = random.Next(1, Math.Max(count, 2));
        int[] order = count == 1 ? [0, 0] : [.. Enumerable.Range(0, count).Select(i => (i + shift) % count)];
        var (equation, outputs) = (golden.Equation, judged.JudgedIn(format));
        TensorData Picked(string name, TensorData tensor) => Batches.OutputAxis(equation, name, outputs[name].Shape) is >= 0 and var axis ? tensor.Pick(axis, order) : tensor;
        return new Rearrangement(
            golden,
            count == 1 ? "its one element twice" : $"its batch in the order {string.Join(", ", order)}",
            Batches.Pick(equation, judged.Inputs, order),
            outputs.ToDictionary(output => output.Key, output => output.Value with { Shape = Picked(output.Key, new TensorData(output.Value.Shape, judged.Golden[output.Key])).Shape }),
            outputs.ToDictionary(output => output.Key, output => Picked(output.Key, new TensorData(output.Value.Shape, judged.Golden[output.Key])).Values),
            outputs.ToDictionary(output => output.Key, output => Picked(output.Key, new TensorData(output.Value.ToleranceShape, judged.Rho[(format, output.Key)])).Values));
    }

    private static int? Count(GoldenCase golden) => Batches.Count(golden.Equation, golden.Inputs);
}
