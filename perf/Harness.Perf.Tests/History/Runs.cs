using Harness.Perf.Results;

namespace Harness.Perf.Tests.History;

/// <summary>Perf results made by hand.</summary>
internal static class Runs
{
    public static readonly MachineRecord Machine = new(
        "0123456789ab", "runner-1", "A Processor", 8, 32L << 30, null, null, ".NET 10.0.1", "Linux 6.1", "X64");

    public static readonly DateTimeOffset FirstNight = new(2026, 1, 1, 2, 0, 0, TimeSpan.Zero);

    public static FigureKey Key(string metric = "segment_time", string subject = "lm2", long at = 1024) =>
        new("scaling", subject, "managed", "cpu", "f32", "tiny", "context", at, metric);

    public static FigureRecord Time(double value, FigureKey? key = null, IReadOnlyList<double>? samples = null) =>
        new(key ?? Key(), "s", "lower", value, value * 0.99, value * 1.01, samples);

    public static FigureRecord Exact(string digits, string? better = "lower", FigureKey? key = null) =>
        new(key ?? Key("state_bytes"), better == "lower" ? "B" : "1", better, double.Parse(digits), Exact: digits);

    /// <summary>A run of a night, counted from 0; another commit every night.</summary>
    public static PerfFile Night(int night, params FigureRecord[] figures) => new(
        1, "0.1.0", FirstNight.AddDays(night), Machine, new CommitRecord($"{night:x40}", FirstNight.AddDays(night).AddHours(-9), false), "perf scaling", 1.5,
        figures, []);
}
