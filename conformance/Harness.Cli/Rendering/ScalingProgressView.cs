using System.Diagnostics;
using Harness.Cli.Terminals;
using Harness.Perf.Scaling;
using Spectre.Console;

namespace Harness.Cli.Rendering;

/// <summary>What a person watches during <c>harness perf scaling</c>. It draws between measurements only, never on a thread of its own.</summary>
internal static class ScalingProgressView
{
    private static readonly TimeSpan BetweenDrawings = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(20);

    public static T Show<T>(Terminal terminal, Func<Action<ScalingProgress>, T> run)
    {
        if (!terminal.IsInteractive)
            return run(Seldom(BetweenLines, progress => terminal.Line($"  {progress.Activity}{Left(progress)}")));
        return terminal.Out.Progress().AutoClear(true).AutoRefresh(false)
            .Columns(new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                var task = context.AddTask("starting", maxValue: 1);
                return run(Seldom(BetweenDrawings, progress =>
                {
                    task.Description = ((Styled)$"{progress.Activity}{Left(progress)}").ToString();
                    task.Value = progress.Remaining is { } remaining ? progress.Elapsed / (progress.Elapsed + remaining) : 0;
                    context.Refresh();
                }));
            });
    }

    private static Action<ScalingProgress> Seldom(TimeSpan between, Action<ScalingProgress> draw)
    {
        var last = Stopwatch.GetTimestamp();
        return progress =>
        {
            if (Stopwatch.GetElapsedTime(last) < between)
                return;
            draw(progress);
            last = Stopwatch.GetTimestamp();
        };
    }

    private static string Left(ScalingProgress progress) => progress.Remaining is { } remaining
        ? $"; about {(remaining.TotalSeconds < 90 ? $"{Math.Ceiling(remaining.TotalSeconds)} s" : $"{Math.Ceiling(remaining.TotalMinutes)} min")} left"
        : "";
}
