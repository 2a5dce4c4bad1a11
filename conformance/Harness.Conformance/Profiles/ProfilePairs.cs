using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Profiles;

/// <summary>Which equations of the two profiles correspond.</summary>
public static class ProfilePairs
{
    private const string Lm2Inputs =
        "E = E_attn = X; W_Q, W_K, W_V = W_q, W_k, W_v; W_in and W_forget are halves of W_i and W_m; W_out is the paper's alone; "
        + "the code's biases and its feed-forward weights are 0, the weights of its norms and w are 1";

    private const string UpdatedMemory = "the code adds the updated memory, and has no output gate; the paper adds g_out ⊙ M, the old one";

    private const string CodeGates =
        "the code writes what went through a post-norm block, and its gates see tanh(M) and the mean of all tokens; the paper's see E and E_mem";

    private const string LayerInputs = "b_mu = b_sigma = 0, which the code has not; T = L; no sticky samples, no masks, no sparsemax";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ProfilePair> All { get; } = [.. Forward, .. Forward.Select(pair => pair.Gradient()).OfType<ProfilePair>()];

    /// <summary>Those of one equation, of either profile.</summary>
    internal static IEnumerable<ProfilePair> Of(string equation) => EquationCatalogue.Find(equation)?.Differentiated is { } differentiated
        ? Of(differentiated.Id).Select(pair => pair.Gradient()).OfType<ProfilePair>()
        : Forward.Where(pair => pair.Paper.Id == equation || pair.Code.Id == equation);

    private static ProfilePair[] Forward => [.. Lm2, .. Attention, .. Memory, .. Layers];

    private static IEnumerable<ProfilePair> Lm2 =>
    [
        new("lm2.gate.input", "lm2-ref.gates", "E = X; W_in is the left half of W_i; the code's biases and W_m are 0, and w is 1",
            [new("g_in", "g_in", "the code's gate sees the mean of relu(X) over all tokens, later ones too; the paper's sees each token")],
            random => FromCode("lm2-ref.gates", random, (attributes, inputs) =>
            {
                Neutralise(inputs);
                inputs["W_m"] = Filled(inputs["W_m"], 0);
                return (attributes, new() { ["E"] = inputs["X"], ["W_in"] = Half(inputs["W_i"], 0) });
            })),
        new("lm2.memory.step", "lm2-ref.step", Lm2Inputs,
            [new("E_next", "E_next", UpdatedMemory), new("M_next", "M_next", CodeGates)],
            random => FromCode("lm2-ref.step", random, (attributes, inputs) => Lm2Step(attributes, inputs, "M", random))),
        new("lm2.memory.rollout", "lm2-ref.rollout", Lm2Inputs,
            [new("E_next", "E_next", UpdatedMemory), new("M_S", "M_S", CodeGates)],
            random => FromCode("lm2-ref.rollout", random, (attributes, inputs) => Lm2Step(attributes, inputs, "M_0", random))),
    ];

    private static IEnumerable<ProfilePair> Attention =>
    [
        new("inf.attention.density", "inf-ref.attention.density", "b_mu and b_sigma are the paper's alone; no floor",
            [
                new("mu", "mu", "the code's map of the scores has no bias"),
                new("var", "var", "the code's map of the scores has no bias"),
            ],
            random => FromCode("inf-ref.attention.density", random, (attributes, inputs) => (attributes.With("variance_floor", 0.0), new(inputs)
            {
                ["b_mu"] = Normal([], random),
                ["b_sigma"] = Normal([], random),
            })))
        { ToCode = (attributes, inputs) => (attributes.With("variance_floor", attributes.Has("variance_floor") ? attributes.Number("variance_floor") : 0.0), inputs) },
        new("inf.attention.density_moments", "inf-ref.attention.density_moments", "the same",
            [new("mu", "mu", "the same formula"), new("var", "var", "the same formula")],
            random => FromCode("inf-ref.attention.density_moments", random, (attributes, inputs) => (attributes, inputs))),
        new("inf.attention.basis_expectation", "inf-ref.attention.softmax", "the same",
            [new("r", "r", "the same number; the code goes by way of θ, which costs accuracy only")],
            random => FromCode("inf-ref.attention.softmax", random, (attributes, inputs) => (attributes, inputs))),
        new("inf.attention.basis_expectation", "inf-ref.attention.sparsemax", "the same",
            [new("r", "r", "a truncated parabola in place of the Gaussian density")],
            random => FromCode("inf-ref.attention.sparsemax", random, (attributes, inputs) => (attributes, inputs))),
        new("inf.attention.expectation_jacobian", "inf-ref.attention.softmax", "the same",
            [new("J", "J", "the same number; the code takes a difference that cancels, which costs accuracy only")],
            random => FromCode("inf-ref.attention.softmax", random, (attributes, inputs) => (attributes, inputs))),
        new("inf.attention.expectation_jacobian", "inf-ref.attention.sparsemax", "the same",
            [new("J", "J", "a covariance over the parabola's support, evenly weighted, in place of one under the Gaussian density")],
            random => FromCode("inf-ref.attention.sparsemax", random, (attributes, inputs) => (attributes, inputs))),
        new("inf.regulariser.kl", "inf-ref.regulariser.kl", "version is gpt2, and mu_0 > 0",
            [new("kl", "kl", "the code asks the wrong way round whether there is a mean: it leaves mu_0 > 0 out, and takes mu_0 ≤ 0")],
            random => FromCode("inf-ref.regulariser.kl", random, (attributes, inputs) =>
                (attributes.With("version", "gpt2").With("mu_0", 0.1 + 0.8 * random.NextDouble()), inputs)))
        { ToCode = (attributes, inputs) => attributes.Has("mu_0") ? (attributes.With("version", "gpt2"), inputs) : null },
    ];

    private static IEnumerable<ProfilePair> Memory =>
    [
        new("inf.positions.segment", "inf-ref.positions.first", "the same",
            [new("t", "t", "midpoints (i+½)/L in place of right ends i/L")],
            random => FromCode("inf-ref.positions.first", random, (attributes, inputs) => (attributes, inputs))),
        new("inf.memory.positions", "inf-ref.positions.recurrent", "the same",
            [
                new("t_past", "t_past", "the same positions"),
                new("t_joint", "t_joint", "the same positions; the code adds padding on both sides"),
            ],
            random => FromCode("inf-ref.positions.recurrent", random, (attributes, inputs) => (attributes, inputs))),
        new("inf.regression.operator", "inf-ref.regression.operator", "the paper's psi is the code's without two rows of padding",
            [new("G", "G", "the padding's positions are in the code's system, with the target 0")],
            random => FromCode("inf-ref.regression.operator", random, (attributes, inputs) =>
            {
                var kept = inputs["psi"].Shape[0] - 2;
                return (attributes.With("kept", kept), new() { ["psi"] = inputs["psi"].Slice(0, 1, kept) });
            })),
        new("inf.memory.update", "inf-ref.memory.update", "t_joint is the middle of t_padded",
            [new("C_next", "C_next", "the padding's positions are in the code's system, with the target 0")],
            random => FromCode("inf-ref.memory.update", random, (attributes, inputs) =>
            {
                var placed = inputs["t_past"].Shape[^1] + inputs["X_new"].Shape[1];
                inputs["t_padded"] = Positions(placed + 4, random);
                return (attributes, new(inputs) { ["t_joint"] = inputs["t_padded"].Slice(0, 2, placed) });
            }))
        { ToCode = (attributes, inputs) => Padded(inputs) is { } padded ? (attributes, new(inputs) { ["t_padded"] = padded }) : null },
        new("inf.sticky.histogram", "inf-ref.sticky.histogram", "the same",
            [new("p", "p", "the outer edges are at −1e-6 and 1 + 1e-6")],
            random => FromCode("inf-ref.sticky.histogram", random, (attributes, inputs) => (attributes, inputs))),
        new("inf.sticky.positions", "inf-ref.sticky.positions", "b are the bins that u falls into",
            [new("t_past", "t_past", "left edges of the bins: the code's offset in a bin is always 0")],
            random =>
            {
                var (attributes, drawn) = InputSampler.Draw(EquationCatalogue.Find("inf.sticky.positions")!, FloatFormat.Float64, random);
                return new(attributes, new(drawn), attributes.With("bins", drawn["p"].Shape[1]), new() { ["b"] = Bins(drawn["p"], drawn["u"]) });
            })
        { ToCode = (attributes, inputs) => (attributes.With("bins", inputs["p"].Shape[1]), new() { ["b"] = Bins(inputs["p"], inputs["u"]) }) },
    ];

    private static IEnumerable<ProfilePair> Layers =>
    [
        new("inf.layer", "inf-ref.layer", LayerInputs,
            [
                new("Z_ltm", "Z_ltm", "the code stores the segment first and reads the new memory; the paper reads the one that came in"),
                new("C_next", "C_next", "the padding's positions are in the code's system, with the target 0"),
                new("mu", "mu", "scores against the new memory"),
                new("var", "var", "scores against the new memory"),
            ],
            random => FromCode("inf-ref.layer", random, (attributes, inputs) =>
            {
                attributes = Plain(attributes, inputs, random);
                inputs["X_query"] = Normal(inputs["X_new"].Shape, random);
                inputs["C"] = Normal([inputs["X_new"].Shape[0], attributes.Integer("count"), inputs["X_new"].Shape[2]], random);
                return (attributes, WithoutBias(inputs));
            }))
        { ToCode = AsOneLayer, ToPaper = AsAffine },
        new("inf.rollout", "inf-ref.rollout", $"X = X_query = X_new, five segments, no C_0; the code resets after two; {LayerInputs}",
            [
                new("Z_ltm", "Z_ltm", "the code stores before it reads, the first segment too, and empties the memory after `reset` tokens"),
                new("C_S", "C_S", "padding, midpoints in the first segment, and what was stored before the last reset is lost"),
            ],
            random => FromCode("inf-ref.rollout", random, (attributes, inputs) =>
            {
                attributes = Plain(attributes, inputs, random).With("reset", 2 * inputs["X_new"].Shape[2]);
                inputs.Remove("C_0");
                inputs["X_query"] = inputs["X_new"] = Normal(inputs["X_new"].Shape.With(0, 5), random);
                var paper = WithoutBias(inputs);
                paper["X"] = inputs["X_new"];
                return (attributes, paper);
            }))
        {
            ToCode = (attributes, inputs) => AsOneLayer(attributes, new(inputs) { ["X_query"] = inputs["X"], ["X_new"] = inputs["X"] }),
            ToPaper = (attributes, inputs) =>
                inputs["X_query"].Shape == inputs["X_new"].Shape && inputs["X_query"].Values.SequenceEqual(inputs["X_new"].Values)
                    ? AsAffine(attributes, new(inputs) { ["X"] = inputs["X_new"] }) : null,
        },
    ];

    // Sticky samples are drawn from densities that both have, by numbers that only one is given.
    private static (AttributeValues, Dictionary<string, TensorData>)? AsOneLayer(AttributeValues attributes, Dictionary<string, TensorData> inputs) =>
        attributes.Flag("sticky") ? null
        : (attributes.With("affine", true).With("variance_floor", attributes.Has("variance_floor") ? attributes.Number("variance_floor") : 0.0).Without("bins"), inputs);

    private static (AttributeValues, Dictionary<string, TensorData>)? AsAffine(AttributeValues attributes, Dictionary<string, TensorData> inputs) =>
        attributes.Flag("sticky") || (attributes.Has("affine") && !attributes.Flag("affine")) ? null : (attributes.Without("bins"), WithoutBias(inputs));

    // t_joint between the code's padding, which depends on how many positions there are alone.
    private static TensorData? Padded(Dictionary<string, TensorData> inputs)
    {
        var (length, samples) = (inputs["X_new"].Shape[1], inputs["t_past"].Shape[^1]);
        if (length % 2 != 0)
            return null;
        var attributes = AttributeValues.None.With("samples", samples).With("length", length).With("tau", 0.5);
        var grid = EquationCall.Evaluate(EquationCatalogue.Find("inf-ref.positions.recurrent")!, DenseEngine<DoubleDouble>.Instance, attributes, new Dictionary<string, TensorData>())["t_padded"].Values;
        double[] padded = [.. grid.Where(t => t < 0), .. inputs["t_joint"].Values, .. grid.Where(t => t > 1)];
        return new TensorData([padded.Length], padded);
    }

    // Draws the code's input; the paper's equation takes of attributes and tensors what it knows.
    private static ProfileCall FromCode(
        string code, Random random,
        Func<AttributeValues, Dictionary<string, TensorData>, (AttributeValues Attributes, Dictionary<string, TensorData> Paper)> map)
    {
        AttributeValues drawn;
        Dictionary<string, TensorData> own;
        do
        {
            (drawn, var inputs) = InputSampler.Draw(EquationCatalogue.Find(code)!, FloatFormat.Float64, random);
            own = new Dictionary<string, TensorData>(inputs);
        }
        while (own.TryGetValue("X", out var tokens) && tokens.Shape[^1] == 1);

        // Not of one token of width 1: the mean over tokens would be that token.
        var (attributes, paper) = map(drawn, own);
        return new ProfileCall(attributes, paper, attributes, own);
    }

    private static (AttributeValues, Dictionary<string, TensorData>) Lm2Step(
        AttributeValues attributes, Dictionary<string, TensorData> inputs, string memory, Random random)
    {
        Neutralise(inputs);
        inputs.Remove("mask");
        inputs.Remove("dropout");
        var (batch, width) = (inputs["X"].Shape[^3], inputs["X"].Shape[^1]);
        inputs[memory] = Normal([batch, width, width], random);
        return (attributes.With("causal", true).With("source", "bank"), new()
        {
            ["E"] = inputs["X"],
            ["E_attn"] = inputs["X"],
            [memory] = inputs[memory],
            ["W_Q"] = inputs["W_q"],
            ["W_K"] = inputs["W_k"],
            ["W_V"] = inputs["W_v"],
            ["W_out"] = Normal([width, width], random),
            ["W_in"] = Half(inputs["W_i"], 0),
            ["W_forget"] = Half(inputs["W_m"], 1),
        });
    }

    // What the code has and the paper has not.
    private static void Neutralise(Dictionary<string, TensorData> inputs)
    {
        foreach (var name in inputs.Keys.ToArray())
        {
            if (name is "w" or "w_1" or "w_2")
                inputs[name] = Filled(inputs[name], 1);
            else if (name is "W_mlp" || name.StartsWith("b_", StringComparison.Ordinal))
                inputs[name] = Filled(inputs[name], 0);
        }
    }

    // The layer's settings that both profiles have: affine densities, no sticky samples; and no floor, at which all variances are one.
    private static AttributeValues Plain(AttributeValues attributes, Dictionary<string, TensorData> inputs, Random random)
    {
        foreach (var name in new[] { "b", "W_conv", "b_conv", "W_mask", "b_mask", "new_doc" })
            inputs.Remove(name);
        inputs["W_O"] = Normal(inputs["W_Q"].Shape, random);
        foreach (var name in new[] { "w_mu", "w_sigma" })
            inputs[name] = Normal([attributes.Integer("count")], random);
        return attributes.With("affine", true).With("sticky", false).With("variance_floor", 0.0).Without("bins")
            .With("smooth", false).With("linear_mask", false).With("density", "softmax");
    }

    private static Dictionary<string, TensorData> WithoutBias(Dictionary<string, TensorData> inputs) => new(inputs)
    {
        ["b_mu"] = new([], [0]),
        ["b_sigma"] = new([], [0]),
    };

    private static TensorData Bins(TensorData p, TensorData u)
    {
        var (bins, samples) = (p.Shape[1], u.Shape[1]);
        return new TensorData(u.Shape, [.. u.Values.Select((value, i) =>
        {
            var row = p.Values.AsSpan(i / samples * bins, bins).ToArray();
            var below = value * row.Sum();
            var bin = 0;
            while (bin < bins - 1 && below >= row[bin])
                below -= row[bin++];
            return (double)bin;
        })]);
    }

    private static TensorData Positions(int count, Random random)
    {
        double[] positions = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble()).Order()];
        return new TensorData([count], positions);
    }

    private static TensorData Half(TensorData x, int which) => x.Slice(x.Shape.Rank - 1, which * x.Shape[^1] / 2, x.Shape[^1] / 2);

    private static TensorData Filled(TensorData like, double value) =>
        new(like.Shape, [.. Enumerable.Repeat(value, like.Values.Length)]);

    private static TensorData Normal(Shape shape, Random random) =>
        new(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextNormal())]);
}
