using Harness.Cli.Terminals;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Conformance.Results;
using Harness.Conformance.Writing;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Cli.Rendering;

/// <summary>Writes what there is to say about one case.</summary>
internal sealed class ExplanationWriter(Terminal terminal, ExplainedCase explained, FloatFormat format)
{
    private const int ValuesShown = 6;

    private const string GoldenGradient =
        "Reverse mode over the formula at 50 digits, one adjoint per operation, with every choice (top-k, order, maximum) as in the forward "
        + "pass; proved against central differences of the formula itself.";

    private const string FreshGradient =
        "Reverse mode over the equation in double-double, one adjoint per operation, with every choice (top-k, order, maximum) as in the forward pass.";

    private static readonly Styled Passed = $"[green]passed[/]";
    private static readonly Styled Failed = $"[red]failed[/]";

    /// <summary>The equation, the attributes, the inputs and the golden values.</summary>
    public void WriteCase()
    {
        terminal.Markup($"[bold]{explained.Id}[/]  [dim]{string.Join(", ", explained.Flags)}[/]");
        terminal.Block(explained.Note, "  ");
        Heading("Equation");
        terminal.Line($"  {explained.Equation.Definition}");
        if (explained.Equation.Differentiated is { } differentiated)
            terminal.Line($"  {differentiated.Definition}");
        terminal.Line($"  {explained.Equation.Signature}");
        terminal.Line($"  source: {explained.Equation.Source}");
        if (explained.Attributes.Names.Count > 0)
            terminal.Line($"  {explained.Attributes}");
        if (explained.Equation.Differentiated is not null)
        {
            Heading("Where the golden values come from");
            terminal.Block(explained.IsFresh ? FreshGradient : GoldenGradient, "  ");
        }

        if ((explained.Equation.Differentiated ?? explained.Equation).Wiring is { } wiring)
        {
            Heading(explained.Equation.Differentiated is null ? "Made of" : "Made of, and swept back over from the last line to the first");
            foreach (var line in wiring.Text.Split('\n'))
                terminal.Line($"  {line}");
        }

        Heading("Inputs");
        foreach (var (name, tensor) in explained.Inputs)
            terminal.Line(Summarise(name, tensor.Shape, tensor.Values));
        if (explained.Inputs.Count == 0)
            terminal.Line("  none: the attributes say it all");
        Heading("Golden values");
        foreach (var (name, output) in explained.Outputs)
            terminal.Line(Summarise(name, output.Shape, explained.Golden[name]));
    }

    /// <summary>How far an answer may be from the golden values, and why.</summary>
    public void WriteTolerance()
    {
        var exponent = format.SignificandBits;
        Heading($"Tolerance in {format}");
        var what = explained.Equation.Differentiated is null ? "equation was" : "equation and its sweep back were";
        terminal.Line($"  u = 2^-{exponent} = {format.UnitRoundoff:G3}. The {what} evaluated {explained.RunsIn(format)} times with every operation's result");
        terminal.Line($"  multiplied by 1 + 2uξ, ξ uniform in (−1,1), sums in {(explained.IsFresh ? "their own or in " : "")}random order; ρ is the root mean square deviation from the");
        terminal.Line($"  golden value. An error passes up to 8·max(ρ, u·|golden|, {format.SmallestNormal:G3}).");
        if (format.Is16Bit)
        {
            terminal.Line("  Precision contract: tensors in 16 bits, sums added up in float32; regression, positions and state in float32. An adapter");
            terminal.Line("  that states otherwise has ρ derived for what it states.");
        }

        if (explained.Outputs.Values.Any(output => output.Judgement == Judgement.Columns))
        {
            terminal.Line("  A linear system is solved accurately once its matrix and right side are perturbed; its solution is judged by the");
            terminal.Line("  norm of each column, because single entries of an ill-conditioned solution are not well determined.");
        }

        foreach (var (name, output) in explained.JudgedIn(format))
            WriteTolerance(name, output);
        foreach (var (faint, reason) in explained.Faint.Where(faint => faint.Key.Format == format))
            terminal.Line($"  {faint.Output}: not judged, {reason}");
    }

    /// <summary>Asks an implementation and shows how its answer compares.</summary>
    /// <returns>Whether it passes; null if it is declared unsupported.</returns>
    public bool? WriteAnswer(string name, IImplementation implementation)
    {
        Heading($"Answer of {LogText.Name(name)} in {format}");
        IReadOnlyList<OutputFigures>? figures;
        try
        {
            var asked = explained.Under(implementation.Precision, format);
            if (asked != explained)
                terminal.Line($"  under the precision that it states: {implementation.Precision}");
            if (asked.NotJudged.TryGetValue(format.Name, out var reason))
            {
                terminal.Hanging("  ", $"not judged: {reason}");
                return null;
            }

            figures = asked.Compare(implementation, format, toleranceFactor: 1);
        }
        catch (UnsupportedRequestException refusal)
        {
            terminal.Hanging("  ", refusal.Reason is null ? "unsupported" : $"unsupported: {refusal.Reason}");
            return null;
        }
        catch (Exception failure)
        {
            terminal.Hanging("  errored: ", failure.Message);
            return false;
        }

        if (figures is null)
        {
            terminal.Line("  unsupported");
            return null;
        }

        foreach (var output in figures)
        {
            WriteOutput(
                output.Name, output.Fault, output.WorstShare, output.NormError, output.ComponentError, output.MedianUlp, output.MaximumUlp,
                output.MaximumUlpIndex, [.. output.Worst.Select(element => new ElementRecord(element.Index, element.Got, element.Expected, element.Error, element.Allowed))]);
        }

        foreach (var omitted in explained.Outputs.Keys.Except(figures.Select(output => output.Name)))
            terminal.Line($"  {omitted}: omitted, and not checked");
        return figures.All(output => output.Fault is null && output.WorstShare <= 1);
    }

    /// <summary>Shows the answers that a run recorded.</summary>
    /// <returns>Whether each passed; null where nothing was judged.</returns>
    public IReadOnlyList<bool?> WriteRecorded(ResultsFile results) => [.. results.Implementations.Select(implementation => WriteRecorded(results, implementation))];

    private bool? WriteRecorded(ResultsFile results, ImplementationRecord implementation)
    {
        Heading($"Answer of {LogText.Name(implementation.Name)} in {format}, recorded {results.Created:u}");
        if (implementation.Checks.FirstOrDefault(check => check.Id == explained.Id && check.Dtype == format.Name) is not { } recorded)
        {
            terminal.Line("  the file has no such check");
            return null;
        }

        terminal.Hanging("  ", $"{recorded.Verdict}{(recorded.Reason is null ? "" : $": {recorded.Reason}")}");
        if (recorded.Words is not null)
            terminal.Block(recorded.Words, "    | ");

        foreach (var output in recorded.Outputs)
        {
            WriteOutput(
                output.Name, output.Fault, output.WorstShare, output.NormError, output.ComponentError, output.MedianUlp, output.MaximumUlp,
                output.MaximumUlpIndex, output.Worst);
        }

        return recorded.Verdict is "unsupported" or "not_judged" or "out_of_scope" ? null : recorded.Verdict is "passed" or "partly_checked";
    }

    private void WriteTolerance(string name, GoldenOutput output)
    {
        var rho = explained.Rho[(format, name)];
        var golden = explained.Golden[name];
        var isByColumn = output.Judgement == Judgement.Columns;
        var sizes = Comparer.Sizes(golden, output);
        var its = output.FormatIn(format);
        var bounds = rho.Zip(sizes, (r, size) => Tolerance.Bound(r, size, its)).ToArray();
        var zeros = bounds.Count(bound => bound == 0);
        var what = isByColumn ? $"{bounds.Length} columns along axis {output.Axis}, each by its 2-norm" : $"{bounds.Length} entries";
        terminal.Line($"  {name}: {what}{(its == format ? "" : $", in {its}: {output.Part.ToString().ToLowerInvariant()}")}");
        if (zeros > 0)
            terminal.Line($"    {zeros} of them are zero whatever the rounding, and must be exactly 0");
        if (zeros == bounds.Length)
            return;
        var byRho = rho.Zip(sizes).Count(pair => pair.First > its.UnitRoundoff * pair.Second && pair.First > its.SmallestNormal);
        var positive = bounds.Where(bound => bound > 0).ToArray();
        terminal.Line($"    tolerance {positive.Min():G3} … {positive.Max():G3}; ρ decides in {byRho}, u·|golden| or the smallest normal in {positive.Length - byRho}");
    }

    private void WriteOutput(
        string name, string? fault, double share, double norm, double component, double medianUlp, double maximumUlp, string at,
        IReadOnlyList<ElementRecord> worst)
    {
        if (fault is not null)
        {
            terminal.Markup($"  [red]failed[/] {fault}");
            return;
        }

        terminal.Markup($"  {name} {(share <= 1 ? Passed : Failed)}, worst error {Tolerance.Describe(share)} of its tolerance");
        terminal.Line($"    norm-wise error {norm:G3}, component-wise {component:G3}, units in the last place: median {medianUlp:G3}, maximum {maximumUlp:G3} at {at}");
        var table = new TextTable();
        foreach (var title in new[] { "index", "got", "expected", "error", "allowed", "share" })
            table.Column(title);
        foreach (var element in worst)
        {
            var elementShare = element.Error == 0 ? 0 : element.Error / element.Allowed;
            table.Row(
                element.Index, $"{element.Got:G17}", $"{element.Expected:G17}", $"{element.Error:G3}", $"{element.Allowed:G3}", Tolerance.Describe(elementShare));
        }

        terminal.Write(table);
    }

    private void Heading(string text)
    {
        terminal.Line();
        terminal.Markup($"[bold]{text}[/]");
    }

    private static string Summarise(string name, Shape shape, double[] values)
    {
        var shown = string.Join("  ", values.Take(ValuesShown).Select(value => $"{value:G9}"));
        var more = values.Length > ValuesShown ? " …" : "";
        return values.Length > 1
            ? $"  {name} {shape}  from {values.Min():G4} to {values.Max():G4}: {shown}{more}"
            : $"  {name} {shape}  {shown}";
    }
}
