using Harness.Conformance.Running;
using Spectre.Console;

namespace Harness.Cli.Rendering;

/// <summary>What a person watches while checks run: a bar on a terminal, a line now and then in a log.</summary>
internal static class VerifyProgress
{
    private const int LinesInALog = 4;

    public static VerifyReport Show(Terminal terminal, bool failFast, Func<Action<CheckResult, int>, VerifyReport> run) =>
        terminal.IsInteractive ? Bar(terminal, run) : Lines(terminal, failFast, run);

    private static VerifyReport Bar(Terminal terminal, Func<Action<CheckResult, int>, VerifyReport> run) =>
        terminal.Out.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var failures = 0;
                var task = context.AddTask("verifying");
                return run((check, total) =>
                {
                    task.MaxValue = total;
                    task.Increment(1);
                    if (check.Verdict is Verdict.Failed or Verdict.Errored or Verdict.TimedOut)
                        task.Description = $"verifying, [red]{Interlocked.Increment(ref failures)} not passed[/]";
                });
            });

    private static VerifyReport Lines(Terminal terminal, bool failFast, Func<Action<CheckResult, int>, VerifyReport> run)
    {
        var done = 0;
        var gate = new Lock();
        return run((_, total) =>
        {
            lock (gate)
            {
                done++;

                // A run that may end early cannot promise its quarters.
                if (!failFast && done * LinesInALog / total > (done - 1) * LinesInALog / total)
                    terminal.Line($"{done} of {total} checks");
            }
        });
    }
}
