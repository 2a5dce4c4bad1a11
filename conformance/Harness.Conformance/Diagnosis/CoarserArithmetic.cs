using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Diagnosis;

/// <summary>Recognises arithmetic that is coarser than what was asked for by the size of its errors.</summary>
/// <remarks>
/// No two implementations round alike, so that no formula gives their answers. But errors that a coarser format's tolerance allows,
/// and that are there in a good part of the entries and in both directions, are those of that format. The tolerance of 8 bits allows
/// many a wrong formula, so that bfloat16 is recognised by results that have no more where they should, and are within it. Who passes more cases
/// than fails, of inputs that the coarser format does not hold, has a finer one. A formula that is a little wrong mostly errs in one direction,
/// or makes entries larger, or smaller.
/// </remarks>
internal static class CoarserArithmetic
{
    // A tolerance is 8 ρ, and honest errors reach some ρ: a largest error below 1/64 of the tolerance belongs to a finer format.
    private const double SmallestShare = 1.0 / 64;

    // Rounding shows in entries everywhere, unless they are exact; a wrong formula often in a few.
    private const double Noticeable = 1.0 / 32;
    private const double ShareOfEntries = 0.25;
    private const int FewestEntries = 8;

    // Deviations of both signs nearly cancel in the sum; those of a wrong formula lean to one side.
    private const double LargestBias = 0.5;

    private const int CasesAsked = 4;

    // Of one rounding on the way, before what makes it larger or smaller.
    private const double LargestRelative = 1 << 8;

    private const string OnTheWay = "errors are about 2⁻²⁴ of the values, and float32 passes: something on the way is float32 (positions, angles or scores?)";
    private const string Float32Arithmetic = "the arithmetic is float32";
    private const string ElevenBits = "products or results have 11 significant bits, as TF32 and float16 have";
    private const string EightBits = "results are rounded to bfloat16";

    /// <summary>The format that the errors fit, as a clause.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<Evidence> evidence)
    {
        var failed = evidence.Where(answer => !answer.Passed).ToArray();
        if (failed.SelectMany(answer => answer.Figures).Any(output => output.Fault is not null))
            return [];
        if (failed[0].Request.Format == FloatFormat.Float64)
            return Fits(evidence, failed, FloatFormat.Float32) ? [Float32Arithmetic] : [];

        if (failed[0].Request.Format != FloatFormat.Float32)
            return [];
        if (failed.All(answer => answer.Answer.Values.All(output => output.Values.All(FloatFormat.BFloat16.IsExact))))
            return HaveMoreBits(failed) && IsWithin(failed, FloatFormat.BFloat16) ? [EightBits] : [];
        return Fits(evidence, failed, FloatFormat.Float16) ? [ElevenBits] : [];
    }

    /// <summary>What to say of float64 results that are as if a part of the way were float32; null if they are not.</summary>
    public static string? PartlyFloat32(IReadOnlyList<Evidence> evidence)
    {
        var failed = evidence.Where(answer => !answer.Passed).ToArray();
        if (evidence[0].Request.Format != FloatFormat.Float64 || failed.SelectMany(answer => answer.Figures).Any(output => output.Fault is not null))
            return null;
        var relative = new List<double>();
        foreach (var (answer, name) in failed.SelectMany(answer => answer.Outputs.Keys.Select(name => (answer, name))))
        {
            var one = new WrongOutput(answer, name);
            for (var i = 0; i < one.Golden.Length; i++)
            {
                if (one.IsClear[i] && one.Golden[i] != 0)
                    relative.Add((one.Found[i] - one.Golden[i]) / one.Golden[i]);
            }
        }

        var largest = LargestRelative * FloatFormat.Float32.UnitRoundoff;
        return relative.Count >= FewestEntries && Median(relative) is var typical && typical <= largest
            && typical >= FloatFormat.Float32.UnitRoundoff / LargestRelative && IsToBothSides(relative) ? OnTheWay : null;
    }

    private static double Median(List<double> values) => values.Select(Math.Abs).Order().ElementAt(values.Count / 2);

    private static bool IsToBothSides(List<double> errors) =>
        Math.Abs(errors.Average()) <= LargestBias * Math.Sqrt(errors.Average(error => error * error))
        && errors.Count(error => error > 0) is var up && 4 * Math.Min(up, errors.Count - up) >= errors.Count;

    // What is copied from inputs of 8 bits has no more of them anyway.
    private static bool HaveMoreBits(Evidence[] failed) =>
        failed.Sum(answer => answer.Outputs.Keys.Sum(name => answer.Golden[name].Count(value => !FloatFormat.BFloat16.IsExact(FloatFormat.Float32.Round(value))))) >= FewestEntries
        && failed.All(answer => answer.Outputs.Keys.All(name => answer.Answer[name].Values.Distinct().Count() > 1 || answer.Golden[name].Length == 1));

    private static bool IsWithin(Evidence[] failed, FloatFormat coarser) =>
        Judged(failed, coarser) is { Length: > 0 } judged && judged.All(look => look.Share <= 1);

    // Few entries tell nothing, and some cases cannot be judged in a coarse format at all.
    private static (double Share, List<double> Deviations, List<double> Outwards)[] Judged(Evidence[] failed, FloatFormat coarser) =>
    [
        .. failed.Where(answer => answer.Golden.Values.Sum(golden => golden.Length) >= FewestEntries)
            .Select(answer => (Answer: answer, Rho: Expect(answer, coarser))).Where(pair => pair.Rho is not null)
            .Take(CasesAsked).Select(pair => Look(pair.Answer, pair.Rho!, coarser)),
    ];

    private static bool Fits(IReadOnlyList<Evidence> evidence, Evidence[] failed, FloatFormat coarser)
    {
        if (evidence.Count(answer => answer.Passed && !answer.Request.Inputs.Values.All(input => input.Values.All(coarser.IsExact))) > failed.Length)
            return false;
        var judged = Judged(failed, coarser);
        var rounded = judged.Count(look => look.Share >= SmallestShare && LooksRounded(look.Deviations) && LooksRounded(look.Outwards));
        return rounded > 0 && 2 * rounded >= judged.Length && judged.All(look => look.Share <= 1);
    }

    // In a saturated case a few entries have all the error, so that half of the cases have to look like this, not every one.
    private static bool LooksRounded(List<double> deviations) =>
        deviations.Count >= FewestEntries
        && deviations.Count(deviation => Math.Abs(deviation) >= Noticeable) >= ShareOfEntries * deviations.Count
        && Math.Abs(deviations.Average()) <= LargestBias * Math.Sqrt(deviations.Average(deviation => deviation * deviation));

    // The largest error as a share of the coarser tolerance, and all of them as multiples of ρ, upwards and away from 0.
    private static (double Share, List<double> Deviations, List<double> Outwards) Look(Evidence answer, Dictionary<string, double[]> rho, FloatFormat coarser)
    {
        var (largest, deviations, outwards) = (0.0, new List<double>(), new List<double>());
        foreach (var (name, output) in answer.Outputs)
        {
            var (found, golden) = (answer.Answer[name], answer.Golden[name]);
            largest = Math.Max(largest, Comparer.Compare(name, found, golden, rho[name], output, coarser).WorstShare);
            for (var i = 0; i < golden.Length; i++)
            {
                // A column's ρ is the root of a sum over its entries.
                if (rho[name][output.Unit(i)] is not (> 0 and var size))
                    continue;
                deviations.Add((found.Values[i] - golden[i]) / size * Math.Sqrt(output.ColumnLength));
                outwards.Add(golden[i] < 0 ? -deviations[^1] : deviations[^1]);
            }
        }

        return (largest, deviations, outwards);
    }

    // ρ of the coarser format, and what rounding the inputs to it does.
    private static Dictionary<string, double[]>? Expect(Evidence answer, FloatFormat coarser)
    {
        var request = answer.Request;
        try
        {
            var seed = Seeds.Of($"{request.Case}/{coarser}");
            if (ToleranceModel.Derive(answer.Equation, coarser, request.Attributes, request.Inputs, seed) is not { } expected)
                return null;
            var rounded = request.Inputs.ToDictionary(
                input => input.Key, input => input.Value with { Values = Array.ConvertAll(input.Value.Values, coarser.Round) });
            var moved = EquationCall.Evaluate(answer.Equation, DenseEngine<double>.Instance, request.Attributes, rounded);
            return answer.Outputs.ToDictionary(output => output.Key, output =>
            {
                double[] shift = [.. moved[output.Key].Values.Zip(answer.Golden[output.Key], (value, golden) => value - golden)];
                return expected.Rho[output.Key].Zip(Comparer.Sizes(shift, output.Value), (rho, size) => rho + size).ToArray();
            });
        }
        catch (Exception)
        {
            // In a coarse format, inputs may leave the equation's domain, and matrices that of a solver.
            return null;
        }
    }
}
