using Harness.Conformance.Writing;

namespace Harness.Benchmarks.Micro;

/// <summary>What is measured, how long, and where results go.</summary>
internal sealed record MicroOptions(string Filter, bool IsQuick, string? Json, string CommandLine)
{
    /// <exception cref="FormatException">An argument is unknown, or lacks its value.</exception>
    public static MicroOptions Parse(string[] args)
    {
        var options = new MicroOptions("*", IsQuick: false, Json: null, CommandWords.Join(["perf", "micro", .. args]));
        for (var rest = args; rest.Length > 0;)
        {
            (options, rest) = rest switch
            {
                ["--filter", var glob, .. var more] => (options with { Filter = glob }, more),
                ["--quick", .. var more] => (options with { IsQuick = true }, more),
                ["--json", var path, .. var more] => (options with { Json = path }, more),
                [var found, ..] => throw new FormatException($"found '{found}', expected --filter GLOB, --quick or --json PATH"),
                [] => (options, rest),
            };
        }

        return options;
    }
}
