using Harness.Architectures.Blocks;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>A segment of the recurrent memory transformer, with every connection replaceable; as it is, it is right.</summary>
internal sealed record SegmentWiring
{
    /// <summary>s from x and m.</summary>
    public Func<Tensor, Tensor, Tensor> Joined { get; init; } = (x, m) => Tensor.Concat(1, m, x, m);

    /// <summary>The base of a rotation of queries and keys; null for none.</summary>
    public double? RopeBase { get; init; }

    public CausalWiring Attention { get; init; } = new();

    /// <summary>Which position sees which, from K and T; null leaves it to <see cref="Attention"/>.</summary>
    public Func<int, int, Func<int, int, int, bool>>? VisibleFrom { get; init; }

    /// <summary>What attention reads, from s and its norm.</summary>
    public Func<Tensor, Tensor, Tensor> AttentionFrom { get; init; } = (_, normed) => normed;

    /// <summary>What the feed-forward layer reads, from s_1 and its norm.</summary>
    public Func<Tensor, Tensor, Tensor> FeedFrom { get; init; } = (_, normed) => normed;

    /// <summary>What happens to both sums, from the sum, the norm's weight and eps.</summary>
    public Func<Tensor, Tensor, double, Tensor> Summed { get; init; } = (sum, _, _) => sum;

    /// <summary>What is added to attention's output, from s and its norm.</summary>
    public Func<Tensor, Tensor, Tensor> FirstResidual { get; init; } = (s, _) => s;

    /// <summary>What is added to the feed-forward layer's output, from s and s_1.</summary>
    public Func<Tensor, Tensor, Tensor> SecondResidual { get; init; } = (_, s1) => s1;

    /// <summary>Where y begins, from K.</summary>
    public Func<int, int> TokensFrom { get; init; } = memory => memory;

    /// <summary>Where m_next begins, from K and T.</summary>
    public Func<int, int, int> MemoryFrom { get; init; } = (memory, tokens) => memory + tokens;

    /// <summary>base.rmt.segment.</summary>
    public Tensor[] Run(Call c)
    {
        var (x, m, eps) = (c["x"], c["m"], c.Number("eps"));
        var (memory, tokens) = (m.Shape[1], x.Shape[1]);
        var attention = VisibleFrom is null ? Attention : Attention with { Visible = VisibleFrom(memory, tokens) };
        var s = Joined(x, m);
        var normed = RmsNorm.Normalise(s, c["w_1"], eps);
        var s1 = Summed(FirstResidual(s, normed) + attention.Attend(c, AttentionFrom(s, normed), RopeBase), c["w_1"], eps);
        var fed = SwiGlu.Feed(FeedFrom(s1, RmsNorm.Normalise(s1, c["w_2"], eps)), c["W_gate"], c["W_up"], c["W_down"]);
        var o = Summed(SecondResidual(s, s1) + fed, c["w_2"], eps);
        return [Tensor.Slice(o, 1, TokensFrom(memory), tokens), Tensor.Slice(o, 1, MemoryFrom(memory, tokens), memory)];
    }
}
