using Harness.Architectures.Blocks;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>One decoder block while it is computed.</summary>
internal sealed class DecoderState
{
    public required Tensor X { get; init; }

    /// <summary>x normed.</summary>
    public required Tensor E { get; init; }

    public Tensor EAttn { get; set; } = null!;

    public Tensor ENext { get; set; } = null!;

    public Tensor X1 { get; set; } = null!;
}

/// <summary>LM2's decoder block with every connection replaceable; as it is, it is right.</summary>
internal sealed record DecoderWiring
{
    public StepWiring Step { get; init; } = new();

    public CausalWiring Attention { get; init; } = new();

    public bool Rope { get; init; } = true;

    /// <summary>A norm, from its input, weight and eps.</summary>
    public Func<Tensor, Tensor, double, Tensor> Norm { get; init; } = (x, w, eps) => RmsNorm.Normalise(x, w, eps);

    public Func<DecoderState, Tensor> AttentionFrom { get; init; } = s => s.E;

    /// <summary>What queries and writes the memory.</summary>
    public Func<DecoderState, Tensor> MemoryFrom { get; init; } = s => s.E;

    /// <summary>What the memory's skip connection adds.</summary>
    public Func<DecoderState, Tensor> Skipped { get; init; } = s => s.EAttn;

    /// <summary>x_1.</summary>
    public Func<DecoderState, Tensor> First { get; init; } = s => s.X + s.ENext;

    /// <summary>What passes the second norm.</summary>
    public Func<DecoderState, Tensor> FeedFrom { get; init; } = s => s.X1;

    /// <summary>What the feed-forward layer reads, from what passes the second norm and what comes out of it.</summary>
    public Func<Tensor, Tensor, Tensor> Fed { get; init; } = (_, normed) => normed;

    /// <summary>What is added to the feed-forward layer's output.</summary>
    public Func<DecoderState, Tensor> SecondResidual { get; init; } = s => s.X1;

    public (Tensor Y, Tensor MNext) Run(Call c, Tensor x, Tensor m)
    {
        var eps = c.Number("eps");
        var s = new DecoderState { X = x, E = Norm(x, c["w_1"], eps) };
        s.EAttn = Attention.Attend(c, AttentionFrom(s), Rope ? c.Number("base") : null);
        var step = Step.Run(c.With("heads", c.Integer("memory_heads")), MemoryFrom(s), Skipped(s), m, name => c[name]);
        s.ENext = step.ENext;
        s.X1 = First(s);
        var read = Fed(FeedFrom(s), Norm(FeedFrom(s), c["w_2"], eps));
        return (SecondResidual(s) + SwiGlu.Feed(read, c["W_gate"], c["W_up"], c["W_down"]), Tensor.Reshape(step.MNext, m.Shape));
    }

    /// <summary>lm2.decoder.block.</summary>
    public Tensor[] Block(Call c) => Run(c, c["x"], c["M"]) is var (y, next) ? [y, next] : [];
}

/// <summary>LM2's stack with every connection replaceable; as it is, it is right.</summary>
internal sealed record DecoderStackWiring
{
    private static readonly string[] Stacked =
    [
        "w_1", "w_2", "W_q", "W_k", "W_v", "W_o", "W_Q", "W_K", "W_V", "W_out", "W_in", "W_forget", "W_gate", "W_up", "W_down",
    ];

    public DecoderWiring Block { get; init; } = new();

    /// <summary>Which block's weights run at a depth, from the depth and S.</summary>
    public Func<int, int, int> WeightsOf { get; init; } = (s, _) => s;

    /// <summary>The bank of a depth when there is one, from M_0 and the carried one.</summary>
    public Func<Tensor, Tensor, Tensor> Threaded { get; init; } = (_, carried) => carried;

    /// <summary>The bank of a depth when there are many, from M_0, the depth, and what the block before left.</summary>
    public Func<Tensor, int, Tensor?, Tensor> Own { get; init; } = (m0, s, _) => m0.Item(s);

    /// <summary>The banks that are returned when there are many.</summary>
    public Func<Tensor[], Tensor[]> Returned { get; init; } = banks => banks;

    /// <summary>The bank that is returned when there is one, from those that the blocks left.</summary>
    public Func<Tensor[], Tensor> Carried { get; init; } = banks => banks[^1];

    public EmbeddingWiring Embedding { get; init; } = new();

    /// <summary>The norm before the logits, from x and the call.</summary>
    public Func<Call, Tensor, Tensor> LastNorm { get; init; } = (c, x) => RmsNorm.Normalise(x, c["w_final"], c.Number("eps"));

    /// <summary>lm2.decoder.stack.</summary>
    public Tensor[] Run(Call c)
    {
        var (x, m0, perBlock) = (Embedding.Rows(c), c["M_0"], c.Word("bank") == "per_block");
        var banks = new Tensor[c["w_1"].Shape[0]];
        for (var s = 0; s < banks.Length; s++)
        {
            var before = s == 0 ? null : banks[s - 1];
            var weights = Stacked.Aggregate(c, (call, name) => call.With(name, c[name].Item(WeightsOf(s, banks.Length))));
            (x, banks[s]) = Block.Run(weights, x, perBlock ? Own(m0, s, before) : Threaded(m0, before ?? m0));
        }

        return [LastNorm(c, x).Dot(Embedding.LogitWeight(c)), perBlock ? Stack(Returned(banks)) : Carried(banks)];
    }
}

/// <summary>Both ends of a stack; as they are, they are right.</summary>
internal sealed record EmbeddingWiring
{
    /// <summary>The row of an id, from the id and V.</summary>
    public Func<int, int, int> RowOf { get; init; } = (id, _) => id;

    /// <summary>What the rows are multiplied by, from d.</summary>
    public Func<int, double> Scale { get; init; } = _ => 1;

    public Func<Call, Tensor> LogitWeight { get; init; } = c => c["W_logits"];

    public Tensor Rows(Call c)
    {
        var (ids, table, shape) = (c["ids"].Entries(), c["W_emb"].Entries(), c["W_emb"].Shape);
        return Make([.. c["ids"].Shape, shape[1]], at => Scale(shape[1]) * table[RowOf((int)ids[at[0], at[1]], shape[0]), at[2]]);
    }
}
