using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Perf.Results;
using Harness.Perf.Tests.History;

namespace Harness.Perf.Tests.Results;

/// <summary>Perf results are what their schema says, number by number, or are refused with the place.</summary>
public sealed class PerfJsonTests
{
    private static readonly PerfFile Good = Runs.Night(0, Runs.Time(1, samples: [1, 1, 1]), Runs.Exact("4096"), Runs.Time(2, Runs.Key(at: 2048))) with
    {
        Verdicts = [new VerdictRecord("scaling", "lm2", "managed", "cpu", "f32", "tiny", "segment_time", "grows", "It grows.", 0.5, 0.25, 0.75)],
    };

    [Fact]
    public void What_is_written_is_read() => Parse(Text(Good)).Should().BeEquivalentTo(Good);

    [Theory]
    [InlineData("figures[2].value", "1e999", "1e999, expected a finite number")]
    [InlineData("figures[2].value", "-1e999", "-1e999, expected a finite number")]
    [InlineData("figures[2].value", "NaN", "NaN, expected a finite number")]
    [InlineData("figures[2].value", "-Infinity", "-Infinity, expected a finite number")]
    [InlineData("figures[2].value", "\"NaN\"", "\"NaN\", expected a finite number")]
    [InlineData("figures[2].value", "\"1\"", "\"1\", expected a finite number")]
    [InlineData("figures[2].value", "null", "null, expected a finite number")]
    [InlineData("figures[2].value", "true", "true, expected a finite number")]
    [InlineData("figures[2].value", "[1]", "a list, expected a finite number")]
    [InlineData("figures[2].value", "-5", "-5, expected a positive number of s")]
    [InlineData("figures[2].value", "0", "0, expected a positive number of s")]
    [InlineData("figures[2].value", "-0.0", "-0.0, expected a positive number of s")]
    [InlineData("figures[2].low", "1e999", "1e999, expected a finite number")]
    [InlineData("figures[2].low", "2.5", "2.5, expected 2 at most, which is the value")]
    [InlineData("figures[2].high", "1.5", "1.5, expected 2 at least, which is the value")]
    [InlineData("figures[2].high", "null", "null, expected one beside \"low\"")]
    [InlineData("figures[0].samples[1]", "1e999", "1e999, expected a finite number")]
    [InlineData("figures[0].samples[1]", "NaN", "NaN, expected a finite number")]
    [InlineData("figures[0].samples[1]", "-1", "-1, expected a positive number of s")]
    [InlineData("figures[0].samples[1]", "null", "null, expected a finite number")]
    [InlineData("figures[0].samples", "[]", "a list, expected one number at least")]
    [InlineData("figures[0].samples", "{}", "an object, expected a list")]
    [InlineData("figures[1].value", "-1", "-1, expected 0 B or more")]
    [InlineData("figures[1].exact", "\"-4096\"", "\"-4096\", expected a whole number in up to 60 decimal digits, not below 0")]
    [InlineData("figures[1].exact", "\"4096.0\"", "\"4096.0\", expected a whole number in up to 60 decimal digits, not below 0")]
    [InlineData("figures[1].exact", "4096", "4096, expected a text")]
    [InlineData("figures[1].unit", "\"MB\"", "\"MB\", expected s or FLOP/s or B/s or tokens/s or B or FLOP or FLOP/B or 1")]
    [InlineData("figures[1].unit", "null", "null, expected s or FLOP/s or B/s or tokens/s or B or FLOP or FLOP/B or 1")]
    [InlineData("figures[1].better", "\"bigger\"", "\"bigger\", expected lower or higher")]
    [InlineData("figures[1]", "null", "null, expected an object")]
    [InlineData("figures[1].key", "null", "null, expected an object")]
    [InlineData("figures[1].key.subject", "null", "null, expected a text")]
    [InlineData("figures[1].key.suite", "\"other\"", "\"other\", expected scaling or fidelity or complexity or micro or roofline")]
    [InlineData("figures[1].key.axis", "\"width\"", "\"width\", expected context or updates")]
    [InlineData("figures[1].key.at", "1e30", "1e30, expected a whole number, 0 at least")]
    [InlineData("figures[1].key.at", "-1", "-1, expected a whole number, 0 at least")]
    [InlineData("figures[1].key.at", "null", "null, expected one beside \"axis\"")]
    [InlineData("figures[1].key.metric", "\"Segment Time\"", "\"Segment Time\", expected a name in snake case")]
    [InlineData("figures", "{}", "an object, expected a list")]
    [InlineData("verdicts[0]", "null", "null, expected an object")]
    [InlineData("verdicts[0].exponent", "1e999", "1e999, expected a finite number")]
    [InlineData("verdicts[0].exponent_low", "0.6", "0.6, expected 0.5 at most, which is the value")]
    [InlineData("verdicts[0].conclusion", "\"\"", "\"\", expected a name in snake case")]
    [InlineData("seconds", "1e999", "1e999, expected a finite number")]
    [InlineData("seconds", "-1", "-1, expected 0 or more")]
    [InlineData("created", "\"0001-01-01T00:00:00+00:00\"", "\"0001-01-01T00:00:00+00:00\", expected 2020 or later: a clock that was never set says so")]
    [InlineData("created", "\"1970-01-01T00:00:00+00:00\"", "\"1970-01-01T00:00:00+00:00\", expected 2020 or later: a clock that was never set says so")]
    [InlineData("created", "\"yesterday\"", "\"yesterday\", expected a date and time such as 2026-01-31T02:00:00Z")]
    [InlineData("created", "1767225600", "1767225600, expected a date and time such as 2026-01-31T02:00:00Z")]
    [InlineData("machine", "[]", "a list, expected an object")]
    [InlineData("machine.processors", "0", "0, expected a whole number from 1 to 2147483647")]
    [InlineData("machine.processors", "1e99", "1e99, expected a whole number from 1 to 2147483647")]
    [InlineData("machine.memory_bytes", "-1", "-1, expected a whole number, 0 at least")]
    [InlineData("machine.gpu", "1", "1, expected a text")]
    [InlineData("commit.id", "\"main\"", "\"main\", expected a hash of 7 to 64 hexadecimal digits")]
    [InlineData("commit.time", "\"\"", "\"\", expected a date and time such as 2026-01-31T02:00:00Z")]
    [InlineData("commit.is_dirty", "\"no\"", "\"no\", expected true or false")]
    public void What_is_wrong_is_named_with_its_place(string place, string value, string message) =>
        Parsing(With(place, value)).Should().Throw<FormatException>().WithMessage($"results: {place}: found {message}");

    [Theory]
    [InlineData("1", -0.5)]
    [InlineData("1", 0)]
    [InlineData("B", 0)]
    [InlineData("FLOP", 0)]
    [InlineData("FLOP/B", 0)]
    public void A_correlation_may_be_below_zero_and_a_count_may_be_zero(string unit, double value) =>
        Parse(Text(Good with { Figures = [new FigureRecord(Runs.Key(), unit, null, value)] })).Figures.Single().Value.Should().Be(value);

    [Theory]
    [InlineData("harness")]
    [InlineData("created")]
    [InlineData("machine")]
    [InlineData("command")]
    [InlineData("seconds")]
    [InlineData("figures")]
    [InlineData("verdicts")]
    public void What_lacks_a_member_is_no_perf_results(string member) =>
        Parsing(With(member, "null")).Should().Throw<FormatException>()
            .WithMessage($"results: not perf results of this harness: found no \"{member}\", expected what 'harness perf … --json' writes");

    [Fact]
    public void An_unknown_member_is_named() =>
        Parsing(Text(Good).Replace("\"unit\"", "\"valeu\":1,\"unit\"", StringComparison.Ordinal)).Should().Throw<FormatException>()
            .WithMessage("results: figures[0]: found a member \"valeu\", expected only key, unit, better, value, low, high, samples, exact");

    [Fact]
    public void A_member_that_is_there_twice_is_refused() =>
        Parsing(Text(Good).Replace("\"unit\"", "\"value\":1,\"unit\"", StringComparison.Ordinal)).Should().Throw<FormatException>()
            .WithMessage("results: not perf results of this harness: *uplicate*value*");

    [Fact]
    public void A_figure_that_is_there_twice_is_refused() =>
        Parsing(Text(Good with { Figures = [Runs.Time(1), Runs.Exact("1"), Runs.Time(2)] })).Should().Throw<FormatException>()
            .WithMessage("results: figures[2].key: found that of figures[0] again ({*}), expected it once");

    [Fact]
    public void Another_format_is_refused_by_both_versions() =>
        Parsing(With("format", "7")).Should().Throw<FormatException>().WithMessage("results: \"format\": found 7, this harness reads 1");

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("{\"format\":")]
    [InlineData("{}")]
    [InlineData("\ud83d")]
    public void What_is_something_else_says_so(string text) =>
        Parsing(text).Should().Throw<FormatException>().WithMessage("results: *not perf results of this harness: *");

    [Fact]
    public void A_text_nested_without_end_is_refused() =>
        Parsing(string.Concat(Enumerable.Repeat("{\"figures\":[", 50_000))).Should().Throw<FormatException>().WithMessage("results: *not perf results of this harness: *");

    [Fact]
    public void Half_of_a_character_is_refused() =>
        Parsing(Text(Good).Replace("perf scaling", "perf \\ud83d", StringComparison.Ordinal)).Should().Throw<FormatException>()
            .WithMessage("results: command: found a text with half of a character, expected whole ones");

    [Fact]
    public void A_byte_order_mark_is_passed_over() =>
        PerfJson.Parse((byte[])[.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Text(Good))], "results").Should().BeEquivalentTo(Good);

    [Fact]
    public void What_has_no_end_is_read_no_further_than_results_go()
    {
        using var endless = new Endless();
        FluentActions.Invoking(() => PerfJson.ReadLines(endless, "lines").Count()).Should().Throw<FormatException>()
            .WithMessage("lines, line 1: not perf results of this harness: found more than 64 MiB, expected less");
    }

    [Fact]
    public void Lines_are_read_with_their_numbers()
    {
        using var lines = new MemoryStream(Encoding.UTF8.GetBytes($"{Text(Good)}\r\n\n{Text(Good)}"));
        PerfJson.ReadLines(lines, "lines").Select(line => line.Place).Should().Equal("lines, line 1", "lines, line 3");
    }

    [Fact]
    public void A_folder_is_named() => FluentActions.Invoking(() => PerfJson.Read(Path.GetTempPath())).Should().Throw<FormatException>()
        .WithMessage("*: not perf results of this harness: found a folder, expected a file");

    [Fact]
    public void A_run_dated_after_tomorrow_is_not_kept()
    {
        var now = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        PerfJson.RequirePast(Good with { Created = now.AddHours(23) }, "results", now);
        FluentActions.Invoking(() => PerfJson.RequirePast(Good with { Created = now.AddHours(25) }, "results", now)).Should().Throw<FormatException>()
            .WithMessage("results: created: found 2026-01-02T13:00:00Z, expected 2026-01-02T12:00:00Z at the latest: one of the two clocks is wrong");
    }

    // What the schema says of signs, for whoever writes such files elsewhere.
    [Fact]
    public void The_schema_knows_the_units_and_their_signs()
    {
        var figure = JsonNode.Parse(File.ReadAllText(SchemaPath()))!["$defs"]!["figure"]!;
        figure["properties"]!["unit"]!["enum"]!.AsArray().Select(unit => (string)unit!).Should()
            .BeEquivalentTo([.. PerfRules.PositiveUnits, .. PerfRules.CountedUnits, PerfRules.Ratio]);
        string[] Units(int rule) => [.. figure["allOf"]![rule]!["if"]!["properties"]!["unit"]!["enum"]!.AsArray().Select(unit => (string)unit!)];
        Units(0).Should().BeEquivalentTo(PerfRules.PositiveUnits);
        ((int)figure["allOf"]![0]!["then"]!["properties"]!["value"]!["exclusiveMinimum"]!).Should().Be(0);
        Units(1).Should().BeEquivalentTo(PerfRules.CountedUnits);
        ((int)figure["allOf"]![1]!["then"]!["properties"]!["value"]!["minimum"]!).Should().Be(0);
    }

    private static string SchemaPath([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "../../schema/perf.schema.json");

    private static string Text(PerfFile file) => PerfLine.Write(file);

    private static PerfFile Parse(string text) => PerfJson.Parse(Encoding.UTF8.GetBytes(text), "results");

    private static Func<PerfFile> Parsing(string text) => () => Parse(text);

    // Another value at a place, whether or not that is JSON.
    private static string With(string place, string value)
    {
        const string Mark = "another value stands here";
        var root = JsonNode.Parse(Text(Good))!;
        var steps = place.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        var holder = root;
        foreach (var step in steps[..^1])
            holder = step[0] == '[' ? holder[int.Parse(step[1..^1])]! : holder[step]!;
        if (steps[^1][0] == '[')
            holder[int.Parse(steps[^1][1..^1])] = Mark;
        else
            holder[steps[^1]] = Mark;
        return root.ToJsonString().Replace($"\"{Mark}\"", value, StringComparison.Ordinal);
    }

    private sealed class Endless : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Clear();
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
