using Harness.Cli;
using Harness.Cli.Terminals;
using Harness.Conformance.Tests;
using Harness.Perf.Results;

namespace Harness.Perf.Tests.History;

/// <summary>The history and the gate as a person uses them.</summary>
public sealed class HistoryCommandTests : IDisposable
{
    private const int Nights = 40;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_few_series_are_plotted_with_their_changes()
    {
        Record();
        await Snapshot.Verify(Run("history", "--store", _folder.Store, "--metric", "segment_*").Output);
    }

    [Fact]
    public async Task Many_series_are_listed()
    {
        Record();
        await Snapshot.Verify(Run("history", "--store", _folder.Store).Output);
    }

    [Fact]
    public void A_run_recorded_twice_is_recognised()
    {
        var file = Write("run.json", Runs.Night(0, Runs.Time(1)));
        Run("record", "--store", _folder.Store, file).Should().Be((0, $"recorded 1 of 1 in {_folder.Store}\n", ""));
        Run("record", "--store", _folder.Store, file).Should().Be((0, $"recorded 0 of 1 in {_folder.Store} (1 there already)\n", ""));
    }

    [Fact]
    public void Export_and_import_give_the_same_lines()
    {
        Record();
        Run("export", "--store", _folder.Store, _folder["a.jsonl"]).Code.Should().Be(0);
        Run("import", "--store", _folder["copy.db"], _folder["a.jsonl"]).Output.Should().Be($"imported {Nights} of {Nights} runs into {_folder["copy.db"]}\n");
        Run("export", "--store", _folder["copy.db"], "-").Output.Should().Be(File.ReadAllText(_folder["a.jsonl"]));
        Run("import", "--store", _folder["copy.db"], _folder["a.jsonl"]).Output.Should().Contain($"imported 0 of {Nights} runs").And.Contain($"({Nights} there already)");
    }

    // Whoever mistypes a path has a second history from then on.
    [Theory]
    [InlineData("record")]
    [InlineData("import")]
    public void A_folder_that_is_not_there_is_not_made(string command)
    {
        var run = Write("run.json", Runs.Night(0, Runs.Time(1)));
        File.WriteAllText(_folder["line.jsonl"], PerfLine.Write(Runs.Night(0, Runs.Time(1))));
        var (code, _, error) = Run(command, command == "record" ? run : _folder["line.jsonl"], "--store", _folder["nope/x.db"]);
        code.Should().Be(3);
        error.Should().Be(
            $"harness: {_folder["nope/x.db"]}: found no folder '{_folder["nope"]}', expected that of the store: create it, or name another (--store PATH)\n");
        Path.Exists(_folder["nope"]).Should().BeFalse();
    }

    [Fact]
    public void A_line_that_is_no_run_is_named_and_nothing_is_imported()
    {
        Record();
        Run("export", "--store", _folder.Store, _folder["a.jsonl"]);
        File.AppendAllText(_folder["a.jsonl"], "{\"format\":1}\n");
        var (code, _, error) = Run("import", "--store", _folder["copy.db"], _folder["a.jsonl"]);
        code.Should().Be(2);
        error.Should().Contain($"import: {_folder["a.jsonl"]}, line {Nights + 1}: not perf results of this harness");
        File.Exists(_folder["copy.db"]).Should().BeFalse();
    }

    [Fact]
    public void A_regression_is_exit_code_1_with_markdown_and_json()
    {
        Record();
        var tonight = Write("tonight.json", Runs.Night(Nights, [.. Figures(Nights, 1.5)]));
        var (code, output, _) = Run(
            "gate", tonight, "--store", _folder.Store, "--markdown", _folder["gate.md"], "--json", _folder["gate.json"], "--rerun", $"cp {tonight} {{out}}");
        code.Should().Be(1);
        output.TrimEnd().Split('\n')[^1].Should().Be("0 missing, 7 regression, 0 suspicious, 0 insufficient data, 0 improvement, 1 no change");
        File.ReadAllText(_folder["gate.md"]).Should().StartWith("## ❌ Performance regressed");
        File.ReadAllText(_folder["gate.json"]).Should().Contain("\"verdict\": \"regression\"");
    }

    [Fact]
    public void Without_a_rerun_it_is_exit_code_4()
    {
        Record();
        Run("gate", Write("tonight.json", Runs.Night(Nights, [.. Figures(Nights, 1.5)])), "--store", _folder.Store).Code.Should().Be(4);
    }

    [Fact]
    public void The_newest_night_of_the_store_is_gated_where_no_file_is_named()
    {
        Record();
        Run("record", "--store", _folder.Store, Write("tonight.json", Runs.Night(Nights, [.. Figures(Nights, 1.5)])));
        Run("gate", "--store", _folder.Store).Code.Should().Be(4);
    }

    [Fact]
    public void A_usual_night_is_exit_code_0()
    {
        Record();
        var tonight = Write("tonight.json", Runs.Night(Nights, [.. Figures(Nights, 1)]));
        Run("gate", tonight, "--store", _folder.Store).Code.Should().Be(0);
        Run("gate", tonight, "--store", _folder.Store, "--baseline", $"{Nights - 1:x40}").Should().Match<(int Code, string Output, string)>(
            run => run.Code == 0 && run.Output.Contains("7 insufficient data, 0 improvement, 1 no change", StringComparison.Ordinal), "these runs have no samples");
    }

    [Fact]
    public void Another_machine_is_exit_code_5_and_the_difference_is_named()
    {
        Record();
        var elsewhere = Runs.Night(Nights, [.. Figures(Nights, 1)]) with { Machine = Runs.Machine with { Fingerprint = "fedcba987654", Processor = "B Processor" } };
        var (code, output, _) = Run("gate", Write("tonight.json", elsewhere), "--store", _folder.Store);
        code.Should().Be(5);
        output.Should().Contain("insufficient data for 8 series").And.Contain("processor 'A Processor', now 'B Processor'");
    }

    [Fact]
    public void Two_builds_are_compared_in_turns()
    {
        var (old, slow) = (Write("old.json", Runs.Night(0, Runs.Time(1))), Write("slow.json", Runs.Night(0, Runs.Time(1.1))));
        var (code, output, error) = Run("compare", "--old", $"cp {old} {{out}}", "--new", $"cp {slow} {{out}}", "--rounds", "8", "--seed", "1");
        code.Should().Be(1);
        output.Should().Contain("+10.0 % [+10.0 %, +10.0 %]").And.Contain("--seed 1 repeats them");
        error.Should().StartWith("warming up\nround 1 of 8\n");
        Run("compare", "--old", $"cp {old} {{out}}", "--new", $"cp {old} {{out}}", "--rounds", "8").Code.Should().Be(0);
    }

    [Fact]
    public void A_run_dated_after_tomorrow_is_neither_recorded_nor_imported_nor_gated()
    {
        Record();
        var future = Runs.Night(0, Runs.Time(1)) with { Created = new DateTimeOffset(2999, 1, 1, 3, 0, 0, TimeSpan.Zero) };
        var file = Write("future.json", future);
        File.WriteAllText(_folder["a.jsonl"], PerfLine.Write(Runs.Night(0, Runs.Time(1))) + "\n" + PerfLine.Write(future) + "\n");
        foreach (var (command, place) in new (string[], string)[]
        {
            (["record", file], file), (["gate", file], file), (["gate", "--baseline", file], file), (["import", _folder["a.jsonl"]], $"{_folder["a.jsonl"]}, line 2"),
        })
        {
            var (code, _, error) = Run([.. command, "--store", _folder.Store]);
            code.Should().Be(2);
            error.Should().Contain($"{place}: created: found 2999-01-01T03:00:00Z, expected ").And.Contain(" at the latest: one of the two clocks is wrong.");
        }

        Run("export", "-", "--store", _folder.Store).Output.Split('\n').Should().HaveCount(Nights + 1);
    }

    // As an earlier version recorded it.
    [Fact]
    public void A_run_of_the_future_hides_no_suspicion_and_can_be_forgotten()
    {
        Record();
        using (var store = _folder.Open())
            store.Record(Runs.Night(0, [.. Figures(0, 1)]) with { Created = new DateTimeOffset(2999, 1, 1, 3, 0, 0, TimeSpan.Zero) });
        var tonight = Write("tonight.json", Runs.Night(Nights, [.. Figures(Nights, 1.5)]));
        Run("record", "--store", _folder.Store, tonight);

        var suspicious = (4, "0 missing, 0 regression, 7 suspicious, 0 insufficient data, 0 improvement, 1 no change");
        Judged().Should().Be(suspicious);
        var listed = Run("history", "--runs", "--store", _folder.Store).Output.Split('\n');
        listed[^4].Should().MatchRegex("^41  [0-9a-f]{12}  2999-01-01 03:00 UTC, .*: still to come, so it stands where it was recorded$");
        listed[^3].Should().MatchRegex("^42  [0-9a-f]{12}  2026-02-10 02:00 UTC, ");
        Run("forget", listed[^4][4..16], "--store", _folder.Store).Output.Should().MatchRegex("^forgot run 41 \\(2999-01-01 03:00 UTC, .*\\); 41 runs are left in ");
        Judged().Should().Be(suspicious);

        (int Code, string Summary) Judged()
        {
            var (code, output, _) = Run("gate", "--store", _folder.Store);
            return (code, output.TrimEnd().Split('\n')[^1]);
        }
    }

    [Theory]
    [InlineData(2, "record: no-such.json: not perf results of this harness", "record", "no-such.json")]
    [InlineData(2, "gate: no-such.json: not perf results of this harness", "gate", "no-such.json")]
    [InlineData(2, "import: no-such.jsonl: cannot be read", "import", "no-such.jsonl")]
    [InlineData(2, "import: /: cannot be read: found a folder, expected a file of JSON lines.", "import", "/")]
    [InlineData(2, "record: /: not perf results of this harness: found a folder, expected a file.", "record", "/")]
    [InlineData(2, "--baseline: found 'window:5', expected window:N with at least 20 nights", "gate", "--baseline", "window:5")]
    [InlineData(2, "--baseline: found 'window:x', expected window:N", "gate", "--baseline", "window:x")]
    [InlineData(2, "--rerun: found no {out} in 'true', expected it where the path of the results goes", "gate", "--rerun", "true")]
    [InlineData(2, "--markdown: found no folder for 'no/such/gate.md'", "gate", "--markdown", "no/such/gate.md")]
    [InlineData(2, "--rounds: found 3, expected at least 6", "compare", "--old", "a {out}", "--new", "b {out}", "--rounds", "3")]
    [InlineData(2, "--new: found an open ' in 'b {out} '', expected it to be closed", "compare", "--old", "a {out}", "--new", "b {out} '")]
    [InlineData(2, "compare: 'no-such-program {out}': cannot be started", "compare", "--old", "no-such-program {out}", "--new", "no-such-program {out}")]
    [InlineData(2, "--last: found 0, expected at least 1.", "history", "--last", "0")]
    [InlineData(3, "no-such.db: found no store, expected one: 'harness perf record", "history", "--store", "no-such.db")]
    [InlineData(3, "no-such.db: found no store, expected one: 'harness perf record", "gate", "--store", "no-such.db")]
    [InlineData(3, "no-such.db: found no store, expected one: 'harness perf record", "forget", "1", "--store", "no-such.db")]
    [InlineData(3, "no-such.db: found no store, expected one: 'harness perf record", "export", "-", "--store", "no-such.db")]
    public void Bad_input_is_one_clear_error(int code, string expected, params string[] args)
    {
        var (found, _, error) = Run(args);
        error.Should().Contain(expected).And.NotContain("   at ");
        found.Should().Be(code);
    }

    [Fact]
    public void What_no_series_matches_says_so()
    {
        Record();
        Run("history", "--store", _folder.Store, "--metric", "nope").Error.Should().Be("harness: history: no recorded series matches; without --suite, --subject and --metric all are listed.\n");
    }

    // Seven times and one count; from night 25 on all times are 10 % up.
    private static IEnumerable<FigureRecord> Figures(int night, double factor) => Enumerable.Range(0, 7)
        .Select(i => Runs.Time((1 + i) * 1e-3 * factor * (night < 25 ? 1 : 1.1) * (1 + ((night * 37 + 11 * i) % 64 - 31.5) / 6300), Runs.Key(i < 2 ? "segment_time" : "other_time", at: 1024 << i)))
        .Append(Runs.Exact("4096"));

    private void Record()
    {
        using var store = _folder.Open();
        store.Record([.. Enumerable.Range(0, Nights).Select(night => Runs.Night(night, [.. Figures(night, 1)]))]);
    }

    private string Write(string name, PerfFile file)
    {
        PerfJson.Write(file, _folder[name]);
        return _folder[name];
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(["perf", .. args], new Terminal(output, error, isInteractive: false));
        return (code, output.ToString(), error.ToString());
    }
}
