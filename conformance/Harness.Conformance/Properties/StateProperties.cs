using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>The answer to a question depends on that question alone: not on others before it, beside it, or in the same batch.</summary>
internal static class StateProperties
{
    /// <summary>What every property of this kind is called.</summary>
    public const string Name = "state";

    // So often do two threads ask their questions at the same time; a program answers each in a process of its own, which takes longer to mix up.
    private const int Meetings = 4;

    // Who takes one element alone is not asked for a batch.
    private const int DrawsForABatch = 40;

    public static IEnumerable<Property> All => EquationCatalogue.All.Select(equation => new Property(
        equation.Id, Name, "The answer to a question depends on nothing but the question.", context => Holds(context, equation)));

    /// <summary>X, then Y of the same shapes, then X again; an element of Y alone; Y in a fresh state. Six questions, two of them at the same time.</summary>
    private static void Holds(PropertyContext context, Equation equation)
    {
        var drawn = 0;
        var trial = context.DrawJudged((attributes, inputs) => Batches.Count(equation, inputs) == 1 && drawn++ < DrawsForABatch ? null : attributes);
        var others = context.Others(trial);
        var before = context.Call(trial.Attributes, others);
        var answer = trial.Run();
        foreach (var (name, bounds) in trial.Bounds.Where(output => answer.ContainsKey(output.Key)))
            Require.Near($"after a call of the same shapes, {name}", answer[name], trial.Right[name], bounds);
        Again(context, trial, others, before, answer);
        Alone(context, equation, trial, answer);
        if (context.CallAfresh(trial.Attributes, trial.Inputs) is { } fresh)
            context.RequireSame("after other calls, against a fresh start", answer, fresh, () => trial.Bounds);
    }

    private static void Again(
        PropertyContext context, Trial trial, IReadOnlyDictionary<string, TensorData> others, IReadOnlyDictionary<string, TensorData> before,
        IReadOnlyDictionary<string, TensorData> answer)
    {
        IReadOnlyDictionary<string, TensorData> OfOthers() => context.Bounds(trial.Attributes, others);
        if (!context.IsParallel)
        {
            context.RequireSame("asked again after another call", context.Call(trial.Attributes, others), before, OfOthers);
            return;
        }

        var (first, second) = context.CallTogether(trial.Attributes, others, trial.Inputs, context.IsProgram ? 1 : Meetings);
        foreach (var again in first)
            context.RequireSame("asked again, and another question at the same time", again, before, OfOthers);
        foreach (var again in second)
            context.RequireSame("asked again, and another question at the same time", again, answer, () => trial.Bounds);
    }

    private static void Alone(PropertyContext context, Equation equation, Trial trial, IReadOnlyDictionary<string, TensorData> answer)
    {
        if (Batches.Count(equation, trial.Inputs) is not (> 1 and var count))
            return;

        // The first is the one that is right where all are given what is its own.
        var element = context.Random.Next(1, count);
        var picked = Batches.Pick(equation, trial.Inputs, [element]);
        if (!context.IsTaken(trial.Attributes, picked))
            return;
        var alone = context.Call(trial.Attributes, picked);
        foreach (var (name, bounds) in trial.Bounds.Where(output => answer.ContainsKey(output.Key)))
        {
            if (Batches.OutputAxis(equation, name, answer[name].Shape) is not (>= 0 and var axis) || bounds.Shape[axis] == 1)
                continue;
            Require.Near(
                $"element {element} of {count} alone, {name}", alone[name], answer[name].Slice(axis, element, 1), bounds.Slice(axis, element, 1).Times(2));
        }
    }
}
