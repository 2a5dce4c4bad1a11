using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;

namespace Harness.Conformance.Tests.Properties;

/// <summary>For every property at least one implementation that breaks it.</summary>
internal static class FlawCatalogue
{
    public static IReadOnlyList<Flaw> All { get; } = [.. Lm2, .. Infinity, .. Rollouts, .. Blocks, .. Baselines, .. ReferenceFlaws.All, .. GradientFlaws.All, .. State];

    private static IEnumerable<Flaw> State => PropertyCatalogue.All.Where(property => property.Name == StateProperties.Name).Select(property =>
    {
        var calls = 0;
        return new Flaw($"{property.Equation}/{property.Name}", "a counter that is never reset", (request, honest) =>
        {
            var steps = Interlocked.Increment(ref calls);
            return honest(request).ToDictionary(output => output.Key, output => output.Value.Map(request, value => value + steps));
        });
    });

    private static IEnumerable<Flaw> Lm2 =>
    [
        Flaw.Of("lm2.bank.identity_vector/selects-weights", "slots in reverse", "M", (m, _) => m.Reversed(0)),
        Flaw.Of("lm2.bank.identity_matrix/selects-weights", "zeros but for the first slot", "M", (m, request) =>
            m.Map(request, (value, i) => m.Along(0, i) == 0 ? value : 0)),
        Flaw.Of("lm2.bank.rows/keeps-rows", "rows in reverse", "rows", (rows, _) => rows.Reversed(1)),
        new("lm2.bank.update/closed-input-open-forget", "gates swapped", (request, honest) =>
            honest(request.With("g_in", request.Inputs["g_forget"]).With("g_forget", request.Inputs["g_in"]))),
        Flaw.OfInput("lm2.bank.update/bounded-by-shares", "nothing forgotten", "g_forget", (gate, request) =>
            gate.Map(request, _ => 1)),
        Flaw.Of("lm2.bank.update/bounded-growth", "no tanh", "M_next", (next, request) =>
            next.Shape != request.Inputs["g_in"].Shape ? next : next.Map(request, (_, i) =>
                request.Inputs["g_in"].Values[i] * request.Inputs["E_mem"].Values[i]
                    + request.Inputs["g_forget"].Values[i] * request.Inputs["M"].Values[i])),
        Flaw.Of("lm2.bank.update/bounded-growth", "one percent too much", "M_next", (next, request) =>
            next.Map(request, value => 1.01 * value)),
        Flaw.OfInput("lm2.attention.project/row-permutation", "rows know their place", "M", (m, request) =>
            m.WeightedByPosition(request, 1)),
        Flaw.Of("lm2.attention.project/identity-bank", "W_K from the left", "K", (k, request) => k.Map(request, (value, i) =>
        {
            // Right on an identity bank only where W_K is symmetric.
            var (weights, width) = (request.Inputs["W_K"], k.Shape[2]);
            var row = request.Inputs["M"].Values.AsSpan(i / width * width, width);
            var sum = 0.0;
            for (var c = 0; c < width; c++)
                sum += row[c] * weights.Values[i % width * width + c];
            return width == 1 ? 2 * value : sum;
        })),
        Flaw.OfInput("lm2.attention.weights/row-permutation", "keys know their place", "K", (k, request) =>
            k.WeightedByPosition(request, 1)),
        Flaw.Of("lm2.attention.weights/non-negative", "contrast raised, sums kept", "A", (a, request) =>
            a.Map(request, value => 1.25 * value - 0.25 / a.Shape[3])),
        Flaw.Of("lm2.attention.weights/rows-sum-to-one", "a thousandth missing", "A", (a, request) =>
            a.Map(request, value => 0.999 * value)),
        new("lm2.attention.weights/top-k-count", "ties all kept", (request, honest) =>
        {
            var a = honest(request with { Attributes = request.Attributes.With("top_k", 0) })["A"];
            var (kept, rows) = (request.Attributes.Integer("top_k"), a.Shape[3]);
            var values = a.Values.ToArray();
            for (var start = 0; kept > 0 && start < values.Length; start += rows)
            {
                var row = values.AsSpan(start, rows);
                var smallest = row.ToArray().OrderDescending().ElementAt(kept - 1);
                foreach (ref var value in row)
                    value = value >= smallest ? value : 0;
            }

            return new Dictionary<string, TensorData> { ["A"] = new(a.Shape, values) };
        }),
        new("lm2.attention.weights/causal", "masked after the softmax", (request, honest) =>
        {
            var a = honest(request with { Attributes = request.Attributes.With("causal", false) })["A"];
            var isCausal = request.Attributes.Flag("causal");
            return new Dictionary<string, TensorData>
            {
                ["A"] = a.Map(request, (value, i) => isCausal && a.Along(3, i) > a.Along(2, i) ? 0 : value),
            };
        }),
        Flaw.Of("lm2.attention.weights/causal", "masked by a finite number", "A", (a, request) =>
            a.Map(request, (value, i) => a.Along(3, i) > a.Along(2, i) && request.Attributes.Flag("causal") ? 1e-30 : value)),
        Flaw.OfInput("lm2.attention.retrieve/row-permutation", "values know their place", "V", (v, request) =>
            v.WeightedByPosition(request, 1)),
        Flaw.Of("lm2.attention.retrieve/causal", "a little of all values", "E_mem", (e, request) =>
            e.Map(request, value => value + request.Inputs["V"].Mean() / 64)),
        Flaw.OfInput("lm2.memory.step/row-permutation", "rows know their place", "M", (m, request) =>
            m.WeightedByPosition(request, m.Shape.Rank - 2)),
        Flaw.Of("lm2.memory.step/causal", "a little of the whole bank read", "E_next", (e, request) =>
            e.Map(request, value => value + request.Inputs["M"].Mean() / 64)),
        Flaw.Of("lm2.memory.step/causal", "a little of the whole bank written", "M_next", (m, request) =>
            m.Map(request, value => value + request.Inputs["M"].Mean() / 64)),
        Flaw.Of("lm2.gate.output/between-zero-and-one", "tanh for the logistic function", "g_out", (g, request) =>
            g.Map(request, value => 2 * value - 1)),
        Flaw.Of("lm2.gate.input/between-zero-and-one", "tanh for the logistic function", "g_in", (g, request) =>
            g.Map(request, value => 2 * value - 1)),
        Flaw.Of("lm2.gate.forget/between-zero-and-one", "tanh for the logistic function", "g_forget", (g, request) =>
            g.Map(request, value => 2 * value - 1)),
        Flaw.Of("lm2.gate.forget/between-zero-and-one", "saturates to NaN", "g_forget", (g, request) =>
            g.Map(request, value => value == 1 ? double.NaN : value)),
        Flaw.OfInput("lm2.readout.gated/closed-gate", "a gate that leaks", "g_out", (g, request) =>
            g.Map(request, value => value + 1.0 / 1024)),
        Flaw.Of("lm2.readout.skip/closed-gate", "no skip", "E_next", (_, request) => request.Inputs["E_gated"]),
    ];

    private static IEnumerable<Flaw> Infinity =>
    [
        Flaw.OfAttribute("inf.regression.operator/normal-equations", "half the ridge", "ridge", ridge => ridge / 2),
        Flaw.OfInput("inf.regression.operator/row-permutation", "positions know their place", "psi", (psi, request) =>
            psi.WeightedByPosition(request, 0)),
        Flaw.OfAttribute("inf.regression.operator/large-ridge", "ridge cut at 1000", "ridge", ridge => Math.Min(ridge, 1000)),
        Flaw.Of("inf.regression.coefficients/normal-equations", "a thousandth too much", "C", (c, request) =>
            c.Map(request, value => 1.001 * value)),
        Flaw.OfInput("inf.regression.coefficients/linear", "X clipped", "X", (x, request) =>
            x.Map(request, value => Math.Clamp(value, -3, 3))),
        Flaw.OfInput("inf.regression.coefficients/row-permutation", "rows know their place", "X", (x, request) =>
            x.WeightedByPosition(request, 1)),
        Flaw.OfInput("inf.memory.update/normal-equations", "the past faded", "C", (c, request) =>
            c.Map(request, value => 0.99 * value)),
        Flaw.OfInput("inf.memory.update/row-permutation", "samples sorted", "t_past", (t, request) =>
            new(t.Shape, [.. t.Values.Chunk(t.Shape[^1]).SelectMany(row => row.Order())])),
        Flaw.OfAttribute("inf.memory.update/large-ridge", "ridge cut at 1000", "ridge", ridge => Math.Min(ridge, 1000)),
        Flaw.OfInput("inf.attention.basis_expectation/quadrature", "deviation for variance", "var", (var, request) =>
            var.Map(request, Math.Sqrt)),
        Flaw.Of("inf.attention.basis_expectation/quadrature", "a ten-thousandth missing", "r", (r, request) =>
            r.Map(request, value => 0.9999 * value)),
        Flaw.OfInput("inf.attention.basis_expectation/shift", "mu kept in [0, 1]", "mu", (mu, request) =>
            mu.Map(request, value => Math.Clamp(value, 0, 1))),
        Flaw.OfInput("inf.attention.basis_expectation/vanishing-variance", "a floor under the variance", "var", (var, request) =>
            var.Map(request, value => Math.Max(value, 1.0 / 256))),
        Flaw.Of("inf.attention.expectation_jacobian/differences", "rows swapped", "J", (j, _) => j.Reversed(3)),
        Flaw.Of("inf.sticky.histogram/sums-to-one", "a thousandth missing", "p", (p, request) =>
            p.Map(request, value => 0.999 * value)),
        Flaw.Of("inf.sticky.histogram/mass-in-its-bin", "a hundredth of it in the first bin", "p", (p, request) =>
            p.Map(request, (value, i) => 0.99 * value + (p.Along(1, i) == 0 ? 0.01 : 0))),
        Flaw.Of("inf.sticky.positions/sorted-inside", "not sorted", "t_past", (t, _) => t.Reversed(1)),
        Flaw.Of("inf.sticky.positions/sorted-inside", "in bins, not in [0, 1]", "t_past", (t, request) =>
            t.Map(request, value => value * request.Inputs["p"].Shape[1])),
        Flaw.OfInput("inf.sticky.positions/even-uniforms", "histogram sharpened", "p", (p, request) =>
            p.Map(request, value => Math.Pow(value, 4))),
        Flaw.Of("inf.regulariser.kl/non-negative", "no logarithm, and too much subtracted", "kl", (kl, request) =>
            kl.Map(request, (value, i) =>
                value + Math.Log(request.Inputs["var"].Values[i] / Math.Pow(request.Attributes.Number("sigma_0"), 2)) / 2 - 0.25)),
        Flaw.Of("inf.regulariser.kl/zero-at-the-prior", "no −1", "kl", (kl, request) => kl.Map(request, value => value + 0.5)),
        Flaw.OfAttribute("inf.regulariser.kl/zero-at-the-prior", "variance for deviation", "sigma_0", sigma => sigma * sigma),
    ];

    private static IEnumerable<Flaw> Rollouts =>
    [
        Flaw.Of("lm2.memory.rollout/constant-state", "banks collected", "M_S", (m, request) =>
            m.Pick(0, [.. Enumerable.Range(0, request.Inputs["E"].Shape[0]).SelectMany(_ => Enumerable.Range(0, m.Shape[0]))])),
        Flaw.Of("inf.rollout/constant-state", "coefficients collected", "C_S", (c, request) =>
            c.Pick(1, [.. Enumerable.Range(0, request.Inputs["X"].Shape[0]).SelectMany(_ => Enumerable.Range(0, c.Shape[1]))])),
        Flaw.Of("lm2.memory.rollout/splitting", "segments know their place", "E_next", (e, request) =>
            e.WeightedByPosition(request, 0)),
        Flaw.Of("lm2.memory.rollout/splitting", "the bank not read back", "E_next", (e, request) =>
            e.Map(request, (value, i) => e.Along(0, i) == 0 ? value + request.Inputs["M_0"].Mean() / 64 : value)),
        Flaw.Of("inf.rollout/splitting", "segments know their place", "Z_ltm", (z, request) => z.WeightedByPosition(request, 0)),
        Flaw.Of("inf.rollout/splitting", "a state that counts its segments", "C_S", (c, request) =>
            c.Map(request, value => value * (1 + request.Inputs["X"].Shape[0] / 1024.0))),
    ];

    private static IEnumerable<Flaw> Blocks =>
    [
        Flaw.OfAttribute("block.rms_norm/scale", "eps forgotten for a constant", "eps", _ => 0.5),
        Flaw.Of("block.layer_norm/shift", "a little of the mean left in", "y", (y, request) =>
            y.Map(request, value => value + request.Inputs["x"].Mean() / 64)),
        Flaw.Of("block.swiglu/closed-gate", "a gate that leaks", "y", (y, request) =>
            y.Map(request, value => value + request.Inputs["W_up"].Mean() / 1024)),
        Flaw.Of("block.rope/norms", "a rotation that stretches", "y", (y, request) => y.Map(request, value => 1.001 * value)),
        Flaw.Of("block.rope/norms", "the first half not turned", "y", (y, request) =>
            y.Map(request, (value, i) => y.Along(3, i) < y.Shape[3] / 2 ? request.Inputs["x"].Values[i] : value)),
        Flaw.Of("block.rope/relative", "grows with the offset", "y", (y, request) =>
            y.Map(request, value => value * (1 + request.Attributes.Integer("offset") / 1024.0))),
        PeekAhead("block.attention.causal"),
        PeekAhead("lm2.decoder.block"),
        PeekAhead("inf.transformer.block"),
    ];

    private static IEnumerable<Flaw> Baselines =>
    [
        PeekAhead("base.attention.softmax"),
        PeekAhead("base.txl.relative"),
        PeekAhead("base.txl.learnt"),
        PeekAhead("base.txl.layer"),
        PeekAhead("base.compressive.attention"),
        PeekAhead("base.rmt.segment"),
        PeekAhead("base.infini.segment"),
        Flaw.Of("base.txl.encoding/unit-circle", "sines twice", "R", (r, request) =>
            r.Map(request, (_, i) => r.Values[i / r.Shape[1] * r.Shape[1] + r.Along(1, i) % (r.Shape[1] / 2)])),
        new("base.attention.softmax/splitting", "the cache not read", (request, honest) =>
        {
            var inputs = request.Inputs.Where(input => !input.Key.EndsWith("_cache", StringComparison.Ordinal)).ToDictionary();
            return new Dictionary<string, TensorData>(honest(request)) { ["y"] = honest(request with { Inputs = inputs })["y"] };
        }),
        Flaw.Of("base.attention.softmax/splitting", "new keys in front of the cache", "K_next", (k, request) =>
        {
            var (tokens, length) = (request.Inputs["x"].Shape[1], k.Shape[1]);
            return k.Pick(1, [.. Enumerable.Range(0, length).Select(i => (i + length - tokens) % length)]);
        }),
        Flaw.OfInput("base.txl.relative/cache", "x weighted behind a cache", "x", (x, request) =>
            request.Inputs.ContainsKey("cache") ? x.WeightedByPosition(request, 1) : x),
        Flaw.OfInput("base.compressive.attention/joined-memories", "x scaled where both are given", "x", (x, request) =>
            request.Inputs.ContainsKey("cache") && request.Inputs.ContainsKey("compressed") ? x.Map(request, value => 1.5 * value) : x),
        Flaw.Of("base.compressive.compress/constant", "sums for means", "Y", (y, request) =>
            y.Map(request, value => value * (request.Attributes.Integer("rate") + 1))),
    ];

    private static Flaw PeekAhead(string equation) => Flaw.Of($"{equation}/causal", "a little of all tokens", "y", (y, request) =>
        y.Map(request, value => value + request.Inputs["x"].Mean() / 64));
}
