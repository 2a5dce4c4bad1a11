using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>What makes a rollout streamable: a state of fixed size that is all there is to carry.</summary>
internal static class RolloutProperties
{
    public static IEnumerable<Property> All =>
        new[]
        {
            new Rollout("lm2.memory.rollout", "E", "E_next", "M_0", "M_S", null),
            new Rollout("inf.rollout", "X", "Z_ltm", "C_0", "C_S", 1),
        }
            .SelectMany(rollout => new Property[]
            {
                new(rollout.Equation, "constant-state", "The state's shape does not depend on the number of segments.",
                    rollout.ConstantState),
                new(rollout.Equation, "splitting",
                    "Splitting a rollout and carrying the state gives the same result: bit for bit, if repeating it does.",
                    rollout.Splitting),
            });

    private sealed record Rollout(string Equation, string Segments, string Output, string Initial, string State, int? ColumnAxis)
    {
        public void ConstantState(PropertyContext context)
        {
            var (attributes, inputs) = context.Draw(Equation);
            var count = inputs[Segments].Shape[0];
            var shape = context.Call(attributes, Part(inputs, 0, 1))[State].Shape;
            var longer = context.Call(attributes, Part(inputs, 0, count))[State].Shape;
            Require.That(shape == longer, $"Found {shape} after 1 segment and {longer} after {count}.");
        }

        public void Splitting(PropertyContext context)
        {
            var (attributes, inputs) = context.Draw(Equation);
            var count = inputs[Segments].Shape[0];
            var first = context.Random.Next(1, count);
            var whole = context.Call(attributes, inputs);
            var before = context.Call(attributes, Part(inputs, 0, first));
            var rest = Part(inputs, first, count - first);
            rest[Initial] = before[State];
            var after = context.Call(attributes, rest);
            var (early, late) = (whole[Output].Slice(0, 0, first), whole[Output].Slice(0, first, count - first));

            var again = context.Call(attributes, inputs);
            if (new[] { Output, State }.All(name => again[name].Values.AsSpan().SequenceEqual(whole[name].Values)))
            {
                Require.Identical($"{Output} before the split", before[Output], early);
                Require.Identical($"{Output} after the split", after[Output], late);
                Require.Identical(State, after[State], whole[State]);
                return;
            }

            // Both ways do the same operations (carrying a state rounds it to the format that it already has, or does so once
            // more), so both are within the whole rollout's bounds of the correct result.
            var bounds = context.Bounds(attributes, inputs);
            Require.Agree($"{Output} before the split", before[Output], early, bounds[Output].Slice(0, 0, first));
            Require.Agree($"{Output} after the split", after[Output], late, bounds[Output].Slice(0, first, count - first));
            if (ColumnAxis is { } axis)
                Require.ColumnsAgree(State, after[State], whole[State], axis, bounds[State]);
            else
                Require.Agree(State, after[State], whole[State], bounds[State]);
        }

        // Whatever has an axis of segments: the segments themselves, per-segment weights [S,d,d], the uniforms.
        private Dictionary<string, TensorData> Part(Dictionary<string, TensorData> inputs, int start, int length) =>
            inputs.ToDictionary(
                input => input.Key,
                input => IsPerSegment(input.Key, input.Value) ? input.Value.Slice(0, start, length) : input.Value);

        private bool IsPerSegment(string name, TensorData value) => name switch
        {
            _ when name == Segments || name is "E_attn" or "u" => true,
            _ => Equation.StartsWith("lm2.", StringComparison.Ordinal) && name.StartsWith("W_", StringComparison.Ordinal)
                && value.Shape.Rank == 3,
        };
    }
}
