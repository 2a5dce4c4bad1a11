using System.CommandLine;
using Harness.Cli.Options;
using Harness.Cli.Rendering;
using Harness.Cli.Terminals;
using Harness.Conformance.Checks;
using Harness.Conformance.Results;
using Harness.Tensors.Numerics;

namespace Harness.Cli.Commands;

/// <summary><c>harness explain CASE</c>: what a case asks, and what an answer to it got wrong.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string>("case") { Description = "EQUATION/CASE, such as lm2.gate.input/typical, or EQUATION/fresh-1 or EQUATION/fresh-T=65 with --seed" };
        var dtype = new Option<string?>("--dtype")
        {
            Description = "The dtype whose tolerance is explained [default: the widest the case is judged in]",
            HelpName = "DTYPE",
        };
        var seed = new Option<int>("--seed")
        {
            Description = "The seed that a fresh case was drawn from",
            HelpName = "N",
            CustomParser = Number.Whole,
        };
        var results = new Option<string?>("--results")
        {
            Description = "Show the answers recorded in this results file instead of asking",
            HelpName = "PATH",
        };
        var implementations = new ImplementationOptions();
        var fixtures = SharedOptions.Fixtures();
        var command = new Command(
            "explain", "A case: equation, shapes, inputs, golden values, how its tolerance came about, and the worst elements of an answer; exit code 1 if that is wrong, 5 if there is none")
        {
            id, dtype, seed, results, fixtures,
        };
        implementations.AddTo(command);
        command.SetAction(parsed =>
        {
            var caseId = parsed.GetValue(id)!;
            var asked = parsed.GetValue(dtype) is { } name ? SharedOptions.ResolveFormat(name) : null;
            var set = SharedOptions.LoadFixtures(parsed.GetValue(fixtures));
            var recorded = parsed.GetValue(results) is { } path ? ReadResults(path) : null;

            // A fresh case is drawn within what the implementation takes.
            var isFresh = caseId.Contains("/fresh-", StringComparison.Ordinal) && set.Cases.All(golden => golden.Id != caseId);
            using var first = isFresh && recorded is null ? implementations.Open(parsed, set) : null;
            var constraints = recorded is null ? first?.Members[0].Implementation.Constraints : ResultsJson.ToReport(recorded).Implementations[0].Details.Constraints;
            var explained = ExplainedCase.Find(set, caseId, asked ?? FloatFormat.Float64, parsed.GetValue(seed), constraints: constraints)
                ?? throw new UsageException(Unknown(caseId, set.Cases.Select(golden => golden.Id)));
            var format = asked ?? FloatFormat.All.First(candidate => explained.Rho.Keys.Any(key => key.Format == candidate));

            var writer = new ExplanationWriter(terminal, explained, format);
            writer.WriteCase();
            if (explained.NotJudged.TryGetValue(format.Name, out var reason))
            {
                terminal.Line($"Not judged in {format}: {reason}");
                return ExitCode.Passed;
            }

            writer.WriteTolerance();
            if (recorded is not null)
                return CodeOf(writer.WriteRecorded(recorded));

            using var other = first is null ? implementations.Open(parsed, set) : null;
            var opened = first ?? other!;
            if (isFresh)
                opened.RequireSeed(parsed.GetValue(seed));
            return CodeOf([.. opened.Members.Select(member => writer.WriteAnswer(member.Name, member.Implementation))]);
        });
        return command;
    }

    private static int CodeOf(IReadOnlyList<bool?> answers) =>
        answers.Contains(false) ? ExitCode.Failed : answers.Contains(true) ? ExitCode.Passed : ExitCode.NothingChecked;

    private static ResultsFile ReadResults(string path)
    {
        try
        {
            return ResultsJson.Read(path);
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--results: {failure.Message.TrimEnd('.')}.");
        }
    }

    private static string Unknown(string id, IEnumerable<string> known)
    {
        var equation = id.Split('/')[0];
        var near = known.Where(candidate => candidate.StartsWith(equation + "/", StringComparison.Ordinal)).ToArray();
        return near.Length > 0
            ? $"found no case '{id}', expected one of {string.Join(", ", near)}, or {equation}/fresh-1 with --seed.{Suggestion.Of(id, known)}"
            : $"found no case '{id}', expected EQUATION/CASE; 'harness list' shows the equations.{Suggestion.Of(id, known)}";
    }
}
