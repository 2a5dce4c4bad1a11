using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Properties;

/// <summary>What holds for the norms and the feed-forward layer.</summary>
internal static class NormProperties
{
    public static IEnumerable<Property> All =>
    [
        new("block.rms_norm", "scale",
            "Scaling x by 2^k and eps by 4^k leaves y.", Scale),
        new("block.layer_norm", "shift",
            "Adding one number to all entries of a token leaves y.", Shift),
        new("block.swiglu", "closed-gate",
            "With W_gate = 0 the output is exactly 0.", ClosedGate),
    ];

    private static void Scale(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var exponent = context.Random.Next(2) == 0 ? 2 : -2;
        var eps = Math.ScaleB(trial.Attributes.Number("eps"), 2 * exponent);
        var scaled = new Dictionary<string, TensorData>(trial.Inputs) { ["x"] = trial.Inputs["x"].Scaled(Math.ScaleB(1, exponent)) };
        Require.Agree("y", context.Call(trial.Attributes.With("eps", eps), scaled)["y"], trial.Run()["y"], trial.Bounds["y"]);
    }

    private static void Shift(PropertyContext context)
    {
        // Multiples of 1/64 below 4 are exact in every format.
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            var shape = inputs["x"].Shape;
            inputs["x"] = context.Tensor(shape, () => context.Random.Next(-63, 64) / 64.0);
            return shape[2] > 1 ? attributes : null;
        });
        var shift = context.Random.Next(2) == 0 ? 2 : -2;
        var shifted = new TensorData(trial.Inputs["x"].Shape, Array.ConvertAll(trial.Inputs["x"].Values, value => value + shift));
        var bounds = context.Bounds(trial.Attributes, new Dictionary<string, TensorData>(trial.Inputs) { ["x"] = shifted })["y"];
        Require.Within("y", trial.Run(("x", shifted))["y"], trial.Run()["y"], bounds.Plus(trial.Bounds["y"]));
    }

    private static void ClosedGate(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("block.swiglu");
        inputs["W_gate"] = context.Tensor(inputs["W_gate"].Shape, () => 0);
        var y = context.Call(attributes, inputs)["y"];
        Require.Identical("y", y, context.Tensor(y.Shape, () => 0));
    }
}
