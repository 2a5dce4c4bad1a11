using System.Runtime.CompilerServices;
using System.Text;
using Harness.Conformance.Tests;
using Harness.Perf.Gate;

namespace Harness.Perf.Tests.Gate;

/// <summary>What the gate catches, how soon, and how often it cries wolf, on series whose changes are known.</summary>
public sealed class ValidationTests
{
    private const int Series = 100;
    private const int NightsBefore = 60;
    private const int NightsAfter = 30;
    private const int QuietNights = 365;
    private const int Reruns = 3;

    private static readonly Noise[] Noises =
    [
        new("quiet machine, 1 %", 0.01),
        new("ordinary machine, 2 %", 0.02),
        new("noisy shared machine, 5 %, nights alike", 0.05, Memory: 0.3),
        new("1 % and an outlier in 20 nights", 0.01, Outliers: 0.05),
        new("1 % and two modes 4 % apart", 0.01, Modes: 0.04),
        new("1 % and a third of the nights missing", 0.01, Missing: 1.0 / 3),
    ];

    private static readonly Lazy<string> Written = new(Write);

    [Fact]
    public Task Table() => Snapshot.Verify(Written.Value, "md");

    [Fact]
    public void The_table_in_the_readme_is_the_one_computed() =>
        File.ReadAllText(Path.Combine(SourceFolder(), "../../README.md")).Should().Contain(Written.Value.TrimEnd());

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static string Write()
    {
        var text = new StringBuilder();
        text.AppendLine("| machine | change | called with `--rerun` | median night | 90 % by night | called without | median night | 90 % by night |");
        text.AppendLine("|---|---|---:|---:|---:|---:|---:|---:|");
        foreach (var noise in Noises)
        {
            foreach (var step in new[] { 0.03, 0.05, 0.10 })
                text.AppendLine($"| {noise.Name} | step {step * 100:0} % | {Cells(noise, night => night < 0 ? 0 : Math.Log(1 + step), true)} | {Cells(noise, night => night < 0 ? 0 : Math.Log(1 + step), false)} |");
        }

        double Drift(int night) => night < 0 ? 0 : Math.Log(1 + 0.1 * (night + 1) / NightsAfter);
        text.AppendLine($"| {Noises[0].Name} | drift, 10 % in {NightsAfter} nights | {Cells(Noises[0], Drift, true)} | {Cells(Noises[0], Drift, false)} |");
        text.AppendLine();
        text.AppendLine("| machine | false regressions a year, with `--rerun` | without | nights measured again a year |");
        text.AppendLine("|---|---:|---:|---:|");
        foreach (var noise in Noises)
        {
            var (with, suspicious) = FalseAlarms(noise, true);
            var (without, _) = FalseAlarms(noise, false);
            text.AppendLine($"| {noise.Name} | {with:0.00} | {without:0.00} | {suspicious:0.0} |");
        }

        return text.ToString();
    }

    private static string Cells(Noise noise, Func<int, double> change, bool again)
    {
        var delays = new List<int>();
        for (var seed = 0; seed < Series; seed++)
        {
            var (series, monitor) = (new SyntheticSeries(noise, seed), new NightlyMonitor());
            for (var night = -NightsBefore; night < NightsAfter; night++)
            {
                if (series.Night() is not { } y)
                    continue;
                var verdict = NightVerdict.Judge(monitor, y + change(night), again ? () => [.. Enumerable.Range(0, Reruns).Select(_ => series.Again() + change(night))] : null);
                if (night >= 0 && verdict.Verdict == GateVerdict.Regression)
                {
                    delays.Add(night);
                    break;
                }
            }
        }

        delays.Sort();
        return delays.Count == 0 ? "0 % | | " : $"{delays.Count * 100.0 / Series:0} % | {delays[delays.Count / 2]} | {delays[delays.Count * 9 / 10]}";
    }

    private static (double Alarms, double Suspicious) FalseAlarms(Noise noise, bool again)
    {
        var (alarms, suspicious) = (0, 0);
        for (var seed = 0; seed < Series; seed++)
        {
            var (series, monitor) = (new SyntheticSeries(noise, 1000 + seed), new NightlyMonitor());
            var last = int.MinValue;
            for (var night = -NightsBefore; night < QuietNights; night++)
            {
                if (series.Night() is not { } y)
                    continue;
                var measured = false;
                var verdict = NightVerdict.Judge(monitor, y, again ? () => { measured = true; return [.. Enumerable.Range(0, Reruns).Select(_ => series.Again())]; } : null);
                if (night < 0)
                    continue;
                suspicious += measured ? 1 : 0;
                if (verdict.Verdict != GateVerdict.Regression)
                    continue;
                alarms += night > last + 1 ? 1 : 0;
                last = night;
            }
        }

        return ((double)alarms / Series, (double)suspicious / Series);
    }
}
