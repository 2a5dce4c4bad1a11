using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

internal static class Lm2MemoryMistakes
{
    private const string Step = "lm2.memory.step";
    private const string Rollout = "lm2.memory.rollout";
    private const string Reflect = "lm2.memory.reflect";

    public static IEnumerable<Mistake> All { get; } =
    [
        Wired("reads-the-new-bank", "the readout uses the updated bank", new() { BankRead = s => s.MNext }),
        new(Step, "updates-twice", "the bank is updated twice, which is reflection without being asked for",
            c => c.Right() is [var e, var m] ? [e, c.With("M", m).Right()[1]] : []),
        Wired("output-gate-from-tokens", "g_out is computed from E", new() { OutputGateFrom = s => s.E }),
        Wired("input-gate-from-retrieved", "g_in is computed from E_mem", new() { InputGateFrom = s => s.EMem }),
        Wired("forget-gate-from-tokens", "g_forget is computed from E", new() { ForgetGateFrom = s => s.E }),
        Wired("output-gate-from-attention", "g_out is computed from E_attn", new() { OutputGateFrom = s => s.EAttn }),
        Wired("input-gate-from-attention", "g_in is computed from E_attn", new() { InputGateFrom = s => s.EAttn }),
        Wired("forget-gate-from-attention", "g_forget is computed from E_attn", new() { ForgetGateFrom = s => s.EAttn }),
        Wired("queries-from-attention", "queries are computed from E_attn", new() { QueriesFrom = s => s.EAttn }),
        Wired("writes-the-tokens", "E is written instead of E_mem", new() { Written = s => s.E }),
        Wired("skips-the-tokens", "the skip connection adds E instead of E_attn", new() { Skipped = s => s.E }),
        Wired("no-skip", "the skip connection is left out", new() { Skipped = s => s.EAttn * 0 }),
        Wired("residual-of-the-tokens", "E is added to what attention retrieved", new() { Retrieved = s => s.EMem + s.E }),
        Wired("input-and-forget-weights-swapped", "W_in and W_forget are exchanged",
            new() { Weight = name => name switch { "W_in" => "W_forget", "W_forget" => "W_in", _ => name } }),
        Wired("output-and-forget-weights-swapped", "W_out and W_forget are exchanged",
            new() { Weight = name => name switch { "W_out" => "W_forget", "W_forget" => "W_out", _ => name } }),
        Wired("key-and-value-weights-swapped", "W_K and W_V are exchanged",
            new() { Weight = name => name switch { "W_K" => "W_V", "W_V" => "W_K", _ => name } }),
        new(Step, "matrix-slots-transposed", "matrix slots are attended through their columns",
            c => c["M"].Shape.Rank == 4 && c.With("M", c["M"].Transposed()).Right() is [var e, var m]
                ? [e, m.Transposed()]
                : c.Right()),
        new(Step, "bank-returned-as-rows", "the updated bank comes back as rows whatever shape it came in",
            c => c["M"].Shape is { Rank: 4 } m && c.Right() is [var e, var next]
                ? [e, next.As(m[0], m[1] * m[2], m[3])]
                : c.Right()),
        new(Step, "outputs-swapped", "E_next and M_next are exchanged", c => [.. c.Right().Reverse()]),
        new(Step, "one-head", "the number of heads is not looked at", c => c.With("heads", 1).Right()),
        new(Step, "top-k-ignored", "all weights are kept", c => c.With("top_k", 0).Right()),
        new(Step, "mask-ignored", "causal attention sees everything", c => c.With("causal", false).Right()),
        new(Step, "bank-shared-by-the-batch", "the bank of batch element 0 is used by all",
            c => c.With("M", c["M"].FirstOfBatchForAll()).Right()),
        new(Step, "bank-not-updated", "M comes back unchanged", c => [c.Right()[0], c["M"]]),
        Numerics.Float32ForFloat64(Step),
        Numerics.Tf32ForFloat32(Step),
        new(Step, "published-code", "the updated bank is added, ungated, as in the authors' code",
            c => c.Right() is [_, var m] ? [c["E_attn"] + Architectures.Lm2.Alignment.Align(Rows(m), c["E"].Shape[1]), m] : []),

        Rolled("bank-reset-every-step", "every step starts from M_0", new() { Bank = (_, m0, _) => m0 }),
        Rolled("weights-of-the-first-step", "all steps use the weights of step 0", new() { WeightsOf = (_, _) => 0 }),
        Rolled("weights-one-step-late", "step s uses the weights of step s − 1",
            new() { WeightsOf = (s, _) => Math.Max(s - 1, 0) }),
        Rolled("weights-in-reverse", "the weights are used from the last step to the first",
            new() { WeightsOf = (s, count) => count - 1 - s }),
        Rolled("segments-in-reverse", "the segments are read from the last to the first",
            new() { SegmentOf = (s, count) => count - 1 - s }),
        Rolled("bank-doubled-with-initial", "the initial bank is added before every step",
            new() { Bank = (s, m0, m) => s == 0 ? m : m + m0 }),
        Rolled("reads-the-new-bank", "readouts use the updated bank", new() { Step = new() { BankRead = s => s.MNext } }),
        Rolled("gates-from-attention", "E_attn feeds the input gate", new() { Step = new() { InputGateFrom = s => s.EAttn } }),
        Rolled("reflects-over-the-old-bank", "reflection attends the bank from before the step",
            new() { Reflected = s => (s.ENext, s.M) }),
        Rolled("reflects-with-the-input", "reflection reads E instead of E_next", new() { Reflected = s => (s.E, s.MNext) }),
        Rolled("reflects-with-retrieved", "reflection reads E_mem instead of E_next",
            new() { Reflected = s => (s.EMem, s.MNext) }),
        Rolled("reflects-only-at-the-end", "reflection happens after the last step only",
            new() { Reflects = (s, count) => s == count - 1 }),
        Rolled("does-not-reflect-at-the-end", "reflection is left out after the last step",
            new() { Reflects = (s, count) => s < count - 1 }),
        new(Rollout, "reflect-before-readout", "reflection happens inside the step, and the readout uses the reflected bank",
            c => c.Flag("reflect") ? new RolloutWiring { Step = new() { BankRead = s => s.MNext } }.Run(c) : c.Right()),
        new(Rollout, "reflect-ignored", "reflection is left out", c => c.With("reflect", false).Right()),
        new(Rollout, "always-reflects", "reflection happens whether asked for or not", c => c.With("reflect", true).Right()),
        new(Rollout, "first-outputs-for-all", "E_next of the first step is returned for every step",
            c => c.Right() is [var e, var m] ? [Stack(Enumerable.Repeat(e.Item(0), e.Shape[0])), m] : []),
        new(Rollout, "bank-before-the-last-step", "the bank from before the last step is returned",
            c => c["E"].Shape[0] is var steps && steps > 1 ? [c.Right()[0], Shortened(c, steps - 1).Right()[1]] : c.Right()),
        new(Rollout, "bank-stored-in-float32", "the bank is rounded to float32 between steps",
            new RolloutWiring { Bank = (_, _, m) => m.Map(Single) }.Run),
        new(Rollout, "bank-stored-in-bfloat16", "the bank is rounded to bfloat16 between steps",
            new RolloutWiring { Bank = (_, _, m) => m.Map(BFloat16) }.Run),
        Numerics.Float32ForFloat64(Rollout),

        Reflecting("input-gate-from-retrieved", "g_in is computed from E_mem", new() { InputGateFrom = s => s.EMem }),
        Reflecting("forget-gate-from-tokens", "g_forget is computed from E_next", new() { ForgetGateFrom = s => s.E }),
        Reflecting("writes-the-tokens", "E_next is written instead of E_mem", new() { Written = s => s.E }),
        Reflecting("query-weight-for-keys", "W_Q projects the keys", new() { Weight = name => name == "W_K" ? "W_Q" : name }),
        Reflecting("forget-weight-for-input", "W_forget serves both gates",
            new() { Weight = name => name == "W_in" ? "W_forget" : name }),
        Reflecting("bank-replaced", "the old content is dropped", new() { BankUpdated = s => s.M * 0 }),
        new(Reflect, "no-reflection", "M_next comes back unchanged", c => [c["M_next"]]),
        new(Reflect, "twice", "reflection happens twice", c => c.With("M_next", c.Right()[0]).Right()),
        new(Reflect, "one-head", "the number of heads is not looked at", c => c.With("heads", 1).Right()),
        new(Reflect, "mask-ignored", "causal attention sees everything", c => c.With("causal", false).Right()),
        new(Reflect, "top-k-ignored", "all weights are kept", c => c.With("top_k", 0).Right()),
        new(Reflect, "matrix-slots-transposed", "matrix slots are attended through their columns",
            c => c["M_next"].Shape.Rank == 4 ? [c.With("M_next", c["M_next"].Transposed()).Right()[0].Transposed()] : c.Right()),
        Numerics.Float32ForFloat64(Reflect),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Step, new StepWiring().Step),
        Mistake.Control(Rollout, new RolloutWiring().Run),
        Mistake.Control(Reflect, new StepWiring().Reflect),
    ];

    private static Tensor Rows(Tensor m) => m.Shape.Rank == 4 ? Architectures.Lm2.Bank.Rows(m) : m;

    private static Mistake Wired(string name, string when, StepWiring wiring) => new(Step, name, when, wiring.Step);

    private static Mistake Rolled(string name, string when, RolloutWiring wiring) => new(Rollout, name, when, wiring.Run);

    private static Mistake Reflecting(string name, string when, StepWiring wiring) =>
        new(Reflect, name, when, wiring.Reflect);

    private static Call Shortened(Call c, int steps)
    {
        foreach (var name in new[] { "E", "E_attn", "W_Q", "W_K", "W_V", "W_out", "W_in", "W_forget" })
            c = c[name] is var x && (x.Shape.Rank == 4 || x.Shape.Rank == 3) ? c.With(name, Tensor.Slice(x, 0, 0, steps)) : c;
        return c;
    }
}
