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
        new("lm2.memory.step.vjp", "causal",
            "The cotangents of a causal step's outputs for earlier tokens give later tokens and rows of the bank no gradient.", EarlierCotangents),
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

    // Structural: whatever multiplies the zeros, zeros come out.
    private static void EarlierCotangents(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("lm2.memory.step.vjp");
        while (Rows(inputs["M"]).Shape[1] < 2)
            (attributes, inputs) = context.Draw("lm2.memory.step.vjp");
        var shape = Rows(inputs["M"]).Shape;
        var seen = context.Random.Next(1, shape[1]);
        TensorData Seen() => context.Normal(shape).ReplacedFrom(1, seen, new TensorData(shape, new double[shape.Count]));
        (inputs["E"], inputs["E_attn"], inputs["grad_E_next"]) = (context.Normal(shape), context.Normal(shape), Seen());
        inputs["grad_M_next"] = new TensorData(inputs["M"].Shape, Seen().Values);
        var gradients = context.Call(attributes.With("causal", true), inputs);
        foreach (var name in new[] { "grad_E", "grad_E_attn", "grad_M" })
        {
            var later = Rows(gradients[name]).Slice(1, seen, shape[1] - seen);
            Require.Identical($"{name} from token {seen} on", later, later.Scaled(0));
        }
    }

    // [B,N,d,d] → [B,N·d,d].
    private static TensorData Rows(TensorData bank) => bank.Shape.Rank == 4
        ? new TensorData([bank.Shape[0], bank.Shape[1] * bank.Shape[2], bank.Shape[3]], bank.Values)
        : bank;
}
