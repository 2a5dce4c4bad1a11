using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Harness.Cli;
using Harness.Cli.Terminals;

namespace Harness.Fuzz.Tests.Judging;

/// <summary>What a command said about an input, and what every answer must keep to.</summary>
/// <param name="Command">The command line.</param>
/// <param name="Code">The exit code.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="Error">What it complained about.</param>
internal sealed partial record Answer(string Command, int Code, string Output, string Error)
{
    /// <summary>What a command may allocate over an input of some kilobytes: as much as the machine of a small runner can spare.</summary>
    private const long MostBytes = 500_000_000;

    // An error names what it found; what it found may be a megabyte long.
    private const int LongestError = 2_000;

    // What the harness turns into a sentence and an exit code has a place in its code all the same.
    [ThreadStatic]
    private static Exception? Thrown;

    static Answer() => AppDomain.CurrentDomain.FirstChanceException += (_, raised) => Thrown = raised.Exception;

    private static readonly int[] Documented =
        [ExitCode.Passed, ExitCode.Failed, ExitCode.Usage, ExitCode.DamagedFixtures, ExitCode.Undecided, ExitCode.NothingToCompare];

    /// <summary>Runs a command in this process.</summary>
    /// <exception cref="FindingException">It did not end as commands end.</exception>
    public static Answer To(string[] args) => To(string.Join(' ', args), terminal => HarnessCommand.Run(args, terminal));

    /// <summary>Runs what a command consists of.</summary>
    /// <exception cref="FindingException">As for a command.</exception>
    public static Answer To(string command, Func<Terminal, int> run)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Thrown = null;
        int code;
        try
        {
            code = run(new Terminal(output, error, isInteractive: false));
        }
        catch (Exception failure) when (failure is not FindingException)
        {
            throw new FindingException($"{failure.GetType().Name} ended the run{Place(failure)}", $"{command}: {failure}");
        }

        var answer = new Answer(command, code, output.ToString(), error.ToString());
        answer.Judge(GC.GetAllocatedBytesForCurrentThread() - before);
        return answer;
    }

    /// <summary>Requires what must hold of this answer.</summary>
    /// <exception cref="FindingException">It does not.</exception>
    public void Require(bool isTrue, string what)
    {
        if (!isTrue)
            throw Finding(what);
    }

    /// <summary>The lines of the output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Requires that an export holds the runs of before and what has been added, unchanged, and nothing else.</summary>
    public void RequireRuns(IReadOnlyList<string> before, IReadOnlyList<byte[]> added)
    {
        Require(Code == ExitCode.Passed, "found no export of what has just been recorded");
        var expected = before.Select(line => PlainJson.Of(Encoding.UTF8.GetBytes(line))).Concat(added.Select(PlainJson.Of)).ToHashSet();
        var found = Lines.Select(line => PlainJson.Of(Encoding.UTF8.GetBytes(line))).ToHashSet();
        Require(!expected.Contains(null) && found.SetEquals(expected), "found other runs than were recorded");
        Require(Lines.All(line => PerfClaims.Of(Encoding.UTF8.GetBytes(line)) is { IsPossible: true }), "found times or figures recorded that cannot be");
    }

    private void Judge(long allocated)
    {
        if (!Documented.Contains(Code))
            throw new FindingException($"found exit code {Code}, expected a documented one{Place(Thrown)}", $"{Finding("").Message}{Thrown}");
        Require(allocated <= MostBytes, $"found more than {MostBytes} bytes allocated");
        var complaints = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Require(complaints.Length <= 1, $"found {complaints.Length} lines of complaint, expected one sentence");
        Require(Error.Length <= LongestError, $"found a complaint of more than {LongestError} characters");
        Require(complaints.All(line => line.StartsWith("harness: ", StringComparison.Ordinal)), "found a complaint that does not begin with 'harness: '");
        Require(!ProgramText().IsMatch(Error), "found names of the program's own parts in a complaint, expected words for people");
        Require(Code is not (ExitCode.Usage or ExitCode.DamagedFixtures) || complaints.Length == 1 || Output.Length > 0, "found nothing said, expected why it ended so");
        foreach (var text in new[] { Output, Error })
        {
            if (Steering(text) is { } letter)
                throw new FindingException("found a character that steers a terminal", $"U+{(int)letter:X4}: {Finding("").Message}");
            Require(!WorkflowCommand().IsMatch(text), "found a line that a CI system obeys");
        }

        Require(SummaryLine().Count(Output) <= 1, "found the last line twice, expected none that an input has forged");
    }

    private FindingException Finding(string what) => new(what, $"{Command}\nexit code {Code}\n{Shown(Output)}{Shown(Error)}");

    // The first of the harness's own lines that it went through.
    private static string Place(Exception? failure) =>
        OwnLine().Match(failure?.StackTrace ?? "") is { Success: true } line ? $" at {Path.GetFileName(line.Groups["file"].Value)}:{line.Groups["line"].Value}" : "";

    private static string Shown(string text)
    {
        const int Most = 1_500;
        return text.Length <= Most ? text : $"{text[..Most]}…\n";
    }

    private static char? Steering(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (text[i] is not ('\n' or '\t') && IsSteering(char.GetUnicodeCategory(text[i])))
                return text[i];
        }

        return null;
    }

    private static bool IsSteering(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;

    [GeneratedRegex(@"^   at Harness\..* in (?<file>.*):line (?<line>\d+)", RegexOptions.Multiline)]
    private static partial Regex OwnLine();

    // The samples name what made them: these tests.
    [GeneratedRegex(@"^   at |Exception\b|\bSystem\.|\bHarness\.(?!Fuzz\.Tests\b)[A-Z]|\bMicrosoft\.", RegexOptions.Multiline)]
    private static partial Regex ProgramText();

    [GeneratedRegex("^[ \t]*::|^##vso\\[", RegexOptions.Multiline)]
    private static partial Regex WorkflowCommand();

    [GeneratedRegex(@"^\d+ passed, \d+ failed, \d+ unsupported, \d+ errored", RegexOptions.Multiline)]
    private static partial Regex SummaryLine();
}
