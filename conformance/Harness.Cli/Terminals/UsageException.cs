namespace Harness.Cli.Terminals;

/// <summary>A command line that parses but asks for something that does not exist: one line, exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
