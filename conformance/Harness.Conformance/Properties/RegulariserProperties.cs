using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>What makes the regulariser a divergence.</summary>
internal static class RegulariserProperties
{
    public static IEnumerable<Property> All =>
    [
        new("inf.regulariser.kl", "non-negative",
            "The divergence is not negative, however close the variances are.", NonNegative),
        new("inf-ref.regulariser.kl", "non-negative",
            "The divergence is not negative, with the mean's term or without.", NonNegative),
        new("inf.regulariser.kl", "zero-at-the-prior",
            "The divergence is 0 at var = σ₀², and mu = mu_0 where the prior has a mean.", ZeroAtThePrior),
    ];

    // kl ≥ correct kl − bound ≥ −bound.
    private static void NonNegative(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            // Close to the prior the three terms cancel.
            var prior = attributes.Number("sigma_0") * attributes.Number("sigma_0");
            inputs["var"] = context.Tensor(inputs["var"].Shape, () =>
                prior * Math.Exp(context.Normal() * Math.ScaleB(1, -context.Random.Next(12))));
            return attributes;
        });
        var (kl, bounds) = (trial.Run()["kl"], trial.Bounds["kl"]);
        for (var i = 0; i < kl.Values.Length; i++)
        {
            Require.That(kl.Values[i] >= -bounds.Values[i],
                $"Found {kl.Values[i]:G9}, expected at least {-bounds.Values[i]:G3}.");
        }
    }

    // σ₀ in sixteenths has at most 4 bits, so that σ₀² is exact in every format: the correct divergence is 0, an honest one
    // within its bound.
    private static void ZeroAtThePrior(PropertyContext context)
    {
        foreach (var hasMean in new[] { false, true })
        {
            var (deviation, mean) = (context.Random.Next(1, 16) / 16.0, context.Random.Next(1, 16) / 16.0);
            var trial = context.DrawJudged((attributes, inputs) =>
            {
                inputs["var"] = context.Tensor(inputs["var"].Shape, () => deviation * deviation);
                if (hasMean)
                    inputs["mu"] = context.Tensor(inputs["mu"].Shape, () => mean);
                var paper = attributes.With("sigma_0", deviation).Without("mu_0");
                return hasMean ? paper.With("mu_0", mean) : paper;
            });
            var bounds = trial.Bounds["kl"];
            Require.Within("kl", trial.Run()["kl"], new TensorData(bounds.Shape, new double[bounds.Values.Length]), bounds);
        }
    }
}
