using Harness.Perf.Results;

namespace Harness.Fuzz.Tests.Samples;

/// <summary>Nights of one machine: two systems that are timed, and a state whose bytes are counted.</summary>
internal static class PerfRuns
{
    /// <summary>How many nights a store has.</summary>
    public const int Nights = 8;

    private static readonly DateTimeOffset First = new(2025, 1, 1, 2, 0, 0, TimeSpan.Zero);

    private static readonly MachineRecord Machine = new(
        "0123456789ab", "runner-1", "A Processor", 8, 32L << 30, null, null, ".NET 10.0.1", "Linux 6.1", "X64");

    /// <summary>A night, counted from 0.</summary>
    /// <param name="night">Which.</param>
    /// <param name="stateBytes">What is counted; more than before is a regression.</param>
    public static PerfFile Night(int night, int stateBytes = 4096) => new(
        PerfJson.FormatVersion, "0.1.0", First.AddDays(night), Machine, new CommitRecord($"{night:x40}", First.AddDays(night).AddHours(-9), false),
        "perf scaling --json perf.json", 1.5,
        [
            Time("lm2", 0.004 + night * 1e-5), Time("inf", 0.005 - night * 1e-5),
            new FigureRecord(Key("lm2", "state_bytes"), "B", "lower", stateBytes, Exact: $"{stateBytes}"),
        ],
        [
            new VerdictRecord(
                "scaling", "lm2", "managed", "cpu", "f32", "tiny", "segment_time", "context_independent", "The slope is inside ±0.05.", 0.004, -0.01, 0.018),
        ]);

    private static FigureRecord Time(string subject, double seconds) =>
        new(Key(subject, "segment_time"), "s", "lower", seconds, seconds * 0.99, seconds * 1.01, [seconds * 0.99, seconds, seconds * 1.01]);

    private static FigureKey Key(string subject, string metric) => new("scaling", subject, "managed", "cpu", "f32", "tiny", "context", 1024, metric);
}
