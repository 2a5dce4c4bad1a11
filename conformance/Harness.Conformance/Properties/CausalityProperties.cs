using Harness.Conformance.Catalogue;

namespace Harness.Conformance.Properties;

/// <summary>No token depends on what comes later, whatever memory stands beside it.</summary>
internal static class CausalityProperties
{
    private static readonly string[] Equations =
    [
        "block.attention.causal", "base.attention.softmax", "base.txl.relative", "base.txl.learnt", "base.txl.layer", "base.compressive.attention",
        "base.rmt.segment", "base.infini.segment",
        "lm2.decoder.block", "inf.transformer.block",
    ];

    public static IEnumerable<Property> All => Equations.SelectMany(equation => new Property[]
    {
        new(equation, "causal", "Changing later tokens leaves the outputs of earlier ones.", LaterTokens),
        new(equation + GradientSignature.Suffix, "causal", "The cotangents of earlier tokens give later ones no gradient.",
            context => EarlierCotangents(context, equation + GradientSignature.Suffix)),
    });

    private static void LaterTokens(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var x = trial.Inputs["x"];
        var seen = context.Random.Next(1, x.Shape[1]);
        var changed = trial.Run(("x", x.ReplacedFrom(1, seen, context.Tensor(x.Shape, () => 4 * context.Normal()))))["y"];
        Require.Agree("y", changed.Slice(1, 0, seen), trial.Run()["y"].Slice(1, 0, seen), trial.Bounds["y"].Slice(1, 0, seen));
    }

    // Structural: whatever multiplies the zeros, zeros come out.
    private static void EarlierCotangents(PropertyContext context, string gradient)
    {
        var (attributes, inputs) = context.Draw(gradient);
        var tokens = inputs["x"].Shape[1];
        var seen = context.Random.Next(1, tokens);
        foreach (var output in EquationCatalogue.Find(gradient)!.Differentiated!.Outputs)
        {
            var cotangent = inputs[GradientSignature.NameOf(output)];
            inputs[GradientSignature.NameOf(output)] = cotangent.ReplacedFrom(1, output.Name == "y" ? seen : 0, cotangent.Scaled(0));
        }

        var later = context.Call(attributes, inputs)["grad_x"].Slice(1, seen, tokens - seen);
        Require.Identical($"grad_x from token {seen} on", later, later.Scaled(0));
    }
}
