using Harness.Conformance.Catalogue;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>Wrong gradients that are right answers to another question, or right answers mixed up.</summary>
internal static class AskedOtherwise
{
    /// <summary>Those of a gradient equation.</summary>
    public static IEnumerable<Mistake> Of(Equation equation) => [.. OtherCotangents(equation), .. OtherTruncation(equation), .. OtherAnswers(equation)];

    private static IEnumerable<Mistake> OtherCotangents(Equation equation)
    {
        string[] cotangents = [.. equation.Differentiated!.Outputs.Select(GradientSignature.NameOf)];
        yield return Made(equation, GradientFault.Cotangent, "cotangents-as-1", $"{string.Join(" and ", cotangents)} {(cotangents.Length == 1 ? "is" : "are")} taken as 1",
            c => cotangents.Aggregate(c, (call, name) => call.With(name, c[name].Map(_ => 1))).Right());
        foreach (var output in equation.Differentiated.Outputs.Where(_ => cotangents.Length > 1))
        {
            var isState = output.Name.EndsWith("_next", StringComparison.Ordinal) || output.Name.EndsWith("_S", StringComparison.Ordinal);
            yield return Made(
                equation, isState ? GradientFault.StateIgnored : GradientFault.Cotangent, $"{GradientSignature.NameOf(output)}-ignored",
                $"{GradientSignature.NameOf(output)} is ignored", c => c.With(GradientSignature.NameOf(output), c[GradientSignature.NameOf(output)] * 0).Right());
        }

        for (var i = 1; i < cotangents.Length; i++)
        {
            var (first, second) = (cotangents[i - 1], cotangents[i]);
            yield return Made(equation, GradientFault.Cotangent, $"{first}-for-{second}", $"{first} and {second} stand for each other",
                c => c[first].Shape == c[second].Shape ? c.Exchanged(first, second).Right() : c.Right());
        }
    }

    private static IEnumerable<Mistake> OtherTruncation(Equation equation)
    {
        if (equation.Attributes.All(attribute => attribute.Name != GradientSignature.Truncation))
            yield break;
        yield return Made(equation, GradientFault.Detached, "state-detached", "the state is detached between segments although bptt is full",
            c => c.With(GradientSignature.Truncation, "truncated").Right());
        yield return Made(equation, GradientFault.NotDetached, "state-not-detached", "the state is not detached between segments although bptt is truncated",
            c => c.With(GradientSignature.Truncation, "full").Right());
    }

    private static IEnumerable<Mistake> OtherAnswers(Equation equation)
    {
        yield return Numerics.Float32ForFloat64(equation.Id).As(GradientFault.NarrowSum);
        var pairs = equation.Outputs.Zip(GradientSignature.Variables(equation.Differentiated!)).ToArray();
        foreach (var ((first, _), (second, _)) in pairs.Zip(pairs.Skip(1)).Where(pair => AreAlike(pair.First.Second, pair.Second.Second)).Take(3))
        {
            yield return OfAnswers(equation, GradientFault.Misplaced, $"{first.Name}-for-{second.Name}", $"{first.Name} and {second.Name} are exchanged", (_, answer) =>
            {
                if (answer.TryGetValue(first.Name, out var left) && answer.TryGetValue(second.Name, out var right) && left.Shape == right.Shape)
                    (answer[first.Name], answer[second.Name]) = (right, left);
            });
        }

        foreach (var (output, input) in pairs.Where(pair => IsBatched(pair.Second) && pair.Second.Shapes[0].Extents.Count >= 3).Take(2))
        {
            var axis = input.Shapes[0].Extents[0].ToString() == "S" ? 2 : 1;
            yield return OfAnswers(
                equation, GradientFault.Misplaced, $"{output.Name}-misplaced-by-one", $"{output.Name} is misplaced by one", (_, answer) => Change(answer, output.Name, x => RolledBack(x, axis)));
        }

        foreach (var (output, _) in pairs.Where(pair => pair.Second.Shapes[0].Extents is [.., var rows, var columns] && rows.ToString() == columns.ToString()).Take(2))
        {
            yield return OfAnswers(
                equation, GradientFault.NotTransposed, $"{output.Name}-transposed", $"{output.Name} is given transposed, as [out, in]",
                (_, answer) => Change(answer, output.Name, x => x.Transposed()));
        }

        string[] shared = [.. pairs.Where(pair => !IsBatched(pair.Second)).Select(pair => pair.First.Name)];
        if (shared.Length > 0 && shared.Length < pairs.Length)
        {
            yield return OfAnswers(equation, GradientFault.BatchNotSummed, "weights-averaged-over-the-batch", "gradients of weights are averaged over the batch instead of summed", (call, answer) =>
            {
                foreach (var name in shared)
                    Change(answer, name, x => x / Batch(equation, call));
            });
            yield return OfAnswers(equation, GradientFault.BatchNotSummed, "weights-of-the-first-batch-element", "gradients of weights come from batch element 0 alone", (call, answer) =>
            {
                var first = Named(equation, OfFirst(equation, call).Right(), call);
                foreach (var name in shared.Where(answer.ContainsKey))
                    answer[name] = first[name];
            });
        }

        yield return OfAnswers(equation, GradientFault.Scale, "doubled", "all gradients are twice what they should be", (_, answer) => ChangeAll(answer, x => x * 2));
        yield return OfAnswers(equation, GradientFault.Sign, "negated", "all gradients have the wrong sign: they are those of −ℓ", (_, answer) => ChangeAll(answer, x => -x));
    }

    private static Mistake Made(Equation equation, GradientFault fault, string name, string when, Func<Call, Tensor[]> compute) =>
        new(equation.Id, name, when, compute) { Fault = fault };

    private static Mistake OfAnswers(
        Equation equation, GradientFault fault, string name, string when, Action<Call, Dictionary<string, Tensor>> change) =>
        Made(equation, fault, name, when, call =>
        {
            var answer = Named(equation, call.Right(), call);
            change(call, answer);
            return [.. answer.Values];
        });

    private static Mistake As(this Mistake mistake, GradientFault fault) =>
        new(mistake.Equation, mistake.Name[(mistake.Equation.Length + 1)..], mistake.When, mistake.Compute) { Fault = fault, Formats = mistake.Formats };

    private static Dictionary<string, Tensor> Named(Equation equation, Tensor[] answer, Call call) =>
        GradientSignature.Given(equation, call.Request.Inputs).Zip(answer).ToDictionary(pair => pair.First.Name, pair => pair.Second);

    private static void Change(Dictionary<string, Tensor> answer, string name, Func<Tensor, Tensor> change)
    {
        if (answer.TryGetValue(name, out var right))
            answer[name] = change(right);
    }

    private static void ChangeAll(Dictionary<string, Tensor> answer, Func<Tensor, Tensor> change)
    {
        foreach (var name in answer.Keys.ToArray())
            Change(answer, name, change);
    }

    private static bool AreAlike(TensorSpec first, TensorSpec second) =>
        first.Shapes.Select(shape => shape.Text).SequenceEqual(second.Shapes.Select(shape => shape.Text));

    private static bool IsBatched(TensorSpec input) => BatchAxis(input) >= 0;

    private static int BatchAxis(TensorSpec input) => input.Shapes[0].Extents.ToList().FindIndex(extent => extent.ToString() == "B");

    private static int Batch(Equation equation, Call call) =>
        equation.Inputs.Where(input => IsBatched(input) && call.Find(input.Name) is not null).Max(input => call[input.Name].Shape[BatchAxis(input)]);

    // Cotangents of the other batch elements are 0.
    private static Call OfFirst(Equation equation, Call call) => equation.Differentiated!.Outputs.Aggregate(call, (changed, output) =>
    {
        var name = GradientSignature.NameOf(output);
        var like = output.Like is null ? output : equation.Inputs.First(input => input.Name == output.Like);
        var (entries, shape) = (call[name].Entries(), call[name].Shape);
        var axis = like.Shapes.First(pattern => pattern.Extents.Count == shape.Rank).Extents.ToList().FindIndex(extent => extent.ToString() == "B");
        return axis < 0 ? changed : changed.With(name, Make(shape, i => i[axis] == 0 ? entries[i] : 0));
    });

    private static Tensor RolledBack(Tensor x, int axis)
    {
        var (entries, length) = (x.Entries(), x.Shape[axis]);
        return Make(x.Shape, index =>
        {
            var from = index.ToArray();
            from[axis] = (index[axis] + 1) % length;
            return entries[from];
        });
    }
}
