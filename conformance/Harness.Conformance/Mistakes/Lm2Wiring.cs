using Harness.Architectures.Lm2;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>One step while it is computed.</summary>
internal sealed class StepState
{
    public required Tensor E { get; init; }

    public required Tensor EAttn { get; init; }

    /// <summary>The old bank as rows.</summary>
    public required Tensor M { get; init; }

    public Tensor EMem { get; set; } = null!;

    public Tensor MNext { get; set; } = null!;

    public Tensor ENext { get; set; } = null!;
}

/// <summary>The step with every connection replaceable; as it is, it is right.</summary>
internal sealed record StepWiring
{
    public Func<StepState, Tensor> QueriesFrom { get; init; } = s => s.E;

    public Func<StepState, Tensor> BankAttended { get; init; } = s => s.M;

    public Func<StepState, Tensor> Retrieved { get; init; } = s => s.EMem;

    public Func<StepState, Tensor> OutputGateFrom { get; init; } = s => s.EMem;

    public Func<StepState, Tensor> InputGateFrom { get; init; } = s => s.E;

    public Func<StepState, Tensor> ForgetGateFrom { get; init; } = s => s.EMem;

    public Func<StepState, Tensor> Written { get; init; } = s => s.EMem;

    public Func<StepState, Tensor> BankUpdated { get; init; } = s => s.M;

    public Func<StepState, Tensor> BankRead { get; init; } = s => s.M;

    public Func<StepState, Tensor> Skipped { get; init; } = s => s.EAttn;

    /// <summary>Which weight stands where a name is expected.</summary>
    public Func<string, string> Weight { get; init; } = name => name;

    public StepState Run(Call c, Tensor e, Tensor eAttn, Tensor m, Func<string, Tensor> weights)
    {
        Tensor W(string name) => weights(Weight(name));
        var s = new StepState { E = e, EAttn = eAttn, M = m.Shape.Rank == 4 ? Bank.Rows(m) : m };
        var (q, k, v) = Attention.Project(QueriesFrom(s), BankAttended(s), W("W_Q"), W("W_K"), W("W_V"));
        s.EMem = Attention.Retrieve(Attention.Weights(q, k, c.Flag("causal"), c.Heads, c.Integer("top_k")), v);
        s.EMem = Retrieved(s);
        var (gIn, gForget) = (Gates.Input(InputGateFrom(s), W("W_in")), Gates.Forget(ForgetGateFrom(s), W("W_forget")));
        s.MNext = Bank.Update(gIn, Written(s), gForget, BankUpdated(s));
        if (c.Has("source"))
        {
            var gOut = Gates.Output(OutputGateFrom(s), W("W_out"));
            s.ENext = Readout.Skip(Skipped(s), Readout.Gated(gOut, s.EMem, BankRead(s), c.Word("source")));
        }


        return s;
    }

    /// <summary>lm2.memory.step.</summary>
    public Tensor[] Step(Call c) =>
        Run(c, c["E"], c["E_attn"], c["M"], name => c[name]) is var s ? [s.ENext, Tensor.Reshape(s.MNext, c["M"].Shape)] : [];

    /// <summary>lm2.memory.reflect: a step without readout.</summary>
    public Tensor[] Reflect(Call c) =>
        [Tensor.Reshape(Run(c, c["E_next"], c["E_next"], c["M_next"], name => c[name]).MNext, c["M_next"].Shape)];
}

/// <summary>The rollout with every connection replaceable; as it is, it is right.</summary>
internal sealed record RolloutWiring
{
    public StepWiring Step { get; init; } = new();

    /// <summary>The bank of a step, from its number, the initial bank and the carried one.</summary>
    public Func<int, Tensor, Tensor, Tensor> Bank { get; init; } = (_, _, carried) => carried;

    /// <summary>Whose weights a step uses, from its number and S.</summary>
    public Func<int, int, int> WeightsOf { get; init; } = (s, _) => s;

    /// <summary>Which segment a step reads, from its number and S.</summary>
    public Func<int, int, int> SegmentOf { get; init; } = (s, _) => s;

    /// <summary>What reflection reads: tokens and bank, from the input segment, the step, and the bank before it.</summary>
    public Func<StepState, (Tensor ENext, Tensor MNext)> Reflected { get; init; } = s => (s.ENext, s.MNext);

    /// <summary>Whether reflection happens after a step, from its number and S.</summary>
    public Func<int, int, bool> Reflects { get; init; } = (_, _) => true;

    public Tensor[] Run(Call c)
    {
        var (e, eAttn, m0) = (c["E"], c["E_attn"], c["M_0"]);
        var count = e.Shape[0];
        var (outputs, bank) = (new Tensor[count], m0);
        for (var i = 0; i < count; i++)
        {
            Tensor W(string name) => c[name] is { Shape.Rank: 3 } own ? own.Item(WeightsOf(i, count)) : c[name];
            var s = Step.Run(c, e.Item(SegmentOf(i, count)), eAttn.Item(SegmentOf(i, count)), Bank(i, m0, bank), W);
            (outputs[SegmentOf(i, count)], bank) = (s.ENext, s.MNext);
            if (c.Flag("reflect") && Reflects(i, count) && Reflected(s) is var (eNext, mNext))
                bank = Step.Run(c, eNext, eNext, mNext, W).MNext;
            bank = Tensor.Reshape(bank, m0.Shape);
        }

        return [Stack(outputs), bank];
    }
}
