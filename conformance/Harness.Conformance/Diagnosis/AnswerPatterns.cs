using Harness.Conformance.Implementations;

namespace Harness.Conformance.Diagnosis;

/// <summary>Recognises what wrong answers are made of, whatever the equation: nothing, an input, the right entries in another order.</summary>
/// <remarks>
/// A pattern is named where every failing case looked at has it: exactly, or within every tolerance once it is undone. So what is said of the
/// answers is so, and what caused it is asked. Answers that pass are not looked at: that a part of the cases is right contradicts nothing.
/// </remarks>
internal static class AnswerPatterns
{
    // So many entries do not come to be what a pattern says by chance.
    private const int FewestEntries = 4;

    private static readonly Func<IReadOnlyList<WrongOutput>, IReadOnlyList<Evidence>, string?>[] All =
    [
        (wrong, _) => ConstantEntries.Of(wrong),
        (wrong, _) => EntryOrder.ByColumns(wrong),
        (wrong, _) => Misshapen.Of(wrong),
        (wrong, _) => CopiedEntries.Of(wrong),
        (wrong, _) => EntryOrder.Of(wrong),
        (wrong, _) => SwappedBytes.Of(wrong),
        (wrong, _) => ScaledEntries.Of(wrong),
        (wrong, _) => MissingEntries.Of(wrong),
        AnotherCase.Of,
        (wrong, _) => Garbage.Of(wrong),
    ];

    /// <summary>What is true of every failing answer, as a sentence without its beginning; null if nothing is recognised.</summary>
    public static string? Of(IReadOnlyList<Evidence> evidence) => Of(evidence, All);

    /// <summary>The same for the right entries in another order or under another shape, and copies: a formula does not give those.</summary>
    public static string? OfEntries(IReadOnlyList<Evidence> evidence) => Of(evidence, All[..6], isForAll: true);

    /// <summary>The same for one number everywhere and for the order of columns: a formula may give those too, and still be right.</summary>
    public static string? OfWriting(IReadOnlyList<Evidence> evidence) => Of(evidence, All[..2]);

    private static string? Of(
        IReadOnlyList<Evidence> evidence, IReadOnlyList<Func<IReadOnlyList<WrongOutput>, IReadOnlyList<Evidence>, string?>> patterns, bool isForAll = false)
    {
        var failed = evidence.Where(answer => !answer.Passed).ToArray();
        if (failed.Length == 0)
            return null;
        var (found, wrongOutputs) = (new List<(string Output, string Pattern)>(), 0);
        foreach (var output in failed[0].Equation.Outputs.Select(output => output.Name))
        {
            var answers = failed.Where(answer => answer.Figures.Any(figures => figures.Name == output && !figures.Passed)).ToArray();
            wrongOutputs += answers.Length > 0 ? 1 : 0;
            if (answers.Any(answer => answer.Golden[output].Length == 0 || answer.Answer.GetValueOrDefault(output)?.Values?.Length != answer.Golden[output].Length))
                continue;
            WrongOutput[] wrong = [.. answers.Select(answer => new WrongOutput(answer, output))];
            if (wrong.Sum(one => one.IsClear.Count(isClear => isClear)) >= FewestEntries
                && patterns.Select(pattern => pattern(wrong, evidence)).FirstOrDefault(pattern => pattern is not null) is { } recognised)
            {
                found.Add((output, recognised));
            }
        }

        var isOnly = failed[0].Equation.Outputs.Count == 1;
        var sentences = found.GroupBy(output => output.Pattern, output => output.Output)
            .Select(group => isOnly ? group.Key : $"{string.Join(", ", group)}: {group.Key}");
        return found.Count == 0 || (isForAll && found.Count < wrongOutputs) ? null : string.Join("; ", sentences);
    }
}
