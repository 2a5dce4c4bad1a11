using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Properties;

/// <summary>
/// What the whole step inherits from its attention. The bounds are the step's own, so that they contain what earlier equations'
/// rounding does to later ones.
/// </summary>
internal static class MemoryStepProperties
{
    public static IEnumerable<Property> All =>
    [
        new("lm2.memory.step", "row-permutation",
            "Permuting the bank's rows leaves E_next, where nothing is hidden and the retrieved reading is used.", PermutedRows),
        new("lm2.memory.step", "causal",
            "A causal step's outputs for a token do not depend on later rows of the bank.", LaterRows),
    ];

    private static void PermutedRows(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) =>
            Rows(inputs["M"]).Shape[1] < 2 ? null : attributes.With("causal", false).With("source", "retrieved"));
        var bank = trial.Inputs["M"];
        var order = context.Order(Rows(bank).Shape[1]);
        var permuted = trial.Run(("M", new TensorData(bank.Shape, Rows(bank).Pick(1, order).Values)));
        Require.Agree("E_next", permuted["E_next"], trial.Run()["E_next"], trial.Bounds["E_next"]);
    }

    private static void LaterRows(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            var shape = Rows(inputs["M"]).Shape;
            inputs["E"] = context.Normal(shape);
            inputs["E_attn"] = context.Normal(shape);
            return shape[1] < 2 ? null : attributes.With("causal", true);
        });
        var bank = trial.Inputs["M"];
        var rows = Rows(bank);
        var seen = context.Random.Next(1, rows.Shape[1]);
        var changed = trial.Run(("M", new TensorData(bank.Shape, rows.ReplacedFrom(1, seen, context.Normal(rows.Shape)).Values)));
        var plain = trial.Run();

        // T = R: alignment passes through, so that row i of both outputs belongs to token i.
        foreach (var name in new[] { "E_next", "M_next" })
        {
            Require.Agree(
                name, Rows(changed[name]).Slice(1, 0, seen), Rows(plain[name]).Slice(1, 0, seen),
                Rows(trial.Bounds[name]).Slice(1, 0, seen));
        }
    }

    // [B,N,d,d] → [B,N·d,d].
    private static TensorData Rows(TensorData bank) => bank.Shape.Rank == 4
        ? new TensorData([bank.Shape[0], bank.Shape[1] * bank.Shape[2], bank.Shape[3]], bank.Values)
        : bank;
}
