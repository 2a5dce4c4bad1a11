using Harness.Architectures.InfinityFormer;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Everything that an honest implementation may do differently.</summary>
internal static class HonestVariations
{
    private static readonly FloatFormat[] Wide = [FloatFormat.Float64, FloatFormat.Float32];

    private static readonly string[] SoftmaxUsers = ["lm2.attention.weights*", "lm2.memory.*", "inf.attention.density_moments*"];

    private static readonly string[] SigmoidUsers =
        ["lm2.gate.*", "lm2.memory.*", "inf.attention.density*", "inf.smooth.gate*", "inf.layer*", "inf.rollout*"];

    private static readonly string[] SolveUsers = ["inf.regression.operator", "inf.memory.update*", "inf.layer*", "inf.rollout*"];

    private static readonly string[] Operators = ["inf.regression.operator", "inf-ref.regression.operator"];

    private static readonly string[] Attentions =
        ["lm2.*.vjp", "lm2-ref.attention.vjp", "lm2-ref.block.vjp", "lm2-ref.step.vjp", "lm2-ref.rollout.vjp", "block.attention.causal.vjp", "base.attention.softmax.vjp", "base.txl.relative.vjp", "base.rmt.segment.vjp"];

    private static readonly string[] Grids = ["inf.positions.segment", "inf.memory.positions", "inf-ref.positions.first", "inf-ref.positions.recurrent"];

    private static readonly AngleForm[] AngleForms =
        [new InverseFrequency(), new PositionOverPower(), new NegativePower(), new ExponentialOfLogarithm(), new WideProduct()];

    // Of angles and positions.
    private static readonly string[] UsersOfConstants =
    [
        "block.rope*", "block.attention.causal*", "base.txl.*", "base.compressive.attention*", "lm2.decoder.*", "inf.transformer.*", "inf*.positions.*",
        "inf.memory.positions", "inf*.layer*", "inf*.rollout*",
    ];

    public static IReadOnlyDictionary<string, Variation> ByName { get; } = ((Variation[])
    [
        new Reference(),
        new Float64Inside(),
        new Mixed("autocast", request => new Autocast(request.Format)) { Formats = Mixed.Narrow },
        new Mixed("float32-inside", _ => new VariedEngine<float>(new Arithmetic())) { Formats = Mixed.Narrow },
        new OtherArithmetic("plain-loops-and-native-functions", new Arithmetic()),
        new OtherArithmetic("reversed-sums", new ReversedSums()),
        new OtherArithmetic("pairwise-sums", new PairwiseSums()),
        new OtherArithmetic("interleaved-sums", new InterleavedSums()),
        new OtherArithmetic("sums-of-eight", new BlockedSums()),
        new OtherArithmetic("fused-multiply-add", new FusedMultiplyAdd()),
        new OtherArithmetic("float64-sums", new WideSums()),
        new OtherArithmetic("softmax-by-log-sum-exp", new LogSumExpSoftmax(), SoftmaxUsers),
        new OtherArithmetic("softmax-by-saved-log-sum-exp", new SavedLogSumExp(), "lm2.attention.weights", "inf*.attention.density_moments"),
        new OtherArithmetic("softmax-in-one-pass", new OnlineSoftmax(), SoftmaxUsers),
        new OtherArithmetic("sigmoid-by-sign", new BranchedSigmoid(), SigmoidUsers),
        new OtherArithmetic("softplus-by-log-add-exp", new SoftplusByLogAddExp(), "inf.attention.density*", "inf.layer*"),
        new OtherArithmetic("tanh-by-exponential", new TanhByExponential(), "lm2.bank.update*", "lm2.memory.*"),
        new OtherArithmetic("multiplication-with-reciprocals", new ReciprocalMultiplication()),
        new OtherArithmetic("lu-in-float64", new LuSolve(), SolveUsers),
        new OtherArithmetic("cholesky-in-the-format", new NativeCholeskySolve(), SolveUsers) { Formats = Wide },
        new OtherArithmetic("lu-in-the-format", new NativeLuSolve(), SolveUsers) { Formats = Wide },
        new OperatorThenProduct("inf.memory.update"),
        new ExplicitInverse("lu-inverse-in-float64", LinearAlgebra.LuInverse),
        new ExplicitInverse("lu-inverse-in-the-format", LinearAlgebra.LuInverse, LinearAlgebra.LuInverse),
        new ExplicitInverse(
            "gauss-jordan-inverse-in-the-format", LinearAlgebra.GaussJordanInverse, LinearAlgebra.GaussJordanInverse),
        .. Operators.SelectMany(equation => new Variation[]
        {
            new OperatorByQr(equation), new OperatorByPseudoInverse(equation), new OperatorBySingularValues(equation),
        }),
        new DensityByItsLogarithm(),
        new ExpectationByItsLogarithm(),
        new CentredMoments(),
        new PositionsByTheReciprocal(),
        .. Grids.SelectMany(equation => new Variation[]
        {
            new PositionsFromTheFirst(equation), new PositionsFromTheLast(equation), new PositionsFromBothEnds(equation),
        }),
        new InterpolationInTheFormat(),
        .. AngleForms.SelectMany(form => new Variation[] { new OtherRotation(form), new OtherEncoding(form) }),
        new OtherArithmetic("constants-rounded-up", new RoundedUpConstants(), UsersOfConstants),
        new DivergenceByRatioLessOne(),
        new HistogramByComplement(),
        new AttentionInLoops(),
        new OtherBackward("delta-from-outputs", () => new DeltaFromOutputs()) { Equations = Attentions },
        new OtherBackward("weights-batch-by-batch", () => new BatchByBatch()) { Equations = ["*.vjp"], Formats = Wide },
        new OtherBackward("other-slopes", () => new OtherSlopes()) { Equations = ["*.vjp"] },
        new FusedLayerNorm(),
        new FusedRmsNorm(),
    ]).ToDictionary(variation => variation.Name);
}

/// <summary>G first, then Gᵀ X: as the paper writes it.</summary>
internal sealed class OperatorThenProduct(string equation) : OtherFormula(equation, "operator-then-product")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        T Psi(string t) => Basis.Evaluate(o[t], o["mu_j"], o["sigma_j"]);
        var g = Regression.Operator(Psi("t_joint"), o.Attributes.Number("ridge"));
        return [Regression.Coefficients(T.Concat(1, Regression.Signal(o["C"], Psi("t_past")), o["X_new"]), g)];
    }
}

/// <summary>Fᵀ times an explicit inverse; float32 inverts in float32 only where that is named too.</summary>
internal sealed class ExplicitInverse : Variation
{
    private readonly Func<double[,], double[,]> _inverse;
    private readonly Func<float[,], float[,]>? _single;

    public ExplicitInverse(string name, Func<double[,], double[,]> inverse, Func<float[,], float[,]>? single = null)
        : base($"inf.regression.operator/{name}")
    {
        (_inverse, _single) = (inverse, single);
        Equations = ["inf.regression.operator"];
    }

    public override IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        var c = new Call(request);
        var (psi, ridge) = (c["psi"], c.Number("ridge"));
        return c.Answer([request.Format == FloatFormat.Float32 && _single is not null
            ? LinearAlgebra.Operator(psi, ridge, _single)
            : LinearAlgebra.Operator(psi, ridge, _inverse)]);
    }
}

/// <summary>e^(−(t−µ)²/(2σ²) − ln(σ√2π)).</summary>
internal sealed class DensityByItsLogarithm() : OtherFormula("inf.basis.evaluate", "by-its-logarithm")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var (t, sigma) = (o["t"], o["sigma_j"]);
        var deviation = (T.Expand(t, t.Shape.Rank, sigma.Shape[0]) - o["mu_j"]) / sigma;
        return [T.Exp(-(deviation * deviation) * 0.5 - T.Log(sigma * DoubleDouble.Sqrt(2 * DoubleDouble.Pi)))];
    }
}

/// <summary>The same for the expectation.</summary>
internal sealed class ExpectationByItsLogarithm() : OtherFormula("inf.attention.basis_expectation", "by-its-logarithm")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var deviation = o.PerFunction("mu") - o["mu_j"];
        var variance = o.PerFunction("var") + o["sigma_j"] * o["sigma_j"];
        return [T.Exp(-(deviation * deviation / variance) * 0.5 - T.Log(variance * (2 * DoubleDouble.Pi)) * 0.5)];
    }
}

/// <summary>var = Σ p_j((mu_j − mu)² + sigma_j²), which does not cancel.</summary>
internal sealed class CentredMoments() : OtherFormula("inf.attention.density_moments", "centred")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var (p, n) = (T.Softmax(o["S"]), o["mu_j"].Shape[0]);
        var mu = T.Sum(p * o["mu_j"], 3);
        var deviation = T.Expand(mu, 3, n) - o["mu_j"];
        return [mu, T.Sum(p * (deviation * deviation + o["sigma_j"] * o["sigma_j"]), 3)];
    }
}

/// <summary>i·(1/L).</summary>
internal sealed class PositionsByTheReciprocal() : OtherFormula("inf.positions.segment", "by-the-reciprocal")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var length = o.Attributes.Integer("length");
        return [o.Engine.Create([.. Enumerable.Range(1, length).Select(i => (double)i)], [length])
            * (DoubleDouble)o.Engine.Create([DoubleDouble.FromRatio(1, length)], []).ToArray()[0]];
    }
}

/// <summary>½(r − 1 − ln(1 + (r − 1))) with r − 1 = (var − σ₀²)/σ₀².</summary>
internal sealed class DivergenceByRatioLessOne() : OtherFormula("inf.regulariser.kl", "by-ratio-less-one")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var (prior, v) = ((DoubleDouble)o.Attributes.Number("sigma_0") * o.Attributes.Number("sigma_0"), o["var"]);
        var terms = (v + -prior) / prior - T.Log(v / prior);
        if (o.Attributes.Has("mu_0") && o["mu"] + -(DoubleDouble)o.Attributes.Number("mu_0") is var deviation)
            terms += deviation / prior * deviation;
        return [terms / 2];
    }
}

/// <summary>Φ as ½erfc(−x/√2), in float64.</summary>
internal sealed class HistogramByComplement() : OtherFormula("inf.sticky.histogram", "by-the-complement")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var (mu, v, bins, shape) = (o["mu"].ToArray(), o["var"].ToArray(), o.Attributes.Integer("bins"), o["mu"].Shape);
        var mass = new double[shape[0] * bins];
        for (var i = 0; i < mu.Length; i++)
        {
            double Cdf(int edge) => TensorShorthand.NormalCdf((double)edge / bins, mu[i], Math.Sqrt(v[i]));
            for (var j = 0; j < bins; j++)
                mass[i / (shape[1] * shape[2]) * bins + j] += Cdf(j + 1) - Cdf(j);
        }

        double[] p = [.. mass.Chunk(bins).SelectMany(row => row.Select(value => value / row.Sum()))];
        return [o.Engine.Create(p, [shape[0], bins])];
    }
}

/// <summary>Scores, mask, softmax and heads in index loops, in float64.</summary>
internal sealed class AttentionInLoops() : OtherFormula("lm2.attention.weights", "in-loops")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var (q, k, heads, top) = (o["Q"], o["K"], o.Attributes.Integer("heads"), o.Attributes.Integer("top_k"));
        var (batch, tokens, rows, width) = (q.Shape[0], q.Shape[1], k.Shape[1], q.Shape[2]);
        var (queries, keys, weights) = (q.ToArray(), k.ToArray(), new List<double>());
        for (var i = 0; i < batch * heads * tokens; i++)
        {
            var (b, h, t) = (i / (heads * tokens), i / tokens % heads, i % tokens);
            var dh = width / heads;
            var exponentials = new double[rows];
            for (var j = 0; j < rows && !(o.Attributes.Flag("causal") && j > t); j++)
            {
                var score = 0.0;
                for (var c = h * dh; c < (h + 1) * dh; c++)
                    score += queries[(b * tokens + t) * width + c] * keys[(b * rows + j) * width + c];
                exponentials[j] = score / Math.Sqrt(dh);
            }

            var visible = o.Attributes.Flag("causal") ? t + 1 : rows;
            var largest = exponentials[..visible].Max();
            for (var j = 0; j < rows; j++)
                exponentials[j] = j < visible ? Math.Exp(exponentials[j] - largest) : 0;
            var sum = exponentials.Sum();
            var kept = Enumerable.Range(0, rows).OrderByDescending(j => exponentials[j]).Take(top == 0 ? rows : top).ToHashSet();
            weights.AddRange(exponentials.Select((value, j) => kept.Contains(j) ? value / sum : 0));
        }

        return [o.Engine.Create([.. weights], [batch, heads, tokens, rows])];
    }
}
