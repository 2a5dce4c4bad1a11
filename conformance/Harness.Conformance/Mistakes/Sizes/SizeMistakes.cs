using Harness.Tensors;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Sizes;

/// <summary>
/// Kernels that are right until an extent reaches a tile, a buffer or the end of a type: no small case shows them, and each must be found by one
/// of ten runs in a row with a sample of sizes, and by every run with all of them.
/// </summary>
internal static class SizeMistakes
{
    public static IReadOnlyList<Mistake> All { get; } =
    [
        // Tiles along what is computed.
        Along.TailDropped(16).InOutputs("lm2.gate.input", "d"),
        Along.TailDropped(32).InOutputs("lm2.gate.output", "T"),
        Along.TailDropped(64).InOutputs("lm2.align", "R"),
        Along.TailDropped(128).InOutputs("lm2.bank.update", "R"),
        Along.TailDropped(128).InOutputs("block.rms_norm", "d"),
        Along.TailDropped(256).InOutputs("block.gelu", "T"),
        Along.TailDropped(64).InOutputs("inf.signal.evaluate", "P"),
        Along.TailDropped(256).InOutputs("inf.basis.evaluate", "N"),
        Along.TailDropped(512).InOutputs("lm2.attention.weights", "R"),
        Along.TailFromTheStart(16).InOutputs("inf.attention.combine", "e"),
        Along.TailFromTheStart(32).InOutputs("lm2.readout.skip", "T"),
        Along.TailFromTheStart(64).InOutputs("block.layer_norm", "T"),
        Along.TailFromTheStart(128).InOutputs("inf.attention.density", "L"),
        Along.TailFromTheStart(256).InOutputs("block.rope", "T"),
        Along.LastTileLost(16).InOutputs("lm2.gate.forget", "T"),
        Along.LastTileLost(32).InOutputs("block.swiglu", "T"),
        Along.LastTileLost(64).InOutputs("inf.attention.context", "L"),
        Along.LastOneLost(16).InOutputs("lm2.readout.gated", "d"),
        Along.LastOneLost(64).InOutputs("base.txl.encoding", "P"),
        Along.TailDropped(128).InOutputs("inf.memory.positions", "M"),

        // Tiles along what is summed over.
        Along.TailDropped(16).InInputs("block.swiglu", "f", "W_down"),
        Along.TailDropped(32).InInputs("lm2.attention.weights", "d", "Q"),
        Along.TailDropped(64).InInputs("lm2.attention.retrieve", "R", "V"),
        Along.TailDropped(128).InInputs("inf.regression.coefficients", "P", "X"),
        Along.TailDropped(64).InInputs("lm2.attention.project", "R", "M"),
        Along.TailFromTheStart(32).InInputs("inf.attention.context", "N", "V"),
        Along.LastTileLost(16).InInputs("inf.attention.scores", "e", "K"),
        Along.LastOneLost(32).InInputs("inf.smooth.gate", "e", "W_conv"),

        // What is padded to whole tiles takes part.
        Padded("lm2.attention.weights", "R", 32, "K"),
        Padded("inf.attention.density_moments", "N", 64, "S", "mu_j", "sigma_j"),

        // Buffers of a fixed length.
        Along.Cut(32).InInputs("inf.memory.update", "M", "t_past"),
        Along.Cut(64).InInputs("base.attention.softmax", "C", "V_cache"),
        Along.Cut(256).InInputs("inf.regression.operator", "P", "psi"),
        Along.Cut(512).InInputs("lm2.attention.retrieve", "R", "A"),
        Along.Cut(32).InInputs("base.rmt.segment", "K", "m"),
        Along.Cut(256).InOutputs("inf.sticky.positions", "M"),
        Along.Clamped(128).InInputs("base.txl.relative", "C", "cache"),
        Along.Clamped(512).InOutputs("inf.basis.grid", "N"),
        Along.Clamped(16).InOutputs("base.compressive.compress", "K"),

        // The batch.
        Along.Wraps(8).InInputs("lm2.memory.step", "B", "M"),
        Along.Wraps(16).InInputs("inf.layer", "B", "C"),
        Along.Wraps(8).InInputs("lm2.memory.reflect", "B", "M_next"),
        Along.Cut(16).InOutputs("lm2.gate.input", "B"),
        Along.Clamped(8).InInputs("inf.attention.project", "B", "C"),
        Along.Wraps(16).InOutputs("block.attention.causal", "B"),

        // Heads.
        Along.Wraps(8).InOutputs("lm2.attention.weights", "H"),
        Along.Wraps(4).InHeads("inf.attention.scores", "K"),
        Along.Wraps(8).InHeads("base.attention.softmax", "W_v"),
        Along.Cut(8).InOutputs("inf.attention.basis_expectation", "H"),
        Along.TailDropped(4).InOutputs("inf.attention.density", "H"),

        // Segments, layers and what is repeated.
        Along.Wraps(16).InInputs("lm2.memory.rollout", "S", "E"),
        Along.Overwritten(32).InOutputs("lm2.memory.rollout", "S"),
        Along.Overwritten(16).InOutputs("inf.rollout", "S"),
        Along.Clamped(8).InInputs("inf.rollout", "S", "X"),
        Along.Wraps(8).InInputs("lm2.decoder.stack", "S", "W_Q"),
        Along.Wraps(4).InInputs("inf.transformer.stack", "S", "W_up"),
        AtMost("lm2-ref.block", "blocks", 8),
        AtMost("lm2-ref.attention", "top_k", 16),
        AtMost("lm2.attention.weights", "top_k", 16),

        // Types of indices.
        Identifiers("lm2.decoder.stack", 256),
        Identifiers("inf.transformer.stack", 1 << 16),
        Bins("inf-ref.sticky.positions", 256),
        Along.Counted(8).InOutputs("lm2.align", "R"),
        Along.Counted(8).InInputs("inf.signal.evaluate", "N", "C"),
        Along.Wraps(128).InOutputs("inf.positions.segment", "L"),
        Along.Wraps(256).InOutputs("inf.sticky.histogram", "D"),
        Along.Wraps(1 << 16).InEntries("lm2.readout.skip"),
        Along.Cut(1 << 16).InEntries("block.gelu"),

        // Backward passes.
        Along.TailDropped(64).InOutputs("lm2.align.vjp", "T"),
        Along.TailDropped(32).InOutputs("lm2.attention.weights.vjp", "R"),
        Along.Cut(128).InInputs("block.rms_norm.vjp", "T", "grad_y"),
        Along.TailFromTheStart(16).InOutputs("block.swiglu.vjp", "f"),
        Along.Wraps(8).InInputs("lm2.gate.input.vjp", "B", "grad_g_in"),
        Along.LastTileLost(64).InOutputs("inf.signal.evaluate.vjp", "N"),
        Along.Overwritten(16).InInputs("lm2.memory.rollout.vjp", "S", "grad_E_next"),
        Along.Wraps(8).InOutputs("inf.attention.scores.vjp", "B"),
    ];

    // Zeros up to whole tiles, whose scores of 0 have a share; what is causal is hidden.
    private static Mistake Padded(string equation, string symbol, int tile, params string[] inputs) => new(
        equation, $"padding-to-{tile}-takes-part-{symbol}", $"what pads {symbol} to tiles of {tile} takes part in the softmax", call =>
        {
            var axis = inputs[0] == "K" ? 1 : 3;
            var count = call[inputs[0]].Shape[axis];
            if (count <= tile || count % tile == 0 || (call.Has("causal") && call.Flag("causal")))
                return call.Right();
            var padded = inputs.Aggregate(call, (changed, name) =>
            {
                var (x, own) = (call[name], call[name].Shape.Rank == 1 ? 0 : axis);
                var padding = name == "sigma_j" ? Make(x.Shape.With(own, tile - count % tile), _ => 1) : Zeros(x.Shape.With(own, tile - count % tile));
                return changed.With(name, Tensor.Concat(own, x, padding));
            }).Right();
            return [.. padded.Select(output => output.Shape.Rank == 4 ? Tensor.Slice(output, 3, 0, count) : output)];
        });

    private static Mistake AtMost(string equation, string attribute, int most) => new(
        equation, $"{attribute}-at-most-{most}", $"{attribute} is {most} at most",
        call => call.Has(attribute) ? call.With(attribute, Math.Min(call.Integer(attribute), most)).Right() : call.Right());

    private static Mistake Identifiers(string equation, int period) => new(
        equation, $"ids-below-{period}", $"ids are taken modulo {period}", call => call.With("ids", call["ids"].Map(id => id % period)).Right());

    private static Mistake Bins(string equation, int period) => new(
        equation, $"bins-below-{period}", $"bins are taken modulo {period}", call => call.With("b", call["b"].Map(bin => bin % period)).Right());
}
