using System.CommandLine;
using System.CommandLine.Parsing;
using Harness.Conformance.Writing;

namespace Harness.Cli.Terminals;

/// <summary>What is wrong with a command line, in words.</summary>
internal static class CommandLineErrors
{
    /// <summary>The errors; none if it can be run.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        // What follows something unknown is mostly its value, and says nothing more.
        if (Unknown(parsed) is { } unknown)
            return [$"Unrecognized command or argument '{unknown}'.{Unquoted(parsed, unknown) ?? Suggestion.Of(unknown, Names(parsed.CommandResult))}"];
        return [.. parsed.Errors.Select(error => error.Message).Distinct()];
    }

    // An option that does not exist is taken for the argument of a command that takes any.
    private static string? Unknown(ParseResult parsed) =>
        parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0]
        : parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? null
        : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .FirstOrDefault(value => value.Length > 1 && value[0] == '-');

    // A command for an option that takes it as one word.
    private static string? Unquoted(ParseResult parsed, string unknown)
    {
        string[] words = [.. parsed.Tokens.Select(token => token.Value)];
        var at = Array.IndexOf(words, unknown);
        if (at < 2 || Options(parsed.CommandResult).FirstOrDefault(option => option.Name == words[at - 2]) is not { } option
            || !(option.HelpName == "COMMAND" || words[at - 1].StartsWith("exec:", StringComparison.Ordinal)))
        {
            return null;
        }

        var rest = CommandWords.Join(words.Skip(at).TakeWhile(parsed.UnmatchedTokens.Contains));
        return $" Quote the command: {option.Name} {CommandWords.Quote($"{words[at - 1]} {rest}")}";
    }

    private static IEnumerable<string> Names(CommandResult result) =>
        result.Command.Subcommands.Where(command => !command.Hidden).Select(command => command.Name)
            .Concat(Options(result).SelectMany(option => option.Aliases.Prepend(option.Name)));

    private static IEnumerable<Option> Options(CommandResult result) => result.Parent is CommandResult parent
        ? result.Command.Options.Concat(Options(parent).Where(option => option.Recursive))
        : result.Command.Options;
}
