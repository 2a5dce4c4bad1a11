namespace Harness.Conformance.Properties;

/// <summary>
/// A closed output gate hides the memory: the printed lines compose to E_next = E_attn. Exact, as 0·x and x + 0 do not round.
/// </summary>
internal static class ReadoutProperties
{
    public static IEnumerable<Property> All =>
    [
        new("lm2.readout.gated", "closed-gate", "With g_out = 0 nothing of the memory is read.", ClosedGateReadsNothing),
        new("lm2.readout.skip", "closed-gate", "What a closed gate lets through, zeros of either sign, leaves E_attn as it is.",
            ZerosLeaveAttention),
    ];

    private static void ClosedGateReadsNothing(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("lm2.readout.gated");
        inputs["g_out"] = context.Tensor(inputs["g_out"].Shape, () => 0);
        foreach (var source in new[] { "bank", "retrieved" })
            Require.Identical("E_gated", context.Call(attributes.With("source", source), inputs)["E_gated"], inputs["g_out"]);
    }

    private static void ZerosLeaveAttention(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("lm2.readout.skip");
        inputs["E_gated"] = context.Tensor(inputs["E_gated"].Shape, () => context.Random.Next(2) == 0 ? 0.0 : -0.0);
        Require.Identical("E_next", context.Call(attributes, inputs)["E_next"], inputs["E_attn"]);
    }
}
