using Harness.Cli.Terminals;
using Harness.Conformance.Checks;
using Harness.Conformance.Writing;
using Spectre.Console;

namespace Harness.Cli.Rendering;

/// <summary>What a person watches while checks run: a bar on a terminal, a line now and then in a log.</summary>
internal static class VerifyProgress
{
    private const int LinesInALog = 4;

    /// <summary>Called after every check with the implementation, the check, and the number of checks of that implementation.</summary>
    public delegate void Step(string implementation, CheckResult check, int planned);

    public static T Show<T>(Terminal terminal, bool failFast, Func<Step, T> run) =>
        terminal.IsInteractive ? Bar(terminal, run) : Lines(terminal, failFast, run);

    private static T Bar<T>(Terminal terminal, Func<Step, T> run) =>
        terminal.Out.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var gate = new Lock();
                var tasks = new Dictionary<string, (ProgressTask Task, int Bad)>();
                return run((name, check, planned) =>
                {
                    lock (gate)
                    {
                        var (task, bad) = tasks.TryGetValue(name, out var known) ? known : (context.AddTask(((Styled)LogText.Name(name)).ToString(), maxValue: planned), 0);
                        bad += check.IsBad ? 1 : 0;
                        tasks[name] = (task, bad);
                        task.Increment(1);
                        if (bad > 0)
                            task.Description = ((Styled)$"{LogText.Name(name)}, [red]{bad} not passed[/]").ToString();
                    }
                });
            });

    private static T Lines<T>(Terminal terminal, bool failFast, Func<Step, T> run)
    {
        var gate = new Lock();
        var counts = new Dictionary<string, int>();
        return run((name, _, planned) =>
        {
            lock (gate)
            {
                var done = counts[name] = counts.GetValueOrDefault(name) + 1;

                // A run that may end early cannot promise its quarters.
                if (!failFast && done * LinesInALog / planned > (done - 1) * LinesInALog / planned)
                    terminal.Line($"  {LogText.Name(name)}: {done} of {planned} checks");
            }
        });
    }
}
