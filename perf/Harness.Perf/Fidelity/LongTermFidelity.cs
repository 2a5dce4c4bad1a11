using Harness.Architectures.InfinityFormer;
using Harness.Perf.Configurations;
using Harness.Perf.Systems;
using Harness.Tensors.Dense;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Perf.Fidelity;

/// <summary>The ∞-former's long-term memory, and where in it the tokens of one segment have gone.</summary>
internal sealed class LongTermFidelity
{
    // Until a memory holds about what it will always hold: of what was there at first 2⁻⁴ of the unit interval is left.
    private const int UpdatesBefore = 4;

    private readonly Configuration _configuration;
    private readonly Weights<Tensor> _weights;
    private readonly Text _text;
    private readonly bool _isSticky;
    private readonly Tensor _muJ;
    private readonly Tensor _sigmaJ;
    private readonly Tensor _psiEvenly;
    private readonly Tensor _operator;
    private readonly (Tensor Q, Tensor K, Tensor Mu, Tensor Sigma, Tensor Zero) _attention;
    private Tensor _coefficients;

    private LongTermFidelity(Configuration configuration, int seed, bool isSticky)
    {
        var (engine, memory, length) = (DenseEngine<double>.Instance, configuration.InfinityFormer, configuration.Segment);
        (_configuration, _isSticky, _text, _weights) = (configuration, isSticky, new Text(configuration, seed), new Weights<Tensor>(engine, seed));
        (_muJ, _sigmaJ) = Basis.Grid(engine, memory.Functions, [.. memory.Widths]);
        var (tPast, tJoint) = Positions.Memory(engine, memory.Samples, length, memory.Tau);
        _psiEvenly = Basis.Evaluate(tPast, _muJ, _sigmaJ);
        _operator = Regression.Operator(Basis.Evaluate(tJoint, _muJ, _sigmaJ), memory.Ridge);
        _attention = (
            _weights.Matrix(configuration.Width, configuration.Width), _weights.Matrix(configuration.Width, configuration.Width),
            _weights.Row(memory.Functions), _weights.Row(memory.Functions), _weights.Constant([], 0));
        var first = Regression.Operator(Basis.Evaluate(Positions.Segment(engine, length), _muJ, _sigmaJ), memory.Ridge);
        _coefficients = Regression.Coefficients(_text.Next(), first);
    }

    /// <summary>The correlation after 0 … <paramref name="updates"/> further updates.</summary>
    public static IReadOnlyList<double> Curve(Configuration configuration, int updates, bool isSticky, int seed)
    {
        var memory = new LongTermFidelity(configuration, seed, isSticky);
        for (var i = 0; i < UpdatesBefore; i++)
            memory.Update(memory._text.Next());
        var stored = memory._text.Next();
        memory.Update(stored);
        var (length, tau) = (configuration.Segment, configuration.InfinityFormer.Tau);

        // Of every batch element, since each samples its own past.
        var positions = Enumerable.Range(0, configuration.Batch)
            .Select(_ => Enumerable.Range(1, length).Select(i => tau + (1 - tau) * i / length).ToArray()).ToArray();
        var values = new List<double> { memory.Correlation(stored, positions) };
        for (var k = 1; k <= updates; k++)
        {
            var samples = memory.Update(memory._text.Next());
            for (var b = 0; b < positions.Length; b++)
                positions[b] = Array.ConvertAll(positions[b], t => tau * (samples is null ? t : ShareBelow(samples.Skip(b * memory.Samples).Take(memory.Samples).ToArray(), t)));
            values.Add(memory.Correlation(stored, positions));
        }

        return values;
    }

    private int Samples => _configuration.InfinityFormer.Samples;

    // Returns where a sticky memory sampled its past, B times M ascending positions; null where it sampled evenly.
    private double[]? Update(Tensor x)
    {
        var (past, positions) = (_psiEvenly, (Tensor?)null);
        if (_isSticky)
        {
            var (q, k, _) = Attention.Project(x, _coefficients, _attention.Q, _attention.K, _attention.K);
            var (mu, var) = Attention.Density(
                Attention.Scores(q, k, _configuration.Heads), _attention.Mu, _attention.Sigma, _attention.Zero, _attention.Zero,
                _configuration.InfinityFormer.VarianceFloor);
            positions = Sticky.Positions(Sticky.Histogram(mu, var, _configuration.InfinityFormer.Bins), _weights.Uniforms([_configuration.Batch, Samples]));
            past = Basis.Evaluate(positions, _muJ, _sigmaJ);
        }

        _coefficients = Regression.Coefficients(Tensor.Concat(1, Regression.Signal(_coefficients, past), x), _operator);
        return positions?.ToArray();
    }

    private double Correlation(Tensor stored, double[][] positions)
    {
        var psi = Basis.Evaluate(_weights.Engine.Create(positions.SelectMany(each => each).ToArray(), [positions.Length, positions[0].Length]), _muJ, _sigmaJ);
        return Likeness.Correlation(stored.ToArray(), Regression.Signal(_coefficients, psi).ToArray());
    }

    /// <summary>F(t) of ascending samples: their share at or below t, linear in between, so that tokens between two samples stay apart.</summary>
    private static double ShareBelow(double[] samples, double t)
    {
        var above = Array.FindIndex(samples, sample => sample > t);
        if (above < 0)
            return 1;
        if (above == 0)
            return t / samples[0] / samples.Length;
        return (above + (t - samples[above - 1]) / (samples[above] - samples[above - 1])) / samples.Length;
    }
}
