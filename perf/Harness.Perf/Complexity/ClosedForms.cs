using Harness.Perf.Complexity.Forms;
using Harness.Perf.Configurations;
using Harness.Perf.Systems;

namespace Harness.Perf.Complexity;

/// <summary>The closed form of every system.</summary>
internal static class ClosedForms
{
    /// <summary>Of a segment in steady state: the cache full, the memory present; of softmax attention after n tokens.</summary>
    public static ClosedForm Of(MemorySystem system, Configuration configuration) => system.Id switch
    {
        "lm2" => Lm2Form.Create(configuration),
        "inf" => InfinityFormerForm.Create(isSticky: false),
        "inf-sticky" => InfinityFormerForm.Create(isSticky: true),
        "softmax" => BaselineForms.Softmax,
        "txl" => BaselineForms.TransformerXl,
        "compressive" => BaselineForms.Compressive,
        "rmt" => BaselineForms.RecurrentMemory,
        _ => throw new ArgumentException($"found '{system.Id}', expected a system whose closed form is written down", nameof(system)),
    };
}
