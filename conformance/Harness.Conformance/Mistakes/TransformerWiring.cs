using Harness.Architectures.Blocks;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>The ∞-former's block with every connection replaceable; as it is, it is right.</summary>
internal sealed record TransformerWiring
{
    public RelativeWiring ShortTerm { get; init; } = new();

    /// <summary>The long-term memory; both attentions share W_q.</summary>
    public LayerWiring LongTerm { get; init; } = new() { Weight = SharedQueries };

    /// <summary>The cache as the short-term attention sees it.</summary>
    public Func<Tensor?, Tensor?> Cache { get; init; } = cache => cache;

    /// <summary>A norm, from its input, weight, bias and eps.</summary>
    public Func<Tensor, Tensor, Tensor, double, Tensor> Norm { get; init; } = (x, w, b, eps) => LayerNorm.Normalise(x, w, b, eps);

    /// <summary>What both attentions read, from x and the first norm.</summary>
    public Func<Tensor, Func<Tensor, Tensor>, Tensor> AttentionFrom { get; init; } = (x, _) => x;

    /// <summary>Z, from Z_stm and Z_ltm.</summary>
    public Func<Tensor, Tensor, Tensor> Combined { get; init; } = (zStm, zLtm) => zStm + zLtm;

    /// <summary>a, from x, Z and the first norm.</summary>
    public Func<Tensor, Tensor, Func<Tensor, Tensor>, Tensor> First { get; init; } = (x, z, norm) => norm(x + z);

    /// <summary>What the feed-forward layer reads, from a and the second norm.</summary>
    public Func<Tensor, Func<Tensor, Tensor>, Tensor> FeedFrom { get; init; } = (a, _) => a;

    public Func<double, double> Activation { get; init; } = x => Math.Max(x, 0);

    /// <summary>y, from x, a, the feed-forward layer's output and the second norm.</summary>
    public Func<Tensor, Tensor, Tensor, Func<Tensor, Tensor>, Tensor> Second { get; init; } = (_, a, fed, norm) => norm(a + fed);

    public Tensor[] Run(Call c, Tensor x, Tensor? cache, Tensor xNew, Tensor memory, Tensor? u)
    {
        Tensor Norm1(Tensor sum) => Norm(sum, c["w_1"], c["b_1"], c.Number("eps"));
        Tensor Norm2(Tensor sum) => Norm(sum, c["w_2"], c["b_2"], c.Number("eps"));
        var read = AttentionFrom(x, Norm1);
        var zStm = ShortTerm.Attend(c, read, Cache(cache))[0];
        var longTerm = LongTerm.Run(c, read, xNew, memory, u);
        var a = First(x, Combined(zStm, longTerm[0]), Norm1);
        var fed = (FeedFrom(a, Norm2).Dot(c["W_up"]) + c["b_up"]).Map(Activation).Dot(c["W_down"]) + c["b_down"];
        return [Second(x, a, fed, Norm2), .. longTerm[1..]];
    }

    /// <summary>inf.transformer.block.</summary>
    public Tensor[] Block(Call c) => Run(c, c["x"], c.Find("cache"), c["X_new"], c["C_0"], c.Find("u"));

    public static string SharedQueries(string name) => name == "W_Q" ? "W_q" : name;
}

/// <summary>The ∞-former's stack with every connection replaceable; as it is, it is right.</summary>
internal sealed record TransformerStackWiring
{
    private static readonly string[] Stacked =
    [
        "W_q", "W_k", "W_v", "W_r", "bias_u", "bias_v", "W_o", "W_K", "W_V", "W_O", "w_mu", "w_sigma", "b_mu", "b_sigma",
        "W_conv", "b_conv", "w_1", "b_1", "W_up", "b_up", "W_down", "b_down", "w_2", "b_2",
    ];

    public TransformerWiring Block { get; init; } = new();

    /// <summary>Which block's weights run at a depth, from the depth and S.</summary>
    public Func<int, int, int> WeightsOf { get; init; } = (s, _) => s;

    public Func<int, int> CacheOf { get; init; } = s => s;

    public Func<int, int> UniformsOf { get; init; } = s => s;

    /// <summary>What a block stores, from X_new, the depth and the block's input.</summary>
    public Func<Tensor, int, Tensor, Tensor> Stored { get; init; } = (xNew, s, _) => xNew.Item(s);

    /// <summary>The memory of a depth, from C_0, the depth, and what the block before left.</summary>
    public Func<Tensor, int, Tensor?, Tensor> Memory { get; init; } = (c0, s, _) => c0.Item(s);

    /// <summary>hidden, from a block's input and output.</summary>
    public Func<Tensor, Tensor, Tensor> Hidden { get; init; } = (x, _) => x;

    public EmbeddingWiring Embedding { get; init; } = new();

    /// <summary>What the logits are made from.</summary>
    public Func<Call, Tensor, Tensor> LastNorm { get; init; } = (_, x) => x;

    /// <summary>inf.transformer.stack.</summary>
    public Tensor[] Run(Call c)
    {
        var x = Embedding.Rows(c);
        var (hidden, memories) = (new List<Tensor>(), new List<Tensor>());
        for (var s = 0; s < c["C_0"].Shape[0]; s++)
        {
            var weights = Stacked.Aggregate(c, (call, name) =>
                c.Find(name) is { } stacked ? call.With(name, stacked.Item(WeightsOf(s, c["C_0"].Shape[0]))) : call);
            var outputs = Block.Run(
                weights, x, c.Find("cache")?.Item(CacheOf(s)), Stored(c["X_new"], s, x), Memory(c["C_0"], s, memories.LastOrDefault()),
                c.Find("u")?.Item(UniformsOf(s)));
            hidden.Add(Hidden(x, outputs[0]));
            memories.Add(outputs[1]);
            x = outputs[0];
        }

        return [LastNorm(c, x).Dot(Embedding.LogitWeight(c)), Stack(hidden), Stack(memories)];
    }
}
