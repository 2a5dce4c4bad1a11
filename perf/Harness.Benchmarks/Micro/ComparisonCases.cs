using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Benchmarks.Micro;

/// <summary>Holding an output of [512,512] against golden values: entry by entry, and column by column.</summary>
internal static class ComparisonCases
{
    private const int Size = 512;

    public static IEnumerable<MicroCase> All => [Case("compare.entries", Judgement.Entries, Size * Size), Case("compare.columns", Judgement.Columns, Size)];

    private static MicroCase Case(string subject, Judgement judgement, int tolerances) => new(subject, $"{Size}", "f32", () =>
    {
        var golden = SquareMatrix.Random<double>(Size, seed: 1);
        var got = new TensorData([Size, Size], Array.ConvertAll(golden, FloatFormat.Float32.Round));
        var rho = new double[tolerances];
        Array.Fill(rho, FloatFormat.Float32.UnitRoundoff);
        var expected = new GoldenOutput(got.Shape, judgement, Axis: 0);
        return () => Comparer.Compare("Y", got, golden, rho, expected, FloatFormat.Float32);
    });
}
