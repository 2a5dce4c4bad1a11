using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tolerances;

/// <summary>
/// Evaluates an equation as a machine of a format's unit roundoff u might: every operation's result is multiplied by 1 + 2uξ with ξ
/// uniform in (−1, 1), and reductions run in a random order with that noise on every product and partial sum.
/// </summary>
/// <remarks>
/// The same model as the oracle's, in process, for freshly drawn inputs. 16-bit formats accumulate at 24 bits and round a reduction's
/// result once. A result below the smallest normal number also gets an absolute perturbation of that size: gradual underflow and
/// flushing to zero are both honest.
/// </remarks>
/// <param name="inner">The precise engine underneath.</param>
/// <param name="format">The format whose rounding is modelled.</param>
/// <param name="seed">Where the noise starts.</param>
/// <param name="amplitude">1 for the model; 0 only records decisions; more tests whether decisions are safe.</param>
/// <typeparam name="TInner">The precise tensor.</typeparam>
internal sealed class PerturbedEngine<TInner>(IEngine<TInner> inner, FloatFormat format, int seed, double amplitude = 1)
    : IEngine<PerturbedTensor<TInner>>
    where TInner : class, ITensor<TInner>
{
    private readonly Random _random = new(seed);
    private readonly double _step = 2 * amplitude * format.UnitRoundoff;
    private readonly double _accumulationStep = 2 * amplitude * Math.Min(format.UnitRoundoff, FloatFormat.Float32.UnitRoundoff);

    /// <summary>What was chosen where arithmetic ends and selection begins: which entries were kept, which bin was hit.</summary>
    public List<double[]> Decisions { get; } = [];

    // Inputs are exact by definition.
    public PerturbedTensor<TInner> Create(ReadOnlySpan<double> values, Shape shape) => new(inner.Create(values, shape), this);

    public PerturbedTensor<TInner> Create(ReadOnlySpan<DoubleDouble> values, Shape shape)
    {
        var rounded = new DoubleDouble[values.Length];
        for (var i = 0; i < rounded.Length; i++)
            rounded[i] = Round(values[i]);
        return new PerturbedTensor<TInner>(inner.Create(rounded, shape), this);
    }

    /// <summary>A constant: exact if the format holds it, rounded once otherwise.</summary>
    public DoubleDouble Round(DoubleDouble value) =>
        value == format.Round((double)value) || !DoubleDouble.IsFinite(value) ? value : value * (1 + (DoubleDouble)Noise(_step));

    /// <summary>The rounding of one operation.</summary>
    public TInner Round(TInner result) => Perturb(result, _step, format.SmallestNormal);

    /// <summary>The rounding of one step of a reduction.</summary>
    public TInner RoundPartial(TInner partial) =>
        Perturb(partial, _accumulationStep, Math.Min(format.SmallestNormal, FloatFormat.Float32.SmallestNormal));

    /// <summary>The rounding of a reduction's result: once more in a format that is narrower than its accumulator.</summary>
    public TInner RoundTotal(TInner total) => _accumulationStep < _step ? Round(total) : total;

    public int[] RandomOrder(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        _random.Shuffle(order);
        return order;
    }

    private TInner Perturb(TInner result, double step, double smallestNormal)
    {
        if (step == 0)
            return result;
        var values = result.ToArray();
        var factors = new DoubleDouble[values.Length];
        double[]? underflow = null;
        for (var i = 0; i < values.Length; i++)
        {
            factors[i] = 1 + (DoubleDouble)Noise(step);
            if (values[i] != 0 && Math.Abs(values[i]) < smallestNormal)
                (underflow ??= new double[values.Length])[i] = Noise(smallestNormal);
        }

        var perturbed = result * inner.Create(factors, result.Shape);
        return underflow is null ? perturbed : perturbed + inner.Create(underflow, result.Shape);
    }

    private double Noise(double size) => size * (2 * _random.NextDouble() - 1);
}
