using Harness.Conformance.Implementations;

namespace Harness.Conformance.Diagnosis;

/// <summary>The entries are those of an input, or of another output.</summary>
internal static class CopiedEntries
{
    public static string? Of(IReadOnlyList<WrongOutput> wrong)
    {
        foreach (var input in wrong[0].Evidence.Request.Inputs.Keys)
        {
            if (wrong.All(one => one.Evidence.Request.Inputs.TryGetValue(input, out var tensor) && one.Found.SequenceEqual(tensor.Values)))
                return $"the entries are those of the input {input}";
        }

        foreach (var other in wrong[0].Evidence.Outputs.Keys.Where(other => other != wrong[0].Name))
        {
            if (wrong.All(one => one.Evidence.Outputs.TryGetValue(other, out var output) && output.Shape == one.Shape && IsThat(one, one.Evidence, other)))
                return $"the entries are those that belong into {other}";
        }

        return null;
    }

    /// <summary>Whether what was found is an output of an answer as it should be.</summary>
    public static bool IsThat(WrongOutput one, Evidence evidence, string output)
    {
        var answer = new Dictionary<string, TensorData>(evidence.Answer) { [output] = new(evidence.Outputs[output].Shape, one.Found) };
        return new WrongOutput(evidence with { Answer = answer }, output).Fits(one.Found);
    }
}
