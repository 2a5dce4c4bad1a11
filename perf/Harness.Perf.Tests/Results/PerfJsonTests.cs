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
    [InlineData("verdicts[0].conclusion", "\"\"", "\"\", expected context_independent or linear or grows or undecided or *")]
    [InlineData("verdicts[0].conclusion", "\"shrinks\"", "\"shrinks\", expected context_independent or linear or grows or undecided or *")]
    [InlineData("verdicts[0].conclusion", "\"context_independent\"", "\"context_independent\", expected another one for an exponent that is not inside ±0.05")]
    [InlineData("verdicts[0].exponent", "1e101", "1e101, expected a number up to 1e100")]
    [InlineData("verdicts[0].exponent_high", "1e101", "1e101, expected a number up to 1e100")]
    [InlineData("verdicts[0].subject", "\" \"", "\" \", expected a name")]
    [InlineData("figures[1].key.implementation", "\"\"", "\"\", expected a name")]
    [InlineData("figures[2].value", "1e308", "1e308, expected a number up to 1e100")]
    [InlineData("figures[2].high", "1e101", "1e101, expected a number up to 1e100")]
    [InlineData("figures[0].samples[1]", "1e101", "1e101, expected a number up to 1e100")]
    [InlineData("figures[0].samples", "[1, 1.002, 1.003]", "*.value: found 1, expected 1.002, the median of \"samples\"")]
    [InlineData("figures[0].samples", "[0.5, 1.6]", "*.value: found 1, expected 1.05, the median of \"samples\"")]
    [InlineData("figures[1].exact", "\"4097\"", "\"4097\", expected the value, 4096, in all its digits")]
    [InlineData("figures[1].samples", "[4096]", "*.exact: found \"4096\", expected none beside \"samples\": what is measured is not exact")]
    [InlineData("figures[2].better", "\"higher\"", "\"higher\", expected lower for a figure in s")]
    [InlineData("figures[2].better", "null", "null, expected lower for a figure in s")]
    [InlineData("figures[1].better", "\"higher\"", "\"higher\", expected lower for a figure in B")]
    [InlineData("seconds", "1e101", "1e101, expected a number up to 1e100")]
    [InlineData("created", "\"2026-11-30\"", "\"2026-11-30\", expected a date and time such as 2026-01-31T02:00:00Z")]
    [InlineData("created", "\"2026-11-30T02:00:00\"", "\"2026-11-30T02:00:00\", expected a date and time such as 2026-01-31T02:00:00Z")]
    [InlineData("commit.time", "\"2026-11-30\"", "\"2026-11-30\", expected a date and time such as 2026-01-31T02:00:00Z")]
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
        Parsing(With(place, value)).Should().Throw<FormatException>().WithMessage(
            message[0] == '*' ? $"results: {place[..place.LastIndexOf('.')]}{message[1..]}" : $"results: {place}: found {message}");

    [Theory]
    [InlineData("tokens/s")]
    [InlineData("FLOP/s")]
    [InlineData("B/s")]
    public void Rates_are_better_higher(string unit) =>
        Parsing(Text(Good with { Figures = [new FigureRecord(Runs.Key(), unit, "lower", 1)] })).Should().Throw<FormatException>()
            .WithMessage($"results: figures[0].better: found \"lower\", expected higher for a figure in {unit}");

    [Fact]
    public void A_series_is_concluded_on_once() =>
        Parsing(Text(Good with { Verdicts = [Good.Verdicts[0], Good.Verdicts[0] with { Dtype = null }, Good.Verdicts[0] with { Conclusion = "undecided" }] }))
            .Should().Throw<FormatException>().WithMessage("results: verdicts[2]: found the series of verdicts[0] again, expected it once");

    // The judge asks for the 90 % interval, and writes the 95 % one.
    [Theory]
    [InlineData(-0.06, 0.04, 0.06)]
    [InlineData(-0.06, -0.05, 0.04)]
    public void Independence_may_have_an_interval_a_little_wider_than_the_margin(double low, double exponent, double high)
    {
        var verdict = Good.Verdicts[0] with { Conclusion = "context_independent", Exponent = exponent, ExponentLow = low, ExponentHigh = high };
        Parse(Text(Good with { Verdicts = [verdict] })).Verdicts.Should().Equal(verdict);
    }

    [Theory]
    [InlineData("1", null, -0.5)]
    [InlineData("1", "higher", 0)]
    [InlineData("B", "lower", 0)]
    [InlineData("FLOP", "lower", 0)]
    [InlineData("FLOP/B", null, 0)]
    public void A_correlation_may_be_below_zero_and_a_count_may_be_zero(string unit, string? better, double value) =>
        Parse(Text(Good with { Figures = [new FigureRecord(Runs.Key(), unit, better, value)] })).Figures.Single().Value.Should().Be(value);

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
        JsonNode.Parse(File.ReadAllText(SchemaPath()))!["$defs"]!["verdict"]!["properties"]!["conclusion"]!["enum"]!.AsArray().Select(word => (string)word!).Should()
            .Equal(VerdictRecord.Conclusions);
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
