namespace Harness.Conformance.Properties;

/// <summary>No token depends on what comes later, whatever memory stands beside it.</summary>
internal static class CausalityProperties
{
    private static readonly string[] Equations =
    [
        "block.attention.causal", "base.attention.softmax", "base.txl.relative", "base.compressive.attention", "base.rmt.segment",
        "lm2.decoder.block", "inf.transformer.block",
    ];

    public static IEnumerable<Property> All => Equations.Select(equation => new Property(
        equation, "causal", "Changing later tokens leaves the outputs of earlier ones.", LaterTokens));

    private static void LaterTokens(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var x = trial.Inputs["x"];
        var seen = context.Random.Next(1, x.Shape[1]);
        var changed = trial.Run(("x", x.ReplacedFrom(1, seen, context.Tensor(x.Shape, () => 4 * context.Normal()))))["y"];
        Require.Agree("y", changed.Slice(1, 0, seen), trial.Run()["y"].Slice(1, 0, seen), trial.Bounds["y"].Slice(1, 0, seen));
    }
}
