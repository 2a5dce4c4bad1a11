using Harness.Conformance.Results;
using Harness.Perf.Results;
using Harness.Reports.Content;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests;

/// <summary>Results made by hand: small, with one of everything, and the same on every machine.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Night = new(2026, 3, 14, 2, 0, 0, TimeSpan.Zero);

    /// <summary>Two implementations: one passes, one has every kind of trouble.</summary>
    public static ResultsFile Verify(string name = "my-port", string text = "what it says") => new(
        ResultsJson.FormatVersion, "0.1.0", Night, [new PlatformRecord(".NET 10", "an operating system", "X64", 2)],
        new RunSettings("1.2", "a fingerprint", 5, 1, ["f64", "f32"], "*", "paper", null, "1/1"), 12.5, new SummaryRecord(4, 2, 1, 2, 1), [],
        [
            new ImplementationRecord("managed", "managed", null, null, null, null, 4, 1.5, new SummaryRecord(4, 0, 0, 0, 0), [],
            [
                Check("lm2.gate.input/typical", "golden", "f64", "passed", Output(0.2)),
                Check("lm2.gate.input/typical", "golden", "f32", "passed", Output(0.18)),
                Check("lm2.attention.weights/two-heads", "golden", "f64", "passed", Output(0)),
                Check("inf.regression.operator/property:normal equations", "property", "f64", "passed"),
            ]),
            new ImplementationRecord(name, "exec", $"python3 {name}.py", "1.2", "Python 3.11", "cpu", 6, 3.25, new SummaryRecord(0, 2, 1, 2, 1),
                [new DiagnosisRecord("lm2.attention.weights", "f64", [$"matches the result you get when {text}"])],
            [
                Check("lm2.gate.input/typical", "golden", "f64", "failed", Output(6.2e14)) with { Reason = $"g_in[0,1]: {text}" },
                Check("lm2.gate.input/typical", "golden", "f32", "not_judged") with { Reason = "input E is not exact in float32" },
                Check("lm2.attention.weights/two-heads", "golden", "f64", "failed", Faulty(text)) with { Reason = $"output \"A\": {text}" },
                Check("lm2.attention.weights/fresh-1", "fresh", "f64", "errored") with { Reason = text, Words = $"Traceback\n{text}" },
                Check("inf.regression.operator/property:normal equations", "property", "f64", "unsupported"),
                Check("protocol.stop", "protocol", "f64", "timed_out") with { Reason = "no answer within 10 s" },
            ]),
        ]);

    /// <summary>Results whose summaries say what their checks say, and which planned no more than they have.</summary>
    public static ResultsFile Counted(ResultsFile results)
    {
        ImplementationRecord[] records =
        [
            .. results.Implementations.Select(record => record with { Planned = Math.Max(record.Planned, record.Checks.Count), Summary = Count(record.Checks) }),
        ];
        return results with { Implementations = records, Summary = Count([.. records.SelectMany(record => record.Checks)]) };
    }

    /// <summary>Two systems over four contexts: one constant, the control growing; two implementations of one of them.</summary>
    public static PerfFile Perf(int night = 0, double slowdown = 1, string subject = "lm2")
    {
        var figures = new List<FigureRecord>();
        foreach (var context in new long[] { 1 << 10, 1 << 14, 1 << 18, 1 << 20 })
        {
            figures.Add(Measured(subject, "managed", context, "segment_time", "s", 0.004 * slowdown));
            figures.Add(Measured(subject, "torch", context, "segment_time", "s", 0.003));
            figures.Add(Measured("softmax", "managed", context, "segment_time", "s", 1e-8 * context));
            figures.Add(new FigureRecord(Key(subject, "managed", context, "state_bytes"), "B", "lower", 1 << 20, Exact: $"{1 << 20}"));
            figures.Add(Measured(subject, "managed", context, "share_of_flop_ceiling", "1", 0.42));
        }

        return new PerfFile(
            PerfJson.FormatVersion, "0.1.0", Night.AddDays(night),
            new MachineRecord("abc123", "bench", "a processor", 2, 8L << 30, null, null, ".NET 10", "an operating system", "X64"),
            new CommitRecord("0123456789abcdef0123456789abcdef01234567", Night.AddDays(-1), false), "perf scaling --json perf.json", 300, figures,
            [
                new VerdictRecord("scaling", subject, "managed", "cpu", "f32", "small", "segment_time", "context_independent", "The slope is inside ±0.05.", 0.004, -0.01, 0.018),
                new VerdictRecord("scaling", "softmax", "managed", "cpu", "f32", "small", "segment_time", "grows", "Time grows with the context, as the control must.", 0.99, 0.97, 1.01),
            ]);
    }

    public static Report Report(string name = "my-port", string text = "what it says") => Content.Report.Of(new ResultSources(
        [new VerifySource("results.json", Verify(name, text))], [new PerfSource("perf.json", Perf())]));

    public static CheckRecord Check(string id, string kind, string dtype, string verdict, params OutputRecord[] outputs) => new(
        id, kind, kind == "protocol" ? id : id.Split('/')[0], dtype, verdict, null, kind == "golden" ? "Heads taken as interleaved columns." : null, 0.25, null,
        kind is "golden" or "fresh" ? "E [1,4,8], W_in [8,8]" : null, kind == "golden" ? ["typical", "dtype-exact inputs"] : [], outputs);

    public static OutputRecord Output(double share) => new(
        "g_in", null, share, 1e-16, 2e-16, 0.5, 1.5, "[0,1]", [new ElementRecord("[0,1]", 0.5, 0.25, share * 8e-16, 8e-16)],
        new SpreadRecord("[1,4,8]", "entries", 1, 30, 1e-16, 8e-16, share > 1 ? [1, 0, 3, 0, 7, 0, 0, 0, 2, 3, 5, 11] : [12, 8, 4, 4, 2, 1, 0, 1, 0, 0, 0, 0]));

    private static SummaryRecord Count(IReadOnlyList<CheckRecord> checks)
    {
        int Of(params string[] verdicts) => checks.Count(check => verdicts.Contains(check.Verdict));
        return new(Of("passed"), Of("failed"), Of("unsupported"), Of("errored", "timed_out"), Of("not_judged"), Of("partly_checked"));
    }

    private static OutputRecord Faulty(string text) => new(
        "A", $"output \"A\": {text}", double.PositiveInfinity, double.NaN, double.NaN, double.NaN, double.NaN, "", [], null);

    private static FigureRecord Measured(string subject, string implementation, long context, string metric, string unit, double value) =>
        new(Key(subject, implementation, context, metric), unit, "lower", value, value * 0.98, value * 1.02, [value]);

    private static FigureKey Key(string subject, string implementation, long context, string metric) =>
        new("scaling", subject, implementation, "cpu", "f32", "small", "context", context, metric);
}
