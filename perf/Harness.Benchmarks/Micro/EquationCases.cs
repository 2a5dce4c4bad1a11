using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Perf.Configurations;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Benchmarks.Micro;

/// <summary>Equations on the managed engine in float32, at a small and at the published sizes of dialogue.</summary>
internal static class EquationCases
{
    private static readonly Configuration[] Sizes = [PublishedConfigurations.Small, PublishedConfigurations.Dialogue];

    public static IEnumerable<MicroCase> All => Sizes.SelectMany(sizes => Attributes(sizes).Select(call => Case(call.Equation, call.Attributes, sizes)));

    private static MicroCase Case(string id, AttributeValues attributes, Configuration sizes) => new(id, sizes.Name, "f32", () =>
    {
        var equation = EquationCatalogue.Find(id)!;
        var inputs = EquationInputs.Draw(EquationInputs.Given(equation), EquationExtents.Of(sizes), FloatFormat.Float32);
        var tensors = EquationCall.Create(equation, DenseEngine<float>.Instance, inputs);
        return () => EquationCall.EvaluateTensors(equation, DenseEngine<float>.Instance, attributes, tensors);
    });

    private static IEnumerable<(string Equation, AttributeValues Attributes)> Attributes(Configuration c)
    {
        var (none, memory) = (AttributeValues.None, c.InfinityFormer);
        var heads = none.With("heads", c.Heads);
        var grouped = heads.With("kv_heads", c.KvHeads);
        var bank = none.With("causal", true).With("heads", c.Lm2.Heads).With("top_k", 0);
        var ridge = none.With("ridge", memory.Ridge);
        var layer = heads.With("count", memory.Functions).With("widths", memory.Widths.ToArray()).With("ridge", memory.Ridge)
            .With("samples", memory.Samples).With("tau", memory.Tau).With("variance_floor", memory.VarianceFloor);
        return
        [
            ("block.rms_norm", none), ("block.layer_norm", none), ("block.rope", none), ("block.swiglu", none), ("block.attention.causal", grouped),
            ("lm2.attention.weights", bank), ("lm2.bank.update", none), ("lm2.memory.step", bank.With("source", "bank")),
            ("lm2.memory.step.vjp", bank.With("source", "bank")),
            ("lm2.decoder.block", bank.With("source", "bank").With("heads", c.Heads).With("kv_heads", c.KvHeads).With("memory_heads", c.Lm2.Heads)),
            ("inf.basis.evaluate", none), ("inf.regression.operator", ridge), ("inf.regression.coefficients", none), ("inf.memory.update", ridge),
            ("inf.attention.density", none), ("inf.attention.basis_expectation", none), ("inf.sticky.histogram", none.With("bins", memory.Bins)),
            ("inf.sticky.positions", none),
            ("inf.layer", layer), ("inf.layer.vjp", layer),
            ("base.attention.softmax", heads), ("base.txl.relative", heads), ("base.compressive.attention", heads), ("base.rmt.segment", grouped),
        ];
    }
}
