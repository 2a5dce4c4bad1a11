using Harness.Architectures;
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
    IReadOnlyDictionary<string, GoldenOutput> Shapes, IReadOnlyDictionary<string, double[]> Golden, IReadOnlyDictionary<string, double[]> Rho)
{
    /// <summary>Whether all is judged that was to be: of a gradient one output at least, of anything else every one.</summary>
    public required bool IsWhole { get; init; }
}

/// <summary>Derives golden values and tolerances in process, the way the oracle does for the committed fixtures.</summary>
internal static class ToleranceModel
{
    // With 8 evaluations ρ is less than a quarter of what it should be in one entry of 10⁴, with 16 in one of 10⁷: what is large takes as many.
    private const int Runs = 8;
    private const int RunsOfLarge = 16;
    private const long Large = 512;

    // A rank or a bin is safe if noise this many times stronger than honest rounding (2u) never changes it: 16u in all.
    private const double DecisionAmplitude = 8;
    private const int DecisionRuns = 3;

    // Above this share of the golden's norm, a pass would mean nothing.
    private const double LargestShare = 1.0 / 64;

    // Float64's noise is measured in doubles on a scale so much larger that their own rounding is 2⁻¹⁵ of it.
    private const double Scale = 1 << 15;

    // What is linear in the noise deviates in proportion when that is scaled down again, but for this share.
    private const double SmallScale = 1 << 7;
    private const double MostNonlinear = 0.25;

    // What takes seconds in double-double is drawn again instead.
    private const int MostValues = 5000;

    /// <summary>
    /// Evaluates the equation, and 8 or 16 times with a format's rounding modelled on top; under the standard precision contract where none is given.
    /// </summary>
    /// <remarks>
    /// Golden values of float64 come from double-double; of coarser formats from double, whose rounding is 2⁻²⁹ of theirs at most. The noise
    /// is added in double: in float64 on a larger scale, or, where deviations are not in proportion to it, in double-double.
    /// </remarks>
    /// <returns>Null where the case cannot be judged in the format: a decision is not safe, a value overflows, on the way too, or ρ is too large.</returns>
    public static Expectation? Derive(
        Equation equation, FloatFormat format, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs, int seed,
        PrecisionContract? contract = null) => DeriveInPart(equation, format, attributes, inputs, seed, contract) is { IsWhole: true } whole ? whole : null;

    /// <summary>The same, without those outputs of which ρ is too large, unless it is too large of all.</summary>
    public static Expectation? DeriveInPart(
        Equation equation, FloatFormat format, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs, int seed,
        PrecisionContract? contract = null)
    {
        try
        {
            return Derived(equation, format, attributes, inputs, seed, contract);
        }
        catch (NotPositiveDefiniteException)
        {
            // Large regressions can be indefinite by rounding alone.
            return null;
        }
    }

    private static Expectation? Derived(
        Equation equation, FloatFormat format, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs, int seed, PrecisionContract? contract)
    {
        var call = new Call<DenseTensor<double>>(
            equation, attributes, inputs, DenseEngine<double>.Instance, (run, amplitude) => new PerturbedDoubles(format, Seeds.Of(seed, run), amplitude, contract)
            {
                Sharing = ((format, contract, run), start => new PerturbedDoubles(format, start, amplitude, contract)),
            });
        var found = call.Evaluate(run: 0, amplitude: 0);
        if (format != FloatFormat.Float64)
            return Judged(call, format, found, Deviations(call, found, scale: 1));
        var exact = InDoubleDouble(equation, format, attributes, inputs, seed, contract).Evaluate(run: 0, amplitude: 0);
        if (SameDecisions(exact, found) && IsLinear(call, found) && Deviations(call, found, Scale) is { } rho)
            return Judged(call, format, exact, rho);
        return inputs.Values.Sum(input => input.Values.Length) <= MostValues ? DeriveInDoubleDouble(equation, format, attributes, inputs, seed, contract) : null;
    }

    /// <summary>How often a call is evaluated whose outputs have so many entries, or columns, that are judged.</summary>
    public static int RunsFor(long units) => units > Large ? RunsOfLarge : Runs;

    /// <summary>The same with every evaluation in double-double.</summary>
    internal static Expectation? DeriveInDoubleDouble(
        Equation equation, FloatFormat format, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs, int seed,
        PrecisionContract? contract = null)
    {
        var call = InDoubleDouble(equation, format, attributes, inputs, seed, contract);
        var exact = call.Evaluate(run: 0, amplitude: 0);
        return Judged(call, format, exact, Deviations(call, exact, scale: 1));
    }

    private static Call<DenseTensor<DoubleDouble>> InDoubleDouble(
        Equation equation, FloatFormat format, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs, int seed,
        PrecisionContract? contract) =>
        new(equation, attributes, inputs, DenseEngine<DoubleDouble>.Instance, (run, amplitude) =>
            new PerturbedEngine<DenseTensor<DoubleDouble>>(DenseEngine<DoubleDouble>.Instance, format, Seeds.Of(seed, run), amplitude, contract)
            {
                Sharing = ((format, contract, run), start => new(DenseEngine<DoubleDouble>.Instance, format, start, amplitude, contract)),
            });

    private static bool IsLinear(Call<DenseTensor<double>> call, Evaluation<DenseTensor<double>> exact)
    {
        try
        {
            var (large, small) = (call.Evaluate(run: 0, Scale), call.Evaluate(run: 0, SmallScale));
            return exact.Outputs.All(output =>
            {
                double[] deviations = (large.Outputs[output.Key] - output.Value).ToArray(), scaled = (small.Outputs[output.Key] - output.Value).ToArray();
                var bent = deviations.Zip(scaled, (much, little) => much - little * (Scale / SmallScale)).Sum(value => value * value);
                return bent <= MostNonlinear * MostNonlinear * deviations.Sum(value => value * value);
            });
        }
        catch (Exception failure) when (failure is NotPositiveDefiniteException or EquationException)
        {
            return false;
        }
    }

    /// <summary>ρ of every output, per entry or per column; null where a decision is not safe, or something overflows.</summary>
    private static Dictionary<string, double[]>? Deviations<T>(Call<T> call, Evaluation<T> exact, double scale)
        where T : class, ITensor<T>
    {
        try
        {
            // Noise on a larger scale shakes enough by itself.
            for (var run = 0; run < DecisionRuns && exact.Decisions.Count > 0 && scale < DecisionAmplitude; run++)
            {
                if (!SameDecisions(exact, call.Evaluate(RunsOfLarge + run, DecisionAmplitude)))
                    return null;
            }

            var shapes = call.Shapes(exact);
            var deviations = shapes.ToDictionary(output => output.Key, output => new EuclideanNorm[output.Value.ToleranceShape.Count]);
            var runs = RunsFor(deviations.Values.Sum(units => units.Length));
            for (var run = 0; run < runs; run++)
            {
                var perturbed = call.Evaluate(run, scale);
                foreach (var (name, output) in perturbed.Outputs)
                    Add(deviations[name], (output - exact.Outputs[name]).ToArray(), shapes[name]);
                if (perturbed.HasOverflowed || !SameDecisions(exact, perturbed))
                    return null;
            }

            return deviations.ToDictionary(output => output.Key, output => Array.ConvertAll(output.Value, norm => norm.Value / Math.Sqrt(runs) / scale));
        }
        catch (EquationException)
        {
            // Noise may leave an operation nothing to go on, such as no mass on [0,1].
            return null;
        }
    }

    private static Expectation? Judged<TCall, T>(Call<TCall> call, FloatFormat format, Evaluation<T> exact, Dictionary<string, double[]>? rho)
        where TCall : class, ITensor<TCall>
        where T : class, ITensor<T>
    {
        if (rho is null)
            return null;
        var golden = exact.Outputs.ToDictionary(output => output.Key, output => output.Value.ToArray());

        // One gradient may vanish, such as that of a bias of all keys under a softmax, and the others be as good as ever.
        var (shapes, isGradient) = (call.Shapes(exact), call.Equation.Differentiated is not null);
        var meaningful = shapes.Where(output => IsMeaningful(golden[output.Key], rho[output.Key], output.Value.FormatIn(format), mayVanish: !isGradient)).ToDictionary();
        return meaningful.Count > 0 ? new Expectation(meaningful, golden, rho) { IsWhole = isGradient || meaningful.Count == shapes.Count } : null;
    }

    private static bool SameDecisions<TLeft, TRight>(Evaluation<TLeft> left, Evaluation<TRight> right) =>
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

    private sealed record Evaluation<T>(IReadOnlyDictionary<string, T> Outputs, IReadOnlyList<double[]> Decisions, bool HasOverflowed);

    /// <summary>A call that is evaluated again and again, each time with other noise.</summary>
    private sealed record Call<T>(
        Equation Equation, AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs, IEngine<T> Inner,
        Func<int, double, PerturbedEngine<T>> Engine)
        where T : class, ITensor<T>
    {
        public Evaluation<T> Evaluate(int run, double amplitude)
        {
            var engine = Engine(run, amplitude);
            using var scope = Inner.Scope();
            var outputs = Outputs(engine, EquationCall.Create(Equation, engine, Inputs), hasNoise: amplitude > 0);
            return new(outputs.ToDictionary(output => output.Key, output => scope.Keep(output.Value.Inner)), engine.Decisions, engine.HasOverflowed);
        }

        private IReadOnlyDictionary<string, RoundedTensor<T>> Outputs(
            PerturbedEngine<T> engine, Dictionary<string, RoundedTensor<T>> tensors, bool hasNoise)
        {
            if (Equation.Differentiated is not { } differentiated || !hasNoise)
                return EquationCall.EvaluateTensors(Equation, engine, Attributes, tensors);
            using var tape = new PerturbedTape<RoundedTensor<T>>(engine, GradientSignature.IsTruncated(Attributes));
            return EquationCall.Differentiate(differentiated, tape, Attributes, tensors);
        }

        public Dictionary<string, GoldenOutput> Shapes<TOther>(Evaluation<TOther> evaluation)
            where TOther : class, ITensor<TOther> =>
            GradientSignature.Given(Equation, Inputs).ToDictionary(output => output.Name, output => GoldenOutput.Of(output, evaluation.Outputs[output.Name].Shape));
    }
}
