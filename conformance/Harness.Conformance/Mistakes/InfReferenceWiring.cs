using Harness.Architectures.InfinityFormer;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Code = Harness.Architectures.InfinityFormerReference;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>The memory of the ∞-former's code with every connection replaceable; as it is, it is right.</summary>
internal sealed record InfReferenceWiring
{
    /// <summary>Whether the new memory is read, or, as in the paper, the one that came in.</summary>
    public bool UpdatesFirst { get; init; } = true;

    /// <summary>Where the tokens of a first segment and its padding lie, from t and t_padded.</summary>
    public Func<Tensor, Tensor, Tensor> First { get; init; } = (_, padded) => padded;

    /// <summary>Where samples, tokens and padding lie, from t_joint and t_padded.</summary>
    public Func<Tensor, Tensor, Tensor> Recurrent { get; init; } = (_, padded) => padded;

    /// <summary>Where the past is sampled, from the code's positions.</summary>
    public Func<Call, Tensor, Tensor> Past { get; init; } = (_, t) => t;

    /// <summary>What is stored, from the new segment and what the gate makes of it.</summary>
    public Func<Tensor, Tensor, Tensor> Stored { get; init; } = (_, gated) => gated;

    /// <summary>A reset that the stored tokens have reached, from their number and the attribute.</summary>
    public Func<long, int, bool> Empties { get; init; } = (stored, reset) => reset > 0 && stored >= reset;

    /// <summary>The counter after the memory was emptied.</summary>
    public Func<long, long> CounterAfter { get; init; } = _ => 0;

    /// <summary>By how much a segment moves the counter, from its tokens that read and those that are stored.</summary>
    public Func<int, int, int> Counted { get; init; } = (_, stored) => stored;

    /// <summary>What a segment that found no memory reads.</summary>
    public Func<Tensor, Tensor> FirstRead { get; init; } = z => z;

    /// <summary>Whose bins a segment uses.</summary>
    public Func<int, int> BinsOf { get; init; } = s => s;

    /// <summary>inf-ref.layer.</summary>
    public Tensor[] Layer(Call c) => Run(c, c["X_query"], c["X_new"], c.Find("C"), c.Find("b"));

    /// <summary>inf-ref.rollout.</summary>
    public Tensor[] Rollout(Call c)
    {
        var (xQuery, xNew) = (c["X_query"], c["X_new"]);
        var (memory, outputs, counter) = (c.Find("C_0"), new List<Tensor>(), 0L);
        for (var s = 0; s < xNew.Shape[0]; s++)
        {
            if (Empties(counter, c.Integer("reset")))
                (memory, counter) = (null, CounterAfter(counter));
            var layer = Run(c, xQuery.Item(s), xNew.Item(s), memory, c.Find("b")?.Item(BinsOf(s)));
            outputs.Add(memory is null ? FirstRead(layer[0]) : layer[0]);
            memory = layer[1];
            counter += Counted(xQuery.Shape[2], xNew.Shape[2]);
        }

        return [Stack(outputs), memory!];
    }

    private Tensor[] Run(Call c, Tensor xQuery, Tensor xNew, Tensor? memory, Tensor? b)
    {
        var length = xNew.Shape[1];
        var (muJ, sigmaJ) = Basis.Grid(xNew.Engine, c.Integer("count"), c.Numbers("widths"));
        var stored = Stored(xNew, c.Flag("smooth") ? Smoothing.Gate(xNew, c["W_conv"], c["b_conv"]) : xNew);
        Tensor next;
        if (memory is null)
        {
            var (t, padded) = Code.Positions.First(xNew.Engine, length);
            next = Fit(stored, First(t, padded), muJ, sigmaJ, c.Number("ridge"));
        }
        else
        {
            var (evenly, joint, padded) = Code.Positions.Recurrent(xNew.Engine, c.Integer("samples"), length, c.Number("tau"));
            var past = Past(c, c.Flag("sticky") ? Code.Sticky.Positions(b!, c.Integer("bins")) : evenly);
            var sampled = Regression.Signal(memory, Basis.Evaluate(past, muJ, sigmaJ));
            next = Fit(Tensor.Concat(1, sampled, stored), Recurrent(joint, padded), muJ, sigmaJ, c.Number("ridge"));
        }

        var (q, k, v) = Attention.Project(xQuery, UpdatesFirst ? next : memory ?? next, c["W_Q"], c["W_K"], c["W_V"]);
        var scores = Attention.Scores(q, k, c.Heads);
        var (mu, variance) = c.Flag("affine")
            ? Code.Density.Affine(scores, c["w_mu"], c["w_sigma"], c.Number("variance_floor"))
            : Code.Density.Moments(scores, muJ, sigmaJ);
        return [Attention.Context(Attention.BasisExpectation(mu, variance, muJ, sigmaJ), v, c["W_O"]), next, mu, variance];
    }

    /// <summary>The regression of x at the middle of the positions, zeros at the others.</summary>
    private static Tensor Fit(Tensor x, Tensor positions, Tensor muJ, Tensor sigmaJ, double ridge)
    {
        var padding = (positions.Shape[0] - x.Shape[1]) / 2;
        var targets = x;
        if (padding > 0)
        {
            var zeros = Zeros(x.Shape.With(1, padding));
            targets = Tensor.Concat(1, zeros, x, zeros);
        }

        return LinearAlgebra.Fit(targets, Basis.Evaluate(positions, muJ, sigmaJ), ridge);
    }
}
