using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Lm2;

internal static class Lm2MemoryMistakes
{
    private const string Step = "lm2.memory.step";
    private const string Rollout = "lm2.memory.rollout";
    private const string Reflect = "lm2.memory.reflect";

    public static IEnumerable<Mistake> All { get; } =
    [
        Wired("reads-the-new-bank", "the readout uses the updated bank",
            "move E_gated after rows_next", "move E_next after E_gated", "E_gated: rows -> rows_next"),
        new(Step, "updates-twice", "the bank is updated twice, which is reflection without being asked for",
            c => c.Right() is [var e, var m] ? [e, c.With("M", m).Right()[1]] : []),
        Wired("output-gate-from-tokens", "g_out is computed from E", "g_out: E_mem -> E"),
        Wired("input-gate-from-retrieved", "g_in is computed from E_mem", "g_in: E -> E_mem"),
        Wired("forget-gate-from-tokens", "g_forget is computed from E", "g_forget: E_mem -> E"),
        Wired("output-gate-from-attention", "g_out is computed from E_attn", "g_out: E_mem -> E_attn"),
        Wired("input-gate-from-attention", "g_in is computed from E_attn", "g_in: E -> E_attn"),
        Wired("forget-gate-from-attention", "g_forget is computed from E_attn", "g_forget: E_mem -> E_attn"),
        Wired("queries-from-attention", "queries are computed from E_attn", "Q: E -> E_attn"),
        Wired("writes-the-tokens", "E is written instead of E_mem", "rows_next: E_mem -> E"),
        Wired("skips-the-tokens", "the skip connection adds E instead of E_attn", "E_next: E_attn -> E"),
        Wired("no-skip", "the skip connection is left out", "E_next := E_gated"),
        Wired("residual-of-the-tokens", "E is added to what attention retrieved", "after E_mem: E_mem = E_mem + E"),
        Wired("input-and-forget-weights-swapped", "W_in and W_forget are exchanged", "W_in <-> W_forget"),
        Wired("output-and-forget-weights-swapped", "W_out and W_forget are exchanged", "W_out <-> W_forget"),
        Wired("key-and-value-weights-swapped", "W_K and W_V are exchanged", "W_K <-> W_V"),
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

        Rolled("bank-reset-every-step", "every step starts from M_0", "E_next: M -> M_0"),
        new(Rollout, "weights-of-the-first-step", "all steps use the weights of step 0", c => WithWeightsOf(c, (_, _) => 0)),
        new(Rollout, "weights-one-step-late", "step s uses the weights of step s − 1", c => WithWeightsOf(c, (s, _) => Math.Max(s - 1, 0))),
        new(Rollout, "weights-in-reverse", "the weights are used from the last step to the first", c => WithWeightsOf(c, Last)),
        new(Rollout, "segments-in-reverse", "the segments are read from the last to the first",
            c => c.Reordered(Last, "E", "E_attn").Right() is [var e, var m] ? [e.Reordered(Last), m] : []),
        new(Rollout, "bank-doubled-with-initial", "the initial bank is added before every later step",
            c => c.Stepwise("M_0", (s, _, step) => s == 0 ? step : step.With("M_0", step["M_0"] + c["M_0"]))),
        new(Rollout, "reads-the-new-bank", "readouts use the updated bank", new Rewiring(Rollout).With("lm2.memory.step/reads-the-new-bank", () => All!)),
        new(Rollout, "gates-from-attention", "E_attn feeds the input gate",
            new Rewiring(Rollout).With("lm2.memory.step/input-gate-from-attention", () => All!)),
        Rolled("reflects-over-the-old-bank", "reflection attends the bank from before the step",
            "before E_next: M_before = M", "M = lm2.memory.reflect: M -> M_before"),
        Rolled("reflects-with-the-input", "reflection reads E instead of E_next", "M = lm2.memory.reflect: E_next[s] -> E[s]"),
        Rolled("reflects-with-retrieved", "reflection reads E_mem instead of E_next",
            """
            before E_next: if M_0 is [B,N,d,d]:
              rows = lm2.bank.rows(M)
            else:
              rows = M
            Q, K, V = lm2.attention.project(E[s], rows, W_Q[s], W_K[s], W_V[s])
            A = lm2.attention.weights(Q, K; causal, heads, top_k)
            E_mem = lm2.attention.retrieve(A, V)
            """,
            "M = lm2.memory.reflect: E_next[s] -> E_mem"),
        new(Rollout, "reflects-only-at-the-end", "reflection happens after the last step only",
            c => c.Stepwise("M_0", (s, count, step) => s == count - 1 ? step : step.With("reflect", false))),
        new(Rollout, "does-not-reflect-at-the-end", "reflection is left out after the last step",
            c => c.Stepwise("M_0", (s, count, step) => s < count - 1 ? step : step.With("reflect", false))),
        new(Rollout, "reflect-before-readout", "reflection happens inside the step, and the readout uses the reflected bank",
            c => c.Flag("reflect") ? new Rewiring(Rollout).With("lm2.memory.step/reads-the-new-bank", () => All!).Run(c) : c.Right()),
        new(Rollout, "reflect-ignored", "reflection is left out", c => c.With("reflect", false).Right()),
        new(Rollout, "always-reflects", "reflection happens whether asked for or not", c => c.With("reflect", true).Right()),
        new(Rollout, "first-outputs-for-all", "E_next of the first step is returned for every step",
            c => c.Right() is [var e, var m] ? [e.Reordered((_, _) => 0), m] : []),
        Rolled("bank-before-the-last-step", "the bank from before the last step is returned", "before E_next: M_before = M", "M_S: M -> M_before"),
        Rolled("bank-stored-in-float32", "the bank is rounded to float32 between steps", "before E_next: M = float32(M)"),
        Rolled("bank-stored-in-bfloat16", "the bank is rounded to bfloat16 between steps", "before E_next: M = bfloat16(M)"),
        Numerics.Float32ForFloat64(Rollout),

        Reflecting("input-gate-from-retrieved", "g_in is computed from E_mem", "g_in: E_next -> E_mem"),
        Reflecting("forget-gate-from-tokens", "g_forget is computed from E_next", "g_forget: E_mem -> E_next"),
        Reflecting("writes-the-tokens", "E_next is written instead of E_mem", "rows_reflected: E_mem -> E_next"),
        Reflecting("query-weight-for-keys", "W_Q projects the keys", "Q: W_K -> W_Q"),
        Reflecting("forget-weight-for-input", "W_forget serves both gates", "g_in: W_in -> W_forget"),
        Reflecting("bank-replaced", "the old content is dropped",
            "before rows_reflected: none = 0 like rows", "rows_reflected: rows -> none"),
        new(Reflect, "no-reflection", "M_next comes back unchanged", c => [c["M_next"]]),
        new(Reflect, "twice", "reflection happens twice", c => c.With("M_next", c.Right()[0]).Right()),
        new(Reflect, "one-head", "the number of heads is not looked at", c => c.With("heads", 1).Right()),
        new(Reflect, "mask-ignored", "causal attention sees everything", c => c.With("causal", false).Right()),
        new(Reflect, "top-k-ignored", "all weights are kept", c => c.With("top_k", 0).Right()),
        new(Reflect, "matrix-slots-transposed", "matrix slots are attended through their columns",
            c => c["M_next"].Shape.Rank == 4 ? [c.With("M_next", c["M_next"].Transposed()).Right()[0].Transposed()] : c.Right()),
        Numerics.Float32ForFloat64(Reflect),
    ];

    private static int Last(int step, int count) => count - 1 - step;

    private static Tensor Rows(Tensor m) => m.Shape.Rank == 4 ? Architectures.Lm2.Bank.Rows(m) : m;

    private static Mistake Wired(string name, string when, params string[] edits) => new(Step, name, when, new Rewiring(Step, edits));

    private static Mistake Rolled(string name, string when, params string[] edits) => new(Rollout, name, when, new Rewiring(Rollout, edits));

    private static Mistake Reflecting(string name, string when, params string[] edits) => new(Reflect, name, when, new Rewiring(Reflect, edits));

    private static Tensor[] WithWeightsOf(Call c, Func<int, int, int> step) => c.ReorderedBut(step, "E", "E_attn").Right();
}
