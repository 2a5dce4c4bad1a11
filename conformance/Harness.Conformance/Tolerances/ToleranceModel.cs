using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tolerances;

/// <summary>The correct outputs of a call and how far honest rounding may be from them.</summary>
/// <param name="Shapes">Shape and judgement of every output that is judged.</param>
/// <param name="Golden">Every output in float64, rounded from double-double.</param>
/// <param name="Rho">ρ of every output, per entry or per column.</param>
internal sealed record Expectation(
    IReadOnlyDictionary<string, GoldenOutput> Shapes, IReadOnlyDictionary<string, double[]> Golden, IReadOnlyDictionary<string, double[]> Rho);

/// <summary>Derives golden values and tolerances in process, the way the oracle does for the committed fixtures.</summary>
internal static class ToleranceModel
{
    private const int Runs = 8;

    // A rank or a bin is safe if noise this many times stronger than honest rounding (2u) never changes it: 16u in all.
    private const double DecisionAmplitude = 8;
    private const int DecisionRuns = 3;

    // Above this share of the golden's norm, a pass would mean nothing.
    private const double LargestShare = 1.0 / 64;

    /// <summary>
    /// Evaluates the equation in double-double, and 8 times with a format's rounding modelled on top; under the standard precision contract
    /// where none is given.
    /// </summary>
    /// <returns>Null where the case cannot be judged in the format: a decision is not safe, a value overflows, or ρ is too large.</returns>
    public static Expectation? Derive(
        Equation equation, FloatFormat format, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs, int seed,
        PrecisionContract? contract = null)
    {
        PerturbedEngine<DenseTensor<DoubleDouble>> Engine(int run, double amplitude) =>
            new(DenseEngine<DoubleDouble>.Instance, format, Seeds.Of(seed, run), amplitude, contract);
        IReadOnlyDictionary<string, RoundedTensor<DenseTensor<DoubleDouble>>> Evaluate(PerturbedEngine<DenseTensor<DoubleDouble>> engine) =>
            EquationCall.EvaluateTensors(equation, engine, attributes, EquationCall.Create(equation, engine, inputs));

        var exactEngine = Engine(0, amplitude: 0);
        var exact = Evaluate(exactEngine);
        for (var run = 0; run < DecisionRuns && exactEngine.Decisions.Count > 0; run++)
        {
            var shaken = Engine(Runs + run, DecisionAmplitude);
            Evaluate(shaken);
            if (!SameDecisions(exactEngine, shaken))
                return null;
        }

        var shapes = GradientSignature.Given(equation, inputs)
            .ToDictionary(output => output.Name, output => GoldenOutput.Of(output, exact[output.Name].Shape));
        var deviations = shapes.ToDictionary(output => output.Key, output => new EuclideanNorm[output.Value.ToleranceShape.Count]);
        for (var run = 0; run < Runs; run++)
        {
            var engine = Engine(run, amplitude: 1);
            foreach (var (name, perturbed) in Evaluate(engine))
                Add(deviations[name], (perturbed.Inner - exact[name].Inner).ToArray(), shapes[name]);
            if (!SameDecisions(exactEngine, engine))
                return null;
        }

        var golden = exact.ToDictionary(output => output.Key, output => output.Value.ToArray());
        var rho = deviations.ToDictionary(output => output.Key, output => Array.ConvertAll(output.Value, norm => norm.Value / Math.Sqrt(Runs)));

        // One gradient may vanish, such as that of a bias of all keys under a softmax, and the others be as good as ever.
        var isGradient = equation.Differentiated is not null;
        var meaningful = shapes.Where(output => IsMeaningful(golden[output.Key], rho[output.Key], output.Value.FormatIn(format), mayVanish: !isGradient)).ToDictionary();
        var suffices = isGradient ? meaningful.Count > 0 : meaningful.Count == shapes.Count;
        return suffices ? new Expectation(meaningful, golden, rho) : null;
    }

    private static bool SameDecisions(PerturbedEngine<DenseTensor<DoubleDouble>> left, PerturbedEngine<DenseTensor<DoubleDouble>> right) =>
        left.Decisions.Zip(right.Decisions).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    private static void Add(EuclideanNorm[] norms, double[] deviations, GoldenOutput output)
    {
        for (var i = 0; i < deviations.Length; i++)
            norms[output.Unit(i)].Add(deviations[i]);
    }

    private static bool IsMeaningful(double[] golden, double[] rho, FloatFormat format, bool mayVanish)
    {
        if (golden.Any(value => Math.Abs(value) > format.LargestFinite) || rho.Any(value => !double.IsFinite(value)))
            return false;
        var size = EuclideanNorm.Of(golden);
        return (size == 0 && mayVanish) || EuclideanNorm.Of(rho) <= LargestShare * size;
    }
}
