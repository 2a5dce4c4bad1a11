using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Perf.Configurations;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Scaling;

/// <summary>The one equation of the catalogue that comes nearest to a segment of a system, as a program is asked for it.</summary>
/// <param name="System">The system.</param>
/// <param name="Equation">Its equation.</param>
/// <param name="Attributes">Of the equation.</param>
/// <param name="Extents">Of its inputs, the context's apart.</param>
/// <param name="Carry">Which output becomes which input of the next call.</param>
/// <param name="Given">Optional inputs that are given, the past apart, which always is.</param>
/// <param name="ContextExtent">The extent that is the context, where the equation is handed all the past; else null.</param>
/// <param name="State">The inputs that hold the past.</param>
/// <param name="What">What is measured, for people.</param>
internal sealed record AdapterScenario(
    MemorySystem System,
    string Equation,
    AttributeValues Attributes,
    IReadOnlyDictionary<string, int> Extents,
    IReadOnlyDictionary<string, string> Carry,
    IReadOnlyList<string> Given,
    string? ContextExtent,
    IReadOnlyList<string> State,
    string What)
{
    private static readonly Dictionary<string, string> Nothing = [];

    /// <exception cref="ArgumentException">There is no equation for the system.</exception>
    public static AdapterScenario Of(MemorySystem system, Configuration c)
    {
        var extents = EquationExtents.Of(c);
        var heads = AttributeValues.None.With("heads", c.Heads);
        var isPrinted = c.Segment == c.Lm2.Slots;
        var memory = c.InfinityFormer;
        AdapterScenario Inf(bool isSticky) => new(
            system, "inf.transformer.block",
            heads.With("count", memory.Functions).With("widths", memory.Widths.ToArray()).With("ridge", memory.Ridge).With("samples", memory.Samples)
                .With("tau", memory.Tau).With("variance_floor", memory.VarianceFloor).With("smooth", false).With("sticky", isSticky).With("bins", memory.Bins)
                .With("eps", 1e-5),
            extents, new Dictionary<string, string> { ["C_next"] = "C_0" },
            isSticky ? ["u"] : [], null, ["cache", "C_0"],
            "inf.transformer.block, its long-term memory carried through the context; the short-term cache is full and stays as it is");
        return system.Id switch
        {
            "lm2" => new(
                system, "lm2.decoder.block",
                heads.With("kv_heads", c.KvHeads).With("memory_heads", c.Lm2.Heads).With("top_k", 0).With("causal", isPrinted)
                    .With("source", isPrinted ? "bank" : "retrieved").With("base", 500000.0).With("eps", 1e-5),
                extents, new Dictionary<string, string> { ["M_next"] = "M" }, [], null, ["M"],
                "lm2.decoder.block, its bank carried through the context"),
            "inf" => Inf(isSticky: false),
            "inf-sticky" => Inf(isSticky: true),
            "softmax" => new(
                system, "base.attention.softmax", heads, extents, Nothing, [], "C", ["K_cache", "V_cache"],
                "base.attention.softmax with caches of the context's length, filled with random values"),
            "txl" => new(
                system, "base.txl.relative", heads, extents, Nothing, [], null, ["cache"],
                "base.txl.relative with its cache full; it gives no state to carry, so that nothing streams"),
            "compressive" => new(
                system, "base.compressive.attention", heads, new Dictionary<string, int>(extents) { ["K"] = c.Compressive.Length }, Nothing,
                [], null, ["cache", "compressed"],
                "base.compressive.attention with cache and compressed memory full; it gives no state to carry, so that nothing streams"),
            "rmt" => new(
                system, "base.rmt.segment", heads.With("kv_heads", c.KvHeads).With("eps", 1e-5), extents,
                new Dictionary<string, string> { ["m_next"] = "m" }, [], null, ["m"],
                "base.rmt.segment, its memory tokens carried through the context"),
            _ => throw new ArgumentException($"{system.Id}: no equation of the catalogue is one of its segments.", nameof(system)),
        };
    }

    /// <summary>Random inputs after a context.</summary>
    public Dictionary<string, TensorData> Draw(long context, FloatFormat format) =>
        EquationInputs.Draw(EquationInputs.Given(EquationCatalogue.Find(Equation)!, Given), ExtentsAt(context), format);

    /// <summary>What drawing the past takes; contexts may be longer than any array.</summary>
    public double InputBytes(long context) =>
        ContextExtent is null ? 0 : (double)State.Count * context * Extents["B"] * Extents["d"] * sizeof(double);

    /// <summary>Numbers that hold the past.</summary>
    public long StateEntries(long context)
    {
        var extents = ExtentsAt(context);
        return EquationCatalogue.Find(Equation)!.Inputs.Where(input => State.Contains(input.Name)).Sum(input => input.Shapes[0].Evaluate(extents)!.Value.Count);
    }

    private IReadOnlyDictionary<string, int> ExtentsAt(long context) =>
        ContextExtent is null ? Extents : new Dictionary<string, int>(Extents) { [ContextExtent] = checked((int)context) };
}
