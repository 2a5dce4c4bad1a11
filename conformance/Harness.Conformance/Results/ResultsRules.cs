using System.Text.RegularExpressions;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Results;

/// <summary>
/// What results must hold beyond having the right members. All that is read passes here once, so that nobody behind it meets a word that
/// is not known, a count that is not one of anything, or a hole.
/// </summary>
internal static partial class ResultsRules
{
    // 30 years; what is far from any time or number that can be true would overflow sums and spans behind this.
    private const double MostSeconds = 1e9;
    private const int MostChecks = 10_000_000;
    private const int MostUnits = 1 << 27;
    private const int ShownCharacters = 60;

    private static readonly string[] ImplementationKinds = ["managed", "torch", "torch-tf32", "assembly", "exec", "outputs"];
    private static readonly string[] CheckKinds = Names<CheckKind>();
    private static readonly string[] Verdicts = Names<Verdict>();

    /// <summary>Holds a file against all rules.</summary>
    /// <exception cref="FormatException">A rule is broken; the message names the place, what was found and what was expected.</exception>
    public static void Check(ResultsFile results)
    {
        Text(results.Harness, "harness");
        Require(
            results.Created >= DateTimeOffset.UnixEpoch && results.Created < DateTimeOffset.UtcNow.AddDays(1),
            "created", $"{results.Created:O}", "a time from 1970 until now");
        Check(results.Settings);
        Seconds(results.Seconds, "seconds");
        NoHoles(results.Machines, "machines");
        NoHoles(results.Damage, "damage");
        NoHoles(results.Notes ?? [], "notes");
        NoHoles(results.Implementations, "implementations");
        Require(results.Machines.Count > 0, "machines", "none", "at least one");
        Require(results.Implementations.Count > 0, "implementations", "none", "at least one");
        foreach (var (index, machine) in results.Machines.Index())
            Require(machine.Processors >= 0, $"machines[{index}].processors", machine.Processors, "at least 0");
        foreach (var (index, implementation) in results.Implementations.Index())
            Check(implementation, results.Settings, $"implementations[{index}]");
        Unique(results.Implementations.Select(implementation => implementation.Name), "implementations", "name");
        Counts(results.Summary, SummaryRecord.Sum(results.Implementations.Select(implementation => implementation.Summary)), "summary", "implementations");
    }

    /// <summary>Holds settings against the rules.</summary>
    /// <exception cref="FormatException">As for a file.</exception>
    public static void Check(RunSettings settings)
    {
        Text(settings.Catalogue, "settings.catalogue");
        Text(settings.Fixtures, "settings.fixtures");
        Require(settings.ToleranceFactor > 0 && double.IsFinite(settings.ToleranceFactor), "settings.tolerance_factor", settings.ToleranceFactor, "a positive number");
        Require(settings.Dtypes.Count > 0, "settings.dtypes", "none", "at least one");
        foreach (var (index, dtype) in settings.Dtypes.Index())
            OneOf(dtype, $"settings.dtypes[{index}]", [.. FloatFormat.All.Select(format => format.Name)]);
        Unique(settings.Dtypes, "settings.dtypes", "dtype");
        Text(settings.Equations, "settings.equations");
        Parsed(() => ProfileName.Parse(settings.Profile), "settings.profile");
        Parsed(() => GradientChoiceName.Parse(settings.Gradients), "settings.gradients");
        Require(settings.Repeat is >= 1 and <= VerifyOptions.MostRepeats, "settings.repeat", settings.Repeat, $"1 to {VerifyOptions.MostRepeats}");
        Parsed(() => SizeChoice.Parse(settings.Sizes), "settings.sizes");
        Require(settings.Cases is not "", "settings.cases", Quote(""), "a glob, or null");
        Parsed(() => Shard.Parse(settings.Shard), "settings.shard");
        Require(Shard.Parse(settings.Shard).ToString() == settings.Shard, "settings.shard", Quote(settings.Shard), $"{Shard.Parse(settings.Shard)}");
    }

    /// <summary>Holds one check against the rules.</summary>
    /// <exception cref="FormatException">As for a file.</exception>
    public static void Check(CheckRecord check, RunSettings settings, string place)
    {
        OneOf(check.Kind, $"{place}.kind", CheckKinds);
        OneOf(check.Verdict, $"{place}.verdict", Verdicts);
        OneOf(check.Dtype, $"{place}.dtype", settings.Dtypes);
        if (check.Kind == ResultsJson.Name(CheckKind.Protocol))
        {
            Require(check.Equation.StartsWith("protocol.", StringComparison.Ordinal), $"{place}.equation", Quote(check.Equation), "protocol.NAME");
            Require(check.Id == check.Equation, $"{place}.id", Quote(check.Id), Quote(check.Equation));
        }
        else if (IsOfAllEquations(check))
        {
            Require(check.Id == check.Equation, $"{place}.id", Quote(check.Id), Quote(check.Equation));
        }
        else
        {
            Equation(check.Equation, settings, $"{place}.equation");
            Require(
                check.Id.Length > check.Equation.Length + 1 && check.Id.StartsWith($"{check.Equation}/", StringComparison.Ordinal),
                $"{place}.id", Quote(check.Id), $"{check.Equation}/CASE");
        }

        Require(
            check.Kind != ResultsJson.Name(CheckKind.Pooled) || settings.Shard == Shard.Whole.ToString(),
            $"{place}.kind", Quote(check.Kind), $"none in shard {settings.Shard}: merging judges them together");
        AskedFor(check, settings, place);
        Require(!check.Id.Any(char.IsControl), $"{place}.id", Quote(check.Id), "one without control characters");
        Seconds(check.Milliseconds / 1000, $"{place}.milliseconds");
        Require(!(check.NotRepeatable < 0), $"{place}.not_repeatable", check.NotRepeatable ?? 0, "at least 0");
        NoHoles(check.Flags, $"{place}.flags");
        NoHoles(check.Outputs, $"{place}.outputs");
        foreach (var (index, output) in check.Outputs.Index())
            Check(output, $"{place}.outputs[{index}]");
        Unique(check.Outputs.Select(output => output.Name), $"{place}.outputs", "name");
        Verdicted(check, place);
        if (check.Number is { } number)
        {
            Require(
                number is >= 0 and < MostChecks && Shard.Parse(settings.Shard).Contains(number),
                $"{place}.number", number, $"a number of shard {settings.Shard}");
        }
    }

    // A verdict that the figures beside it contradict was not given by this harness.
    private static void Verdicted(CheckRecord check, string place)
    {
        var isCompared = check.Kind == ResultsJson.Name(CheckKind.Golden) || check.Kind == ResultsJson.Name(CheckKind.Fresh);
        var isPart = check.Verdict == ResultsJson.Name(Verdict.PartlyChecked);
        if (isPart || check.Verdict == ResultsJson.Name(Verdict.Passed))
        {
            Require(
                check.Outputs.All(output => output.Fault is null && output.WorstShare <= 1 && output.Worst.All(element => element.Error <= element.Allowed)),
                $"{place}.verdict", Quote(check.Verdict), "another one for outputs beyond their tolerance");
            Require(!isCompared || check.Outputs.Count > 0, $"{place}.outputs", "none", "what was compared, since it passed");
            Require(!isPart || isCompared || check.Kind == ResultsJson.Name(CheckKind.Property), $"{place}.verdict", Quote(check.Verdict), $"another one for a check of kind {check.Kind}");
            Require(isPart || check.Reason is null, $"{place}.reason", Quote(check.Reason), "none for what passed");
            Require(!isPart || check.Reason is not null, $"{place}.reason", "null", "the outputs that are omitted");
        }

        Require(
            check.Outputs.Count == 0 || (check.Verdict != ResultsJson.Name(Verdict.Unsupported) && check.Verdict != ResultsJson.Name(Verdict.NotJudged) && check.Verdict != ResultsJson.Name(Verdict.OutOfScope)),
            $"{place}.verdict", Quote(check.Verdict), "another one where outputs were compared");
    }

    // Every check of a run has a number of its own shard, and where none is missing, no number is.
    private static void Complete(ImplementationRecord implementation, RunSettings settings, string place)
    {
        var shard = Shard.Parse(settings.Shard);
        if (implementation.Checks is [.., { Number: { } last }] && implementation.Checks.Count == implementation.Planned)
        {
            var expected = shard.Index - 1 + (implementation.Planned - 1) * (long)shard.Count;
            Require(last == expected, $"{place}.checks", $"number {last} as the last of {implementation.Planned}", $"{expected}: checks are missing");
        }
    }

    // What was not asked for is no result of this run.
    private static void AskedFor(CheckRecord check, RunSettings settings, string place)
    {
        if (check.Kind == ResultsJson.Name(CheckKind.Protocol) || settings.Catalogue != EquationCatalogue.Version)
            return;
        if (IsOfAllEquations(check))
        {
            Require(settings.Cases is null, $"{place}.id", Quote(check.Id), $"a golden case that settings.cases asks for, {settings.Cases}");
            return;
        }

        Require(Globs.Match(settings.Equations, check.Equation), $"{place}.equation", Quote(check.Equation), $"one that settings.equations asks for, {settings.Equations}");
        Require(
            settings.Cases is null || (check.Kind == ResultsJson.Name(CheckKind.Golden) && Globs.Match(settings.Cases, check.Id)),
            $"{place}.id", $"{check.Kind} {Quote(check.Id)}", $"a golden case that settings.cases asks for, {settings.Cases}");
        if (EquationCatalogue.Find(check.Equation) is not { } equation)
            return;
        if (ProfileName.Parse(settings.Profile) is { } profile)
            Require(equation.Profile == profile, $"{place}.equation", Quote(check.Equation), $"one of settings.profile, {settings.Profile}");
        Require(
            GradientChoiceName.Parse(settings.Gradients).Takes(equation), $"{place}.equation", Quote(check.Equation),
            $"one that settings.gradients asks for, {settings.Gradients}");
    }

    private static bool IsOfAllEquations(CheckRecord check) => check.Kind == ResultsJson.Name(CheckKind.Pooled) && check.Equation == WholeTensors.AllEquations;

    private static void Check(ImplementationRecord implementation, RunSettings settings, string place)
    {
        Text(implementation.Name, $"{place}.name");
        OneOf(implementation.Kind, $"{place}.kind", ImplementationKinds);
        Seconds(implementation.Seconds, $"{place}.seconds");
        NoHoles(implementation.Diagnoses, $"{place}.diagnoses");
        NoHoles(implementation.Checks, $"{place}.checks");
        NoHoles(implementation.Notes ?? [], $"{place}.notes");
        NoHoles(implementation.Scopes ?? [], $"{place}.scopes");
        Parsed(() => implementation.Stated, $"{place}.constraints");
        foreach (var (index, diagnosis) in implementation.Diagnoses.Index())
        {
            Equation(diagnosis.Equation, settings, $"{place}.diagnoses[{index}].equation");
            OneOf(diagnosis.Dtype, $"{place}.diagnoses[{index}].dtype", settings.Dtypes);
            NoHoles(diagnosis.Findings, $"{place}.diagnoses[{index}].findings");
        }

        foreach (var (index, check) in implementation.Checks.Index())
            Check(check, settings, $"{place}.checks[{index}]");
        foreach (var (index, diagnosis) in implementation.Diagnoses.Index())
        {
            Require(
                implementation.Checks.Any(check => check.Equation == diagnosis.Equation && check.Dtype == diagnosis.Dtype && check.Verdict == ResultsJson.Name(Verdict.Failed)),
                $"{place}.diagnoses[{index}]", $"one of {diagnosis.Equation} {diagnosis.Dtype}", "none where no check failed");
        }

        Unique(implementation.Checks.Select(check => $"{check.Id} {check.Dtype}"), $"{place}.checks", "id and dtype");
        Ascending(implementation.Checks, $"{place}.checks");
        Require(
            implementation.Planned >= implementation.Checks.Count && implementation.Planned < MostChecks,
            $"{place}.planned", implementation.Planned, $"at least the {implementation.Checks.Count} checks that are listed");
        Complete(implementation, settings, place);
        Counts(implementation.Summary, Count(implementation.Checks), $"{place}.summary", "checks");
    }

    private static void Check(OutputRecord output, string place)
    {
        Text(output.Name, $"{place}.name");
        NoHoles(output.Worst, $"{place}.worst");

        // NaN stands where nothing was compared.
        (string Name, double Value)[] figures =
        [
            ("worst_share", output.WorstShare), ("norm_error", output.NormError), ("component_error", output.ComponentError),
            ("median_ulp", output.MedianUlp), ("maximum_ulp", output.MaximumUlp),
            .. output.Worst.Index().SelectMany(element => new[]
            {
                ($"worst[{element.Index}].error", element.Item.Error), ($"worst[{element.Index}].allowed", element.Item.Allowed),
            }),
        ];
        foreach (var (name, value) in figures)
            Require(!(value < 0), $"{place}.{name}", value, "at least 0");
        Require(
            output.Fault is not null || output.Worst.Count > 0 || output.WorstShare <= 1, $"{place}.worst", "none", "the element that is beyond its tolerance");
        if (output.Whole is { } whole)
            Check(whole, $"{place}.whole");
        if (output.Spread is not { } spread)
            return;
        var bins = ErrorSpread.UpperEdges.Count + 1;
        Require(Judged().IsMatch(spread.Judged), $"{place}.spread.judged", Quote(spread.Judged), "entries, or columns along axis N");
        Require(spread.Zeros is >= 0 and <= MostUnits, $"{place}.spread.zeros", spread.Zeros, $"0 to {MostUnits}");
        Require(spread.ByRho is >= 0 and <= MostUnits, $"{place}.spread.by_rho", spread.ByRho, $"0 to {MostUnits}");
        Require(spread.SmallestAllowed >= 0, $"{place}.spread.smallest_allowed", spread.SmallestAllowed, "at least 0");
        Require(spread.LargestAllowed >= 0, $"{place}.spread.largest_allowed", spread.LargestAllowed, "at least 0");
        Require(spread.Histogram.Count == bins, $"{place}.spread.histogram", $"{spread.Histogram.Count} numbers", $"{bins}");
        foreach (var (index, count) in spread.Histogram.Index())
            Require(count is >= 0 and <= MostUnits, $"{place}.spread.histogram[{index}]", count, $"0 to {MostUnits}");
    }

    private static void Check(WholeRecord whole, string place)
    {
        Require(whole.Entries is > 0 and <= MostUnits, $"{place}.entries", whole.Entries, $"1 to {MostUnits}");
        Require(whole.MeanSquare >= 0 && double.IsFinite(whole.MeanSquare), $"{place}.mean_square", whole.MeanSquare, "a finite number of at least 0");
        Require(double.IsFinite(whole.Lean), $"{place}.lean", whole.Lean, "a finite number");
        Require(whole.Roundoff >= 0 && double.IsFinite(whole.Roundoff), $"{place}.roundoff", whole.Roundoff, "a finite number of at least 0");
        foreach (var (name, counts) in new[] { ("countable", whole.Countable), ("coarse", whole.Coarse) })
            Require(counts.Count == TensorErrors.MostLostBits, $"{place}.{name}", $"{counts.Count} numbers", $"{TensorErrors.MostLostBits}");
        for (var lost = 0; lost < TensorErrors.MostLostBits; lost++)
        {
            var (countable, coarse) = (whole.Countable[lost], whole.Coarse[lost]);
            Require(countable >= 0 && countable <= whole.Entries, $"{place}.countable[{lost}]", countable, $"0 to {whole.Entries}");
            Require(coarse >= 0 && coarse <= countable, $"{place}.coarse[{lost}]", coarse, $"0 to {countable}");
        }
    }

    // What an older catalogue called an equation is not known here; that it has a family is.
    private static void Equation(string id, RunSettings settings, string place)
    {
        if (settings.Catalogue == EquationCatalogue.Version)
            Require(EquationCatalogue.Find(id) is not null, place, Quote(id), $"an id of catalogue {EquationCatalogue.Version} (harness list)");
        else
            Require(EquationId().IsMatch(id), place, Quote(id), "FAMILY.EQUATION");
    }

    // Where one check has no number, none has: an older harness wrote them.
    private static void Ascending(IReadOnlyList<CheckRecord> checks, string place)
    {
        for (var i = 1; i < checks.Count; i++)
        {
            Require(
                checks[i].Number is null ? checks[i - 1].Number is null : checks[i].Number > checks[i - 1].Number,
                $"{place}[{i}].number", checks[i].Number?.ToString() ?? "null", $"one after {checks[i - 1].Number?.ToString() ?? "null"}");
        }
    }

    /// <summary>The counts of checks.</summary>
    public static SummaryRecord Count(IReadOnlyList<CheckRecord> checks)
    {
        int Of(params Verdict[] verdicts) => checks.Count(check => verdicts.Any(verdict => check.Verdict == ResultsJson.Name(verdict)));
        return new SummaryRecord(
            Of(Verdict.Passed), Of(Verdict.Failed), Of(Verdict.Unsupported), Of(Verdict.Errored, Verdict.TimedOut), Of(Verdict.NotJudged), Of(Verdict.PartlyChecked), Of(Verdict.OutOfScope));
    }

    private static void Counts(SummaryRecord found, SummaryRecord counted, string place, string what) =>
        Require(found == counted, place, Describe(found), $"the counts of the {what}, {Describe(counted)}");

    private static string Describe(SummaryRecord summary) =>
        $"{summary.Passed} passed, {summary.Failed} failed, {summary.Unsupported} unsupported, {summary.Errored} errored, {summary.NotJudged} not judged"
        + (summary.PartlyChecked > 0 ? $", {summary.PartlyChecked} partly checked" : "")
        + (summary.OutOfScope > 0 ? $", {summary.OutOfScope} out of scope" : "");

    private static void Seconds(double value, string place) => Require(value is >= 0 and <= MostSeconds, place, value, "a time that can be true");

    private static void Text(string text, string place) => Require(!string.IsNullOrWhiteSpace(text), place, Quote(text), "a text");

    private static void OneOf(string found, string place, IReadOnlyList<string> expected) =>
        Require(expected.Contains(found), place, Quote(found), $"one of {string.Join(", ", expected)}");

    private static void NoHoles<T>(IReadOnlyList<T> list, string place)
    {
        if (list.Index().FirstOrDefault(each => each.Item is null, (-1, default!)) is ( >= 0 and var index, _))
            throw new FormatException($"{place}[{index}]: found null, expected a value");
    }

    private static void Unique(IEnumerable<string> names, string place, string what)
    {
        var known = new HashSet<string>();
        foreach (var (index, name) in names.Index())
            Require(known.Add(name), $"{place}[{index}]", Quote(name), $"each {what} once");
    }

    private static void Parsed<T>(Func<T> parse, string place)
    {
        try
        {
            parse();
        }
        catch (FormatException failure)
        {
            throw new FormatException($"{place}: {failure.Message}", failure);
        }
    }

    private static void Require(bool holds, string place, object found, string expected)
    {
        if (!holds)
            throw new FormatException($"{place}: found {found}, expected {expected}");
    }

    private static string Quote(string? text) =>
        text is null ? "null" : text.Length <= ShownCharacters ? $"\"{text}\"" : $"\"{text[..ShownCharacters]}…\"";

    private static string[] Names<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => ResultsJson.Name(value))];

    [GeneratedRegex(@"^(entries|columns along axis [0-9]+)\z")]
    private static partial Regex Judged();

    [GeneratedRegex(@"^[a-z0-9-]+(\.[a-z0-9_-]+)+\z")]
    private static partial Regex EquationId();
}
