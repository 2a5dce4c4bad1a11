namespace Harness.Conformance.Properties;

/// <summary>What holds for the three gates.</summary>
internal static class GateProperties
{
    public static IEnumerable<Property> All =>
        new[]
        {
            ("lm2.gate.output", "W_out", "g_out"),
            ("lm2.gate.input", "W_in", "g_in"),
            ("lm2.gate.forget", "W_forget", "g_forget"),
        }
            .Select(gate => new Property(
                gate.Item1, "between-zero-and-one", "Every gate lies in [0, 1], saturated ones included.",
                context => BetweenZeroAndOne(context, gate.Item1, gate.Item2, gate.Item3)));

    // Exact: 1/(1 + e^−x) does not leave [0, 1], however rounded. The second call saturates: e^−x over- and underflows.
    private static void BetweenZeroAndOne(PropertyContext context, string equation, string weight, string gate)
    {
        var (attributes, inputs) = context.Draw(equation);
        foreach (var scale in new[] { 1.0, 1024.0 })
        {
            inputs[weight] = inputs[weight].Scaled(scale);
            foreach (var value in context.Call(attributes, inputs)[gate].Values)
                Require.That(value is >= 0 and <= 1, $"Found {value:G9}.");
        }
    }
}
