using Harness.Cli.Terminals;
using Harness.Conformance.Writing;
using Harness.Perf.History;

namespace Harness.Cli.Rendering;

/// <summary>The runs of a store, a line for each, in the order of the nights.</summary>
internal static class RunListWriter
{
    public static void Write(Terminal terminal, IReadOnlyList<StoredRun> runs)
    {
        var width = runs.Count == 0 ? 0 : $"{runs.Max(run => run.Id)}".Length;
        foreach (var run in runs)
            terminal.Line($"{$"{run.Id}".PadLeft(width)}  {run.Name}  {VisibleText.Of(run.Describe())}{(run.IsMisdated ? ": still to come, so it stands where it was recorded" : "")}");
        terminal.Line($"{runs.Count} runs; 'harness perf forget RUN' removes one, by its number or the beginning of its hash");
    }
}
