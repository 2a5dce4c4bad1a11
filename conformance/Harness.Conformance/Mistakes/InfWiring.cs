using Harness.Architectures.InfinityFormer;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Sampling = Harness.Architectures.InfinityFormer.Sticky;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>One segment while it is computed.</summary>
internal sealed class LayerState
{
    public required Tensor XQuery { get; init; }

    public required Tensor XNew { get; init; }

    /// <summary>The incoming memory.</summary>
    public required Tensor C { get; init; }

    public Tensor Mu { get; set; } = null!;

    public Tensor Var { get; set; } = null!;

    /// <summary>The new segment as it is stored: smoothed if that was asked for.</summary>
    public Tensor Stored { get; set; } = null!;

    public Tensor TPast { get; set; } = null!;

    public Tensor TJoint { get; set; } = null!;
}

/// <summary>The layer with every connection replaceable; as it is, it is right.</summary>
internal sealed record LayerWiring
{
    public Func<LayerState, Tensor> QueriesFrom { get; init; } = s => s.XQuery;

    public Func<LayerState, Tensor> StoredFrom { get; init; } = s => s.XNew;

    public Func<Tensor, Tensor> SmoothedPast { get; init; } = past => past;

    public Func<Call, bool> Sticky { get; init; } = c => c.Flag("sticky");

    /// <summary>Where sticky samples are placed, from the layer so far.</summary>
    public Func<LayerState, Call, Tensor> Placed { get; init; } = (s, _) => s.TJoint;

    public Func<LayerState, (Tensor Mu, Tensor Var)> Attended { get; init; } = s => (s.Mu, s.Var);

    public Func<Tensor, Tensor> U { get; init; } = u => u;

    public Func<string, string> Weight { get; init; } = name => name;

    /// <summary>The positions m/M, and those of the samples and the new segment together.</summary>
    public Func<Tensor, Tensor> PositionsUsed { get; init; } = t => t;

    public bool UpdatesFirst { get; init; }

    /// <summary>The layer's outputs; <paramref name="u"/> are this segment's uniforms.</summary>
    public Tensor[] Run(Call c, Tensor xQuery, Tensor xNew, Tensor memory, Tensor? u)
    {
        Tensor W(string name) => c[Weight(name)];
        var (muJ, sigmaJ) = Basis.Grid(memory.Engine, c.Integer("count"), c.Numbers("widths"));
        var s = new LayerState { XQuery = xQuery, XNew = xNew, C = memory };
        s.Stored = c.Flag("smooth") ? Smoothing.Gate(StoredFrom(s), c["W_conv"], c["b_conv"]) : StoredFrom(s);
        var (past, joint) = Positions.Memory(memory.Engine, c.Integer("samples"), xNew.Shape[1], c.Number("tau"));
        (s.TPast, s.TJoint) = (PositionsUsed(past), PositionsUsed(joint));

        Tensor Update()
        {
            if (Sticky(c) && u is not null && s.Mu is not null)
            {
                var (mu, var) = Attended(s);
                s.TPast = Sampling.Positions(Sampling.Histogram(mu, var, c.Integer("bins")), U(u));
                s.TJoint = Placed(s, c);
            }

            var sampled = SmoothedPast(Regression.Signal(memory, Basis.Evaluate(s.TPast, muJ, sigmaJ)));
            var x = Tensor.Concat(1, sampled, s.Stored);
            return LinearAlgebra.Fit(x, Basis.Evaluate(s.TJoint, muJ, sigmaJ), c.Number("ridge"));
        }

        var read = UpdatesFirst ? Update() : memory;
        var (q, k, v) = Attention.Project(QueriesFrom(s), read, W("W_Q"), W("W_K"), W("W_V"));
        (s.Mu, s.Var) = Attention.Density(
            Attention.Scores(q, k, c.Heads), W("w_mu"), W("w_sigma"), W("b_mu"), W("b_sigma"), c.Number("variance_floor"));
        var zLtm = Attention.Context(Attention.BasisExpectation(s.Mu, s.Var, muJ, sigmaJ), v, W("W_O"));
        return [zLtm, Update(), s.Mu, s.Var];
    }

    /// <summary>inf.layer.</summary>
    public Tensor[] Layer(Call c) => Run(c, c["X_query"], c["X_new"], c["C"], c.Find("u"));
}

/// <summary>The rollout with every connection replaceable; as it is, it is right.</summary>
internal sealed record InfRolloutWiring
{
    public LayerWiring Layer { get; init; } = new();

    /// <summary>The memory a segment reads, from its number, the first memory, and the carried one.</summary>
    public Func<int, Tensor, Tensor, Tensor> Memory { get; init; } = (_, _, carried) => carried;

    /// <summary>Whose uniforms a segment uses.</summary>
    public Func<int, int> UniformsOf { get; init; } = s => s;

    /// <summary>Where the tokens of a first segment lie.</summary>
    public Func<int, Tensor> FirstPositions { get; init; } = length => Row(length, i => (i + 1.0) / length);

    /// <summary>What the first segment is fitted to, from the segment and its smoothed form.</summary>
    public Func<Tensor, Tensor, Tensor> FirstStored { get; init; } = (_, smoothed) => smoothed;

    /// <summary>The first segment's Z, from the segment; null reads the memory it has just made.</summary>
    public Func<Tensor, Tensor?> FirstRead { get; init; } = x => x * 0;

    /// <summary>Which segment is stored when one is read, from its number.</summary>
    public Func<int, int> StoredOf { get; init; } = s => s;

    public Tensor[] Run(Call c)
    {
        var x = c["X"];
        var (memory, first) = (c.Find("C_0"), c.Find("C_0"));
        var outputs = new List<Tensor>();
        for (var s = 0; s < x.Shape[0]; s++)
        {
            var (segment, u) = (x.Item(s), c.Find("u")?.Item(UniformsOf(s)));
            if (memory is null)
            {
                var (muJ, sigmaJ) = Basis.Grid(x.Engine, c.Integer("count"), c.Numbers("widths"));
                var stored = FirstStored(segment, c.Flag("smooth") ? Smoothing.Gate(segment, c["W_conv"], c["b_conv"]) : segment);
                var psi = Basis.Evaluate(FirstPositions(segment.Shape[1]), muJ, sigmaJ);
                first = memory = LinearAlgebra.Fit(stored, psi, c.Number("ridge"));
                outputs.Add(FirstRead(segment) ?? Layer.Run(c, segment, segment, memory, u)[0]);
            }
            else
            {
                var layer = Layer.Run(c, segment, x.Item(Math.Max(StoredOf(s), 0)), Memory(s, first!, memory), u);
                outputs.Add(layer[0]);
                memory = layer[1];
            }
        }

        return [Stack(outputs), memory!];
    }
}
