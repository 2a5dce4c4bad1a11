using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Harness.Cli.Options;
using Harness.Cli.Terminals;
using Harness.Perf.Complexity;
using Harness.Perf.Configurations;
using Harness.Perf.Results;
using Harness.Perf.Systems;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf complexity</c>: what segments cost, counted exactly and held against closed forms.</summary>
internal static class ComplexityCommand
{
    private const string AllConfigurations = "all";
    private const long LongestInTable = 1_000_000_000_000_000;

    public static Command Create(Terminal terminal)
    {
        var configurations = new Option<string[]>("--config")
        {
            Description = $"The sizes, as often as wanted: {string.Join(", ", PublishedConfigurations.All.Select(each => each.Name))}, "
                + $"{AllConfigurations}, or a JSON file (perf/schema/configuration.schema.json)",
            HelpName = "NAME|FILE",
            DefaultValueFactory = _ => [PublishedConfigurations.Tiny.Name],
        };
        var contexts = new Option<string?>("--contexts")
        {
            Description = $"Tokens before the segment that is counted, such as 1024,2^40 or 2^10..2^20 [default: {Contexts.Default},2^30,2^40, "
                + "from the segment's length on; with --backward up to 2^30, with --backward full 8 to 128 segments]",
            HelpName = "LIST",
        };
        var backward = PerfOptions.Backward();
        var (systems, dtype, json) = (PerfOptions.Systems(), PerfOptions.Format(), PerfOptions.Json());
        var command = new Command("complexity", "Operations, bytes moved and bytes of state per segment: counted exactly, without noise")
        {
            configurations, contexts, backward, systems, dtype, json,
        };
        command.SetAction(parsed =>
        {
            var start = Stopwatch.GetTimestamp();
            var output = OutputFile.Of("--json", parsed.GetValue(json));
            var (selected, format) = (PerfOptions.ResolveSystems(parsed.GetValue(systems)), SharedOptions.ResolveFormat(parsed.GetValue(dtype)!));
            var pass = PerfOptions.ResolveBackward(parsed, backward);
            var sizes = Resolve(parsed.GetValue(configurations)!)
                .Select(each => (Configuration: each, Contexts: ResolveContexts(parsed.GetValue(contexts), each, pass))).ToArray();
            ComplexityReport[] reports;
            try
            {
                reports = [.. sizes.Select(size => ComplexityReport.Count(selected, size.Configuration, size.Contexts, format, pass))];
            }
            catch (FormatException failure)
            {
                throw new UsageException($"perf complexity: {failure.Message}");
            }

            void Record(Stream stream) => PerfJson.Write(
                PerfJson.Create(
                    PerfOptions.CommandLine(parsed), Stopwatch.GetElapsedTime(start).TotalSeconds, [.. reports.SelectMany(report => report.Records())],
                    [.. reports.SelectMany(report => report.Verdicts())], DateTimeOffset.UtcNow),
                stream);
            var isAgreed = reports.SelectMany(report => report.Figures).All(figure => figure.Figure.Agrees);
            return OutputFile.Conclude(terminal, shown => Write(shown, reports), isAgreed ? ExitCode.Passed : ExitCode.Failed, (output, Record));
        });
        return command;
    }

    private static void Write(Terminal terminal, ComplexityReport[] reports)
    {
        foreach (var report in reports)
            Write(terminal, report);
        WriteAgreement(terminal, reports);
    }

    private static IEnumerable<Configuration> Resolve(string[] names) =>
        names.SelectMany(name => name == AllConfigurations ? PublishedConfigurations.All : [PerfOptions.ResolveConfiguration(name)]).Distinct();

    private static IReadOnlyList<long> ResolveContexts(string? list, Configuration configuration, Pass pass) =>
        list is not null ? PerfOptions.WithinBackward(PerfOptions.ResolveContexts(list, configuration), pass)
        : pass == Pass.Full ? PerfOptions.Sequences(configuration)
        : [.. Contexts.Parse($"{Contexts.Default},2^30{(pass == Pass.Forward ? ",2^40" : "")}").Where(context => context % configuration.Segment == 0)];

    private static void Write(Terminal terminal, ComplexityReport report)
    {
        var c = report.Configuration;
        var what = report.Pass switch
        {
            Pass.Forward => "one layer",
            Pass.Truncated => "one layer, a segment forward and back, its state a constant",
            _ => "one layer, all tokens forward and back, the memory full before them",
        };
        terminal.Markup($"[bold]{c.Name}[/] {report.Format.Name}, {what}: {c.Source}");
        terminal.Line($"    {string.Join(", ", report.Sizes.Select(symbol => $"{symbol.Key} = {symbol.Value}"))}");
        var table = new TextTable().Column($"[bold]system[/]").Column(report.Pass == Pass.Full ? (Styled)$"[bold]over n tokens[/]" : $"[bold]after n tokens[/]");
        (string Metric, string Heading) third = report.Pass == Pass.Forward ? ("transcendental_operations", "transcendental") : ("tape_bytes", "bytes of tape");
        (string Metric, string Heading)[] columns = [("operations", "operations"), third, ("bytes_moved", "bytes moved"), ("state_bytes", "bytes of state")];
        foreach (var heading in columns.Select(column => column.Heading).Append("FLOP/B"))
            table.Column($"[bold]{heading}[/]", isNumber: true, wraps: false);
        foreach (var system in report.Systems)
        {
            foreach (var context in system.Contexts.Count > 1 ? new[] { system.Contexts[0], system.Contexts[^1] } : [.. system.Contexts])
            {
                var figures = columns.Select(column => Short(system.At(column.Metric, context)));
                var intensity = system.Intensity(context).ToString("G4", CultureInfo.InvariantCulture);
                table.Row([system.System, Short(context), .. figures.Select(figure => (Styled)figure), intensity]);
            }
        }

        terminal.Write(table);
        WriteRatios(terminal, report);
        foreach (var system in report.Systems)
            WriteForms(terminal, system);
        foreach (var system in report.Systems)
            terminal.Line($"{system.System}: {system.Sentence()}");
        terminal.Line();
    }

    private static void WriteRatios(Terminal terminal, ComplexityReport report)
    {
        if (report.Pass == Pass.Forward)
            return;
        var ratios = report.Systems.Select(system => $"{system.System} {system.PerForwardOperation(system.Contexts[^1])!.Value.ToString("0.000", CultureInfo.InvariantCulture)}");
        terminal.Hanging("Operations forward and back, divided by those forward: ", string.Join(", ", ratios));
        terminal.Line("Below, what holds at every context is found from the counts at the first ones, and held against the others.");
    }

    private static void WriteForms(Terminal terminal, SystemComplexity system)
    {
        var full = system is { Pass: Pass.Full, FullAfter: not null } ? "all n tokens, its memory full before them" : system.FullAfter is { } tokens ? $"memories are full after {Number(tokens)} tokens, from where on every segment costs the same" : system.Pass == Pass.Full ? "all n tokens" : "its cache holds all n tokens";
        terminal.Markup($"[bold]{system.System}[/] {system.Title}: {full}");
        foreach (var form in system.Forms)
        {
            var figures = system.Figures.Where(figure => figure.Metric == form.Metric).ToArray();
            if (form.Numbers == form.Symbols)
            {
                terminal.Line($"    {form.Metric} = {Number(figures[^1].Predicted)}");
                continue;
            }

            terminal.Line($"    {form.Metric} = {form.Symbols}");
            terminal.Line($"        = {form.Numbers}");
            terminal.Line($"        = {Number(figures[^1].Predicted)}; counted {Number(figures[^1].Counted)}: {Agreement(figures)}");
        }

        terminal.Line();
    }

    private static string Agreement(CountedFigure[] figures)
    {
        var contexts = figures.Length > 1 ? $" at all {figures.Length} contexts" : "";
        return figures.All(figure => figure.Agrees) ? $"agree{contexts}" : "DISAGREE";
    }

    /// <summary>Names every disagreement and counts.</summary>
    /// <returns>Whether there is none.</returns>
    internal static bool WriteAgreement(Terminal terminal, ComplexityReport[] reports)
    {
        var figures = reports.SelectMany(report => report.Figures.Select(each => (report, each.System, each.Figure))).ToArray();
        foreach (var (report, system, figure) in figures.Where(each => !each.Figure.Agrees))
        {
            var context = figure.Context is { } tokens ? $" after {Number(tokens)} tokens" : "";
            terminal.Error.WriteLine(
                $"harness: {report.Configuration.Name}, {system.System}, {figure.Metric}{context}: counted {Number(figure.Counted)}, closed form "
                + $"{Number(figure.Predicted)}, difference {Number(figure.Counted - figure.Predicted)}");
        }

        var agreeing = figures.Count(each => each.Figure.Agrees);
        terminal.Line($"{figures.Length} figures counted, {agreeing} agree");
        return agreeing == figures.Length;
    }

    // All digits stand below the table, beside the closed form.
    private static string Short(BigInteger value) =>
        value < LongestInTable ? Number(value) : ((double)value).ToString("0.000e+0", CultureInfo.InvariantCulture);

    private static string Number(BigInteger value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
