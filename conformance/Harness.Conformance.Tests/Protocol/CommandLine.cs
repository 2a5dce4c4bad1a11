using Harness.Cli;
using Harness.Cli.Terminals;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>The harness's command line, in this process.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command, on the repository's fixtures wherever the tests were built.</summary>
    public static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] fixtures = args[0] is "verify" or "explain" or "export-inputs" ? ["--fixtures", RepositoryFixtures.Folder] : [];
        var code = HarnessCommand.Run([.. args, .. fixtures], new Terminal(output, error, isInteractive: false));
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>A command for <c>--exec</c>; paths of builds may hold blanks.</summary>
    public static string Exec(params string[] faults) => string.Join(' ', BuiltPrograms.TestAdapter([.. faults.Select(Labels.Of)]).Select(word => $"'{word}'"));
}
