using System.CommandLine;
using System.Globalization;
using Harness.Cli.Terminals;
using Harness.Conformance.Profiles;

namespace Harness.Cli.Commands;

/// <summary><c>harness diff-profiles</c>: where the authors' code is not what the paper says, and by how much.</summary>
internal static class DiffProfilesCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string?>("equation")
        {
            Description = "An equation of either profile, such as inf.layer or inf-ref.layer [default: a table of all]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var seed = new Option<int?>("--seed") { Description = "Where the inputs start [default: new each run, and printed]", HelpName = "N", CustomParser = typed => Number.Whole(typed) };
        var command = new Command("diff-profiles", "The paper against its authors' code on the same inputs: what differs, by how much, and why") { id, seed };
        command.SetAction(parsed =>
        {
            var start = parsed.GetValue(seed) ?? Random.Shared.Next(1, int.MaxValue);
            if (parsed.GetValue(id) is { } equation)
                Write(terminal, equation, start);
            else
                WriteTable(terminal, start);
            terminal.Line($"inputs: seed {start} (--seed {start} repeats them); computed with 30 digits, so that nothing of this is rounding");
            return ExitCode.Passed;
        });
        return command;
    }

    private static void Write(Terminal terminal, string id, int seed)
    {
        var pairs = ProfilePairs.All.Where(pair => pair.Paper.Id == id || pair.Code.Id == id).ToArray();
        if (pairs.Length == 0)
        {
            var known = ProfilePairs.All.Select(pair => pair.Paper.Id).Distinct();
            throw new UsageException($"diff-profiles: found '{id}', expected an equation with a counterpart: one of {string.Join(", ", known)}.{Suggestion.Of(id, ProfilePairs.All.SelectMany(pair => new[] { pair.Paper.Id, pair.Code.Id }))}");
        }

        foreach (var pair in pairs)
        {
            terminal.Markup($"[bold]{pair.Paper.Id}[/] and [bold]{pair.Code.Id}[/]");
            terminal.Line($"    paper: {pair.Paper.Definition}");
            terminal.Line($"    code:  {pair.Code.Definition}");
            terminal.Line($"    inputs: {pair.Inputs}");
            foreach (var difference in pair.Compare(seed))
            {
                terminal.Line($"    {difference.Output.Paper}: {difference.Output.Why}");
                terminal.Line($"        norm of the difference {Share(difference.NormWise)} of the paper's; largest at {difference.Index}: "
                    + $"paper {difference.Paper:G9}, code {difference.Code:G9}");
            }

            terminal.Line();
        }
    }

    private static void WriteTable(Terminal terminal, int seed)
    {
        var table = new TextTable();
        foreach (var title in new[] { "paper", "code", "output", "norm-wise", "largest" })
            table.Column($"[bold]{title}[/]");
        foreach (var pair in ProfilePairs.All)
        {
            foreach (var difference in pair.Compare(seed))
            {
                table.Row(
                    pair.Paper.Id, pair.Code.Id, difference.Output.Paper, Share(difference.NormWise),
                    difference.Largest == 0 ? "0" : $"{difference.Largest.ToString("G3", CultureInfo.InvariantCulture)} at {difference.Index}");
            }
        }

        terminal.Write(table);
        terminal.Line("norm-wise: ‖code − paper‖ / ‖paper‖; 'harness diff-profiles EQUATION' says why");
    }

    private static string Share(double share) => share == 0 ? "0" : share.ToString("G3", CultureInfo.InvariantCulture);
}
