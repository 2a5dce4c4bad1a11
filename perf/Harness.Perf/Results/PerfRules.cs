using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Perf.Statistics;

namespace Harness.Perf.Results;

/// <summary>What <c>perf/schema/perf.schema.json</c> asks of perf results, and what no schema can say.</summary>
internal static partial class PerfRules
{
    /// <summary>Before it there was no such harness: a clock that was never set.</summary>
    public const int FirstYear = 2020;

    /// <summary>Units of times and of rates of them: what takes no time was not measured.</summary>
    public static readonly string[] PositiveUnits = ["s", "FLOP/s", "B/s", "tokens/s"];

    /// <summary>Units of what is counted, which may be nothing: bytes allocated, operations of a setup.</summary>
    public static readonly string[] CountedUnits = ["B", "FLOP", "FLOP/B"];

    /// <summary>The unit of ratios, which may be below zero: a correlation.</summary>
    public const string Ratio = "1";

    /// <summary>How far from 0 the exponent of a cost may be that does not depend on the context.</summary>
    public const double Margin = 0.05;

    private const string ContextIndependent = "context_independent";

    // Nothing that is measured or counted comes near; differences of larger ones leave the range of double.
    private const double Largest = 1e100;

    // What adding in another order may change.
    private const double Rounding = 1e-9;

    // Counts of operations at the longest contexts have 30 digits.
    private const int MostDigits = 60;

    private static readonly string[] Members = ["format", "harness", "created", "machine", "command", "seconds", "figures", "verdicts"];
    private static readonly string[] Series = ["suite", "subject", "implementation", "device", "dtype", "configuration", "metric"];
    private static readonly string[] Suites = ["scaling", "fidelity", "complexity", "micro", "roofline"];

    /// <summary>Checks the text of a file.</summary>
    /// <exception cref="FormatException">It breaks a rule; the message has the place, what was found and what was expected.</exception>
    public static void Check(JsonElement text)
    {
        var file = new JsonPlace(text, "");
        if (text.ValueKind != JsonValueKind.Object || Members.Any(name => !file[name].IsPresent))
        {
            var lack = text.ValueKind != JsonValueKind.Object ? "no object" : $"no \"{Members.First(name => !file[name].IsPresent)}\"";
            throw new FormatException($"not perf results of this harness: found {lack}, expected what 'harness perf … --json' writes");
        }

        file.WithMembers([.. Members, "commit"]);
        file["harness"].Text();
        if (file["created"].Instant().UtcDateTime.Year < FirstYear)
            throw file["created"].Unlike($"{FirstYear} or later: a clock that was never set says so");
        CheckMachine(file["machine"]);
        if (file["commit"] is { IsPresent: true } commit)
            CheckCommit(commit);
        file["command"].Text();
        if (Bounded(file["seconds"]) < 0)
            throw file["seconds"].Unlike("0 or more");
        var keys = new Dictionary<string, string>();
        foreach (var figure in file["figures"].Items())
            CheckFigure(figure, keys);
        var judged = new Dictionary<string, string>();
        foreach (var verdict in file["verdicts"].Items())
            CheckVerdict(verdict, judged);
    }

    private static void CheckMachine(JsonPlace machine)
    {
        machine.WithMembers(
            "fingerprint", "name", "processor", "processors", "memory_bytes", "gpu", "driver", "runtime", "operating_system", "architecture", "flags");
        RequireTexts(machine, "fingerprint", "name", "processor", "runtime", "operating_system", "architecture");
        AllowTexts(machine, "gpu", "driver", "flags");
        machine["processors"].Whole(1, int.MaxValue);
        machine["memory_bytes"].Whole(0);
    }

    private static void CheckCommit(JsonPlace commit)
    {
        commit.WithMembers("id", "time", "is_dirty");
        if (!CommitId().IsMatch(commit["id"].Text()))
            throw commit["id"].Unlike("a hash of 7 to 64 hexadecimal digits");
        commit["time"].Instant();
        commit["is_dirty"].Flag();
    }

    private static void CheckFigure(JsonPlace figure, Dictionary<string, string> keys)
    {
        figure.WithMembers("key", "unit", "better", "value", "low", "high", "samples", "exact");
        CheckKey(figure["key"]);
        var key = PerfLine.Write(figure["key"].Element.Deserialize(PerfSpelling.Line<FigureKey>())!);
        if (!keys.TryAdd(key, figure.Path))
            throw new FormatException($"{figure.Path}.key: found that of {keys[key]} again ({key}), expected it once");

        var unit = figure["unit"].OneOf([.. PositiveUnits, .. CountedUnits, Ratio]);
        CheckDirection(figure["better"], unit);
        var value = CheckSign(figure["value"], unit);
        CheckInterval(figure, "low", value, "high", unit);
        if (figure["samples"].IsPresent)
            CheckSamples(figure, value, unit);
        if (figure["exact"].IsPresent)
            CheckExact(figure, value, unit);
    }

    // A unit says which way is better, but for ratios: a figure turned round would make every regression an improvement.
    private static void CheckDirection(JsonPlace better, string unit)
    {
        var expected = unit switch { "s" or "B" or "FLOP" => "lower", "FLOP/B" => null, _ => "higher" };
        if (better.IsPresent)
            better.OneOf("lower", "higher");
        if (unit != Ratio && (better.IsPresent ? better.Text() : null) != expected)
            throw better.Unlike($"{expected ?? "nothing"} for a figure in {unit}");
    }

    private static void CheckSamples(JsonPlace figure, double value, string unit)
    {
        double[] samples = [.. figure["samples"].Items().Select(sample => CheckSign(sample, unit)).Order()];
        if (samples.Length == 0)
            throw figure["samples"].Unlike("one number at least");
        if (!IsSame(value, Robust.Middle(samples)))
            throw figure["value"].Unlike($"{Robust.Middle(samples)}, the median of \"samples\"");
    }

    private static void CheckExact(JsonPlace figure, double value, string unit)
    {
        var exact = figure["exact"];
        if (!(Digits().IsMatch(exact.Text()) && exact.Text().Length <= MostDigits && (unit == Ratio || exact.Text()[0] != '-')))
            throw exact.Unlike($"a whole number in up to {MostDigits} decimal digits{(unit == Ratio ? "" : ", not below 0")}");
        if (!IsSame(value, double.Parse(exact.Text(), CultureInfo.InvariantCulture)))
            throw exact.Unlike($"the value, {figure["value"].Found}, in all its digits");
        if (figure["samples"].IsPresent)
            throw exact.Unlike("none beside \"samples\": what is measured is not exact");
    }

    private static bool IsSame(double left, double right) => Math.Abs(left - right) <= Rounding * Math.Max(Math.Abs(left), Math.Abs(right));

    private static void CheckKey(JsonPlace key)
    {
        key.WithMembers("suite", "subject", "implementation", "device", "dtype", "configuration", "axis", "at", "metric");
        key["suite"].OneOf(Suites);
        RequireNames(key, "subject", "implementation");
        RequireTexts(key, "device");
        AllowTexts(key, "dtype", "configuration");
        CheckMetric(key["metric"]);
        if (key["axis"].IsPresent)
            key["axis"].OneOf("context", "updates");
        if (key["at"].IsPresent)
            key["at"].Whole(0);
        if (key["axis"].IsPresent != key["at"].IsPresent)
            throw (key["axis"].IsPresent ? key["at"] : key["axis"]).Unlike($"one beside \"{(key["axis"].IsPresent ? "axis" : "at")}\"");
    }

    private static void CheckVerdict(JsonPlace verdict, Dictionary<string, string> judged)
    {
        verdict.WithMembers(
            "suite", "subject", "implementation", "device", "dtype", "configuration", "metric", "conclusion", "text", "exponent", "exponent_low", "exponent_high");
        verdict["suite"].OneOf(Suites);
        RequireNames(verdict, "subject", "implementation");
        RequireTexts(verdict, "device", "text");
        AllowTexts(verdict, "dtype", "configuration");
        CheckMetric(verdict["metric"]);
        verdict["conclusion"].OneOf([.. VerdictRecord.Conclusions]);
        if (verdict["exponent"].IsPresent || verdict["exponent_low"].IsPresent || verdict["exponent_high"].IsPresent)
            CheckInterval(verdict, "exponent_low", Bounded(verdict["exponent"]), "exponent_high", Ratio);

        // The words and the figures beside them come from one judge: it asks that the 90 % interval lie inside, and the 95 % one, which is
        // what is written, may reach a little beyond.
        if (verdict["conclusion"].Text() == ContextIndependent && verdict["exponent"].IsPresent && Math.Abs(verdict["exponent"].Number()) > Margin)
            throw verdict["conclusion"].Unlike($"another one for an exponent that is not inside ±{Margin}");

        var series = string.Join(' ', Series.Select(name => verdict[name].IsPresent ? verdict[name].Text() : ""));
        if (!judged.TryAdd(series, verdict.Path))
            throw new FormatException($"{verdict.Path}: found the series of {judged[series]} again, expected it once");
    }

    private static void CheckInterval(JsonPlace holder, string low, double value, string high, string unit)
    {
        var (from, to) = (holder[low], holder[high]);
        if (from.IsPresent != to.IsPresent)
            throw (from.IsPresent ? to : from).Unlike($"one beside \"{(from.IsPresent ? low : high)}\"");
        if (!from.IsPresent)
            return;
        if (CheckSign(from, unit) > value)
            throw from.Unlike($"{value} at most, which is the value");
        if (CheckSign(to, unit) < value)
            throw to.Unlike($"{value} at least, which is the value");
    }

    private static double Bounded(JsonPlace place) => Math.Abs(place.Number()) <= Largest ? place.Number() : throw place.Unlike($"a number up to {Largest:0e0}");

    private static double CheckSign(JsonPlace place, string unit) => Bounded(place) switch
    {
        <= 0 when PositiveUnits.Contains(unit) => throw place.Unlike($"a positive number of {unit}"),
        < 0 when unit != Ratio => throw place.Unlike($"0 {unit} or more"),
        var number => number,
    };

    private static void CheckMetric(JsonPlace metric)
    {
        if (!Name().IsMatch(metric.Text()))
            throw metric.Unlike("a name in snake case");
    }

    private static void RequireNames(JsonPlace holder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (string.IsNullOrWhiteSpace(holder[name].Text()))
                throw holder[name].Unlike("a name");
        }
    }

    private static void RequireTexts(JsonPlace holder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            holder[name].Text();
    }

    private static void AllowTexts(JsonPlace holder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (holder[name].IsPresent)
                holder[name].Text();
        }
    }

    [GeneratedRegex("^[0-9a-f]{7,64}\\z")]
    private static partial Regex CommitId();

    [GeneratedRegex("^(0|-?[1-9][0-9]*)\\z")]
    private static partial Regex Digits();

    [GeneratedRegex("^[a-z0-9_]+\\z")]
    private static partial Regex Name();
}
