using Harness.Architectures.Blocks;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Baselines;

/// <summary>Causal attention in loops, with every part replaceable; as it is, it is right.</summary>
internal sealed record CausalLoops
{
    /// <summary>[B,T,H·dh] and H → [B,H,T,dh].</summary>
    public Func<Tensor, int, Tensor> Split { get; init; } = (x, heads) => x.Split(heads);

    /// <summary>What rotation does to queries, keys and values, from the heads and how they are rotated.</summary>
    public Func<Tensor, RopeSettings, Tensor> TurnedQueries { get; init; } = (q, rotation) => Rope.Rotate(q, rotation);

    public Func<Tensor, RopeSettings, Tensor> TurnedKeys { get; init; } = (k, rotation) => Rope.Rotate(k, rotation);

    public Func<Tensor, RopeSettings, Tensor> TurnedValues { get; init; } = (v, _) => v;

    /// <summary>Whether biases are added after the rotation.</summary>
    public bool BiasesFollow { get; init; }

    /// <summary>The key/value head of query head h, from h, H and G.</summary>
    public Func<int, int, int, int> KeyHead { get; init; } = (h, heads, kvHeads) => h * kvHeads / heads;

    /// <summary>Whether position i sees position j; both count the cached entries. The third is the number of those.</summary>
    public Func<int, int, int, bool> Visible { get; init; } = (i, j, _) => j <= i;

    /// <summary>What scores are multiplied by, from dh and H.</summary>
    public Func<int, int, double> Scale { get; init; } = (width, _) => 1 / Math.Sqrt(width);

    /// <summary>The weights of the scores that are visible.</summary>
    public Func<double[], double[]> Softmax { get; init; } = SoftmaxOf;

    public Func<Tensor, Tensor> Merge { get; init; } = x => x.Merge();

    /// <summary>block.attention.causal with the weights, biases and heads of a call.</summary>
    /// <param name="c">The call.</param>
    /// <param name="x">What is projected.</param>
    /// <param name="rotation">How queries and keys are rotated; null where they are not.</param>
    public Tensor Attend(Call c, Tensor x, RopeSettings? rotation)
    {
        var kvHeads = c.Integer("kv_heads");
        var (first, later) = BiasesFollow ? (false, c.Flag("qkv_bias")) : (c.Flag("qkv_bias"), false);
        Tensor Projected(string name, int heads) => Split(first ? x.Dot(c[$"W_{name}"]) + c[$"b_{name}"] : x.Dot(c[$"W_{name}"]), heads);
        Tensor Biased(Tensor part, string name) => later ? Split(part.Merge() + c[$"b_{name}"], part.Shape[1]) : part;
        var (q, k, v) = (Projected("q", c.Heads), Projected("k", kvHeads), Projected("v", kvHeads));
        if (rotation is not null)
            (q, k, v) = (TurnedQueries(q, rotation), TurnedKeys(k, rotation), TurnedValues(v, rotation));
        (q, k, v) = (Biased(q, "q"), Biased(k, "k"), Biased(v, "v"));
        var y = Merge(Read(q, k, v)).Dot(c["W_o"]);
        return c.Flag("output_bias") ? y + c["b_o"] : y;
    }

    /// <summary>q [B,H,T,dh] reads k and v [B,G,C+T,dh].</summary>
    public Tensor Read(Tensor q, Tensor k, Tensor v)
    {
        var (heads, width, scale) = (q.Shape[1], q.Shape[3], Scale(q.Shape[3], q.Shape[1]));
        var (a, b) = (q.Entries(), k.Entries());
        return Weighted(q, v, h => KeyHead(h, heads, v.Shape[1]), Visible, Softmax, (batch, h, i, j) =>
        {
            var (g, sum) = (KeyHead(h, heads, k.Shape[1]), 0.0);
            for (var n = 0; n < width; n++)
                sum += a[batch, h, i, n] * b[batch, g, j, n];
            return sum * scale;
        });
    }

    /// <summary>The values, weighted by the softmax of the visible scores; a query that sees nothing reads zeros.</summary>
    /// <param name="q">[B,H,T,dh], for its shape.</param>
    /// <param name="v">[B,G,C+T,dh].</param>
    /// <param name="valueHead">The head of v that a query head reads.</param>
    /// <param name="visible">See <see cref="Visible"/>.</param>
    /// <param name="softmax">See <see cref="Softmax"/>.</param>
    /// <param name="score">The score of a batch element, a head, a query without the cache, and an entry.</param>
    public static Tensor Weighted(
        Tensor q, Tensor v, Func<int, int> valueHead, Func<int, int, int, bool> visible, Func<double[], double[]> softmax,
        Func<int, int, int, int, double> score)
    {
        var (heads, tokens, count) = (q.Shape[1], q.Shape[2], v.Shape[2]);
        var past = count - tokens;
        var rows = new (int[] Seen, double[] Weights)[q.Shape[0] * heads * tokens];
        for (var row = 0; row < rows.Length; row++)
        {
            var (batch, h, i) = (row / (heads * tokens), row / tokens % heads, row % tokens);
            int[] seen = [.. Enumerable.Range(0, count).Where(j => visible(past + i, j, past))];
            rows[row] = (seen, seen.Length == 0 ? [] : softmax([.. seen.Select(j => score(batch, h, i, j))]));
        }

        var values = v.Entries();
        return Make(q.Shape, at =>
        {
            var ((seen, weights), sum) = (rows[(at[0] * heads + at[1]) * tokens + at[2]], 0.0);
            for (var n = 0; n < seen.Length; n++)
                sum += weights[n] * values[at[0], valueHead(at[1]), seen[n], at[3]];
            return sum;
        });
    }

    /// <summary>The softmax of the exponentials as the format has them: infinite where they overflow.</summary>
    public static CausalLoops Overflowing(Call c) => new()
    {
        Softmax = scores =>
        {
            var exponentials = Array.ConvertAll(scores, c.Exp);
            var sum = c.Round(exponentials.Sum());
            return Array.ConvertAll(exponentials, value => value / sum);
        },
    };

    public static double[] SoftmaxOf(double[] scores)
    {
        var maximum = scores.Max();
        var exponentials = Array.ConvertAll(scores, score => Math.Exp(score - maximum));
        var sum = exponentials.Sum();
        return Array.ConvertAll(exponentials, value => value / sum);
    }
}

/// <summary>Attention by distance, as base.txl.relative has it, in loops; as it is, it is right.</summary>
internal sealed record RelativeLoops
{
    public Func<Tensor, int, Tensor> Split { get; init; } = (x, heads) => x.Split(heads);

    /// <summary>Which distance stands between entries i and j, from i, j, the number of those before x, and that of all.</summary>
    /// <remarks>Null where nothing of distances enters the score.</remarks>
    public Func<int, int, int, int, int?> Distance { get; init; } = (i, j, _, _) => i - j;

    /// <summary>Which entry's query meets the distance between entries i and j, from i, j, and the number of those before x.</summary>
    public Func<int, int, int, int> DistanceQuery { get; init; } = (i, _, _) => i;

    /// <summary>The encoding [d] of a distance, from the distance and d.</summary>
    public Func<int, int, double[]> Encoded { get; init; } = (p, width) => Sinusoids(p, width, i => 2.0 * i / width);

    /// <summary>r from the encodings and W_r.</summary>
    public Func<Tensor, Tensor, Tensor> Projected { get; init; } = (encodings, w) => encodings.Dot(w);

    /// <summary>The bias that meets keys, and the one that meets distances.</summary>
    public Func<Call, Tensor> ContentBias { get; init; } = c => c["bias_u"];

    public Func<Call, Tensor> DistanceBias { get; init; } = c => c["bias_v"];

    /// <summary>See <see cref="CausalLoops.Visible"/>.</summary>
    public Func<int, int, int, bool> Visible { get; init; } = (i, j, _) => j <= i;

    /// <summary>What scores are multiplied by, from dh and H.</summary>
    public Func<int, int, double> Scale { get; init; } = (width, _) => 1 / Math.Sqrt(width);

    /// <summary>What comes before x and x itself, as entries.</summary>
    public Func<Tensor, Tensor, Tensor> Joined { get; init; } = (past, x) => Tensor.Concat(1, past, x);

    /// <summary>base.txl.relative over what comes before x, with the weights of a call.</summary>
    public Tensor[] Attend(Call c, Tensor x, Tensor? before)
    {
        var entries = before is null ? x : Joined(before, x);
        var (count, width) = (entries.Shape[1], x.Shape[2]);
        var (q, k, v) = (Split(x.Dot(c["W_q"]), c.Heads), Split(entries.Dot(c["W_k"]), c.Heads), Split(entries.Dot(c["W_v"]), c.Heads));

        // Distances from −P to 2P: a mistake may look past both ends of 0 … P − 1.
        var rows = Enumerable.Range(-count, 3 * count + 1).Select(p => Encoded(p, width)).ToArray();
        var encodings = Make([rows.Length, width], at => rows[at[0]][at[1]]);
        var r = Split(Tensor.Expand(Projected(encodings, c["W_r"]), 0, 1), c.Heads).Entries();
        var (a, b, u, w) = (q.Entries(), k.Entries(), ContentBias(c).Entries(), DistanceBias(c).Entries());
        var (dh, scale) = (q.Shape[3], Scale(q.Shape[3], c.Heads));
        var past = count - x.Shape[1];
        var read = CausalLoops.Weighted(q, v, h => h, Visible, CausalLoops.SoftmaxOf, (batch, h, i, j) =>
        {
            var (distance, query, sum) = (Distance(past + i, j, past, count) + count, DistanceQuery(past + i, j, past) - past, 0.0);
            for (var n = 0; n < dh; n++)
            {
                sum += (a[batch, h, i, n] + u[h, n]) * b[batch, h, j, n];
                if (distance is { } row)
                    sum += (a[batch, h, query, n] + w[h, n]) * r[0, h, row, n];
            }

            return sum * scale;
        });
        return [read.Merge().Dot(c["W_o"])];
    }

    /// <summary>base.txl.relative.</summary>
    public Tensor[] Relative(Call c) => Attend(c, c["x"], c.Find("cache"));

    /// <summary>Sines, then cosines, of a distance at the frequencies 10000 to the power −<paramref name="exponent"/>.</summary>
    public static double[] Sinusoids(int p, int width, Func<int, double> exponent)
    {
        var angles = Enumerable.Range(0, width / 2).Select(i => p * Math.Pow(10000, -exponent(i))).ToArray();
        return [.. angles.Select(Math.Sin), .. angles.Select(Math.Cos)];
    }
}
