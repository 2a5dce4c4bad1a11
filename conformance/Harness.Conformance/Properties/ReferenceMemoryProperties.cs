using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>What holds for the pieces of the memory module of LM2's authors.</summary>
internal static class ReferenceMemoryProperties
{
    public static IEnumerable<Property> All =>
    [
        new("lm2-ref.attention", "causal",
            "What a token reads does not depend on memory rows after its own.", Causal),
        new("lm2-ref.gates", "pooled",
            "The gates see the tokens' mean only: permuting the tokens leaves them.", Pooled),
    ];

    private static void Causal(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) => inputs["M"].Shape[1] > 1 ? attributes : null);
        var memory = trial.Inputs["M"];
        var seen = context.Random.Next(1, memory.Shape[1]);
        var changed = trial.Run(("M", memory.ReplacedFrom(1, seen, context.Tensor(memory.Shape, () => 4 * context.Normal()))))["attended"];
        Require.Agree(
            "attended", changed.Slice(1, 0, seen), trial.Run()["attended"].Slice(1, 0, seen), trial.Bounds["attended"].Slice(1, 0, seen));
    }

    private static void Pooled(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) => inputs["X"].Shape[1] > 1 ? attributes : null);
        var permuted = trial.Run(("X", trial.Inputs["X"].Pick(1, context.Order(trial.Inputs["X"].Shape[1]))));
        foreach (var name in new[] { "g_in", "g_forget" })
            Require.Agree(name, permuted[name], trial.Run()[name], trial.Bounds[name]);
    }
}
