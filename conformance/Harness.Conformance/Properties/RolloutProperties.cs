using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>What makes a rollout streamable: a state of fixed size that is all there is to carry.</summary>
internal static class RolloutProperties
{
    private static readonly Rollout[] Rollouts =
    [
        new("lm2.memory.rollout", "E", "E_next", "M_0", "M_S", null),
        new("lm2-ref.rollout", "X", "E_next", "M_0", "M_S", null),
        new("inf.rollout", "X", "Z_ltm", "C_0", "C_S", 1),
        new("inf-ref.rollout", "X_new", "Z_ltm", "C_0", "C_S", 1),
    ];

    public static IEnumerable<Property> All =>
        Rollouts.SelectMany(rollout => new Property[]
        {
            new(rollout.Equation, "constant-state", "The state's shape does not depend on the number of segments.",
                rollout.ConstantState),
            new(rollout.Equation, "splitting",
                "Splitting a rollout and carrying the state gives the same result: bit for bit in one process, if repeating it does.",
                rollout.Splitting),
            new(rollout.Equation + GradientSignature.Suffix, "chaining",
                "With bptt full, splitting a rollout and handing back the gradient of the state between gives the same gradients.", rollout.Chaining),
        }).Append(new(
            "inf-ref.rollout", "reset", "From where the memory is emptied a rollout goes on as one that starts there.", Rollouts[^1].Reset));

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

            // A counter that empties the memory is not part of the state that is carried.
            if (attributes.Has("reset"))
                attributes = attributes.With("reset", 0);
            var count = inputs[Segments].Shape[0];
            var first = context.Random.Next(1, count);
            var whole = context.Call(attributes, inputs);
            var before = context.Call(attributes, Part(inputs, 0, first));
            var rest = Part(inputs, first, count - first);
            rest[Initial] = before[State];
            var after = context.Call(attributes, rest);
            var bounds = Repeats(context, attributes, inputs, whole) ? null : context.Bounds(attributes, inputs);
            RequireSame($"{Output} before the split", before[Output], whole[Output].Slice(0, 0, first), bounds?[Output].Slice(0, 0, first), null);
            RequireRest(after, whole, first, bounds);
        }

        public void Reset(PropertyContext context)
        {
            var (attributes, inputs) = context.Draw(Equation);
            var (count, length) = (inputs[Segments].Shape[0], inputs[Segments].Shape[2]);
            var first = context.Random.Next(1, count);

            // A document that begins empties the memory as the counter does, and starts that anew.
            if (inputs.TryGetValue("new_doc", out var begins))
                inputs["new_doc"] = begins with { Values = [.. begins.Values.Select((value, s) => s == first ? 1 : value)] };
            else
                attributes = attributes.With("reset", first * length);
            var whole = context.Call(attributes, inputs);
            var rest = Part(inputs, first, count - first);
            rest.Remove(Initial);
            var bounds = Repeats(context, attributes, inputs, whole) ? null : context.Bounds(attributes, inputs);
            RequireRest(context.Call(attributes, rest), whole, first, bounds);
        }

        // Both ways do the same operations, so both are within the whole's bounds of the correct result; only what all segments share is
        // added up in another order.
        public void Chaining(PropertyContext context)
        {
            var trial = context.DrawJudged((attributes, inputs) =>
            {
                // No gradient goes back through a memory that was emptied.
                inputs.Remove("new_doc");
                return (attributes.Has("reset") ? attributes.With("reset", 0) : attributes).With(GradientSignature.Truncation, "full");
            });
            var count = trial.Inputs[Segments].Shape[0];
            var first = context.Random.Next(1, count);
            var (before, after) = (Part(trial.Inputs, 0, first), Part(trial.Inputs, first, count - first));
            var given = before.Where(input => EquationCatalogue.Find(Equation)!.Inputs.Any(own => own.Name == input.Key)).ToDictionary();
            after[Initial] = context.Call(Equation, trial.Attributes.Without(GradientSignature.Truncation), given)[State];
            var late = context.Call(trial.Attributes, after);
            before[GradientSignature.NameOf(State)] = late[GradientSignature.NameOf(Initial)];
            var early = context.Call(trial.Attributes, before);
            var whole = trial.Run();
            foreach (var (name, bounds) in trial.Bounds)
            {
                var input = name["grad_".Length..];
                var chained = IsPerSegment(input, trial.Inputs[input]) ? early[name].FollowedBy(late[name], 0)
                    : input == Initial ? early[name]
                    : early[name].Plus(late[name]);
                Require.Near($"{name}, chained: ", chained, whole[name], bounds.Times(2));
            }
        }

        private bool Repeats(
            PropertyContext context, AttributeValues attributes, Dictionary<string, TensorData> inputs, IReadOnlyDictionary<string, TensorData> whole)
        {
            if (!context.KeepsBits)
                return false;
            var again = context.Call(attributes, inputs);
            return new[] { Output, State }.All(name => again[name].Values.AsSpan().SequenceEqual(whole[name].Values));
        }

        private void RequireRest(
            IReadOnlyDictionary<string, TensorData> after, IReadOnlyDictionary<string, TensorData> whole, int first,
            IReadOnlyDictionary<string, TensorData>? bounds)
        {
            var count = whole[Output].Shape[0] - first;
            RequireSame($"{Output} after the split", after[Output], whole[Output].Slice(0, first, count), bounds?[Output].Slice(0, first, count), null);
            RequireSame(State, after[State], whole[State], bounds?[State], ColumnAxis);
        }

        // Both ways do the same operations (carrying a state rounds it to the format that it already has, or does so once more), so
        // both are within the whole rollout's bounds of the correct result.
        private static void RequireSame(string name, TensorData got, TensorData expected, TensorData? bounds, int? columnAxis)
        {
            if (bounds is null)
                Require.Identical(name, got, expected);
            else if (columnAxis is { } axis)
                Require.ColumnsAgree(name, got, expected, axis, bounds);
            else
                Require.Agree(name, got, expected, bounds);
        }

        // Whatever has an axis of segments: the segments themselves, per-segment weights, what is drawn for sticky samples.
        private Dictionary<string, TensorData> Part(IReadOnlyDictionary<string, TensorData> inputs, int start, int length) =>
            inputs.ToDictionary(
                input => input.Key,
                input => IsPerSegment(input.Key, input.Value) ? input.Value.Slice(0, start, length) : input.Value);

        private bool IsPerSegment(string name, TensorData value)
        {
            var gradient = EquationCatalogue.Find(Equation + GradientSignature.Suffix)!;
            return gradient.Pattern(gradient.Inputs.First(input => input.Name == name), value.Shape.Rank)?.Extents is [var leading, ..]
                && leading.ToString() == "S";
        }
    }
}
