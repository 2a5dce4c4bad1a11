using System.Diagnostics.CodeAnalysis;
using Harness.Cli.Terminals;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Writing;
using Harness.Perf.History;
using Harness.Tensors;

namespace Harness.Cli;

/// <summary>Turns whatever was thrown and not caught into one sentence and an exit code.</summary>
internal static class LastResort
{
    // A refusal quotes what was found, which may be anything; what was expected stands at its end.
    private const int MostShown = 1000;

    /// <summary>Says what was thrown.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Tell(Terminal terminal, Exception failure)
    {
        var (code, sentence) = Describe(Innermost(failure));
        terminal.Error.WriteLine($"harness: {LogText.Shorten(sentence.ReplaceLineEndings(" "), MostShown)}");
        return code;
    }

    /// <summary>Ends the process in the same way where a thread of its own throws, on which nothing waits.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The runtime's own words would be a stack trace.")]
    public static void WatchThreads(Terminal terminal) =>
        AppDomain.CurrentDomain.UnhandledException += (_, thrown) =>
        {
            if (thrown.ExceptionObject is Exception failure)
                Environment.Exit(Tell(terminal, failure));
        };

    private static (int Code, string Sentence) Describe(Exception failure) => failure switch
    {
        UsageException => (ExitCode.Usage, failure.Message),
        StoreException => (ExitCode.UnusableStore, failure.Message),
        FixtureException => (ExitCode.DamagedFixtures, failure.Message),
        OperationCanceledException => (ExitCode.Interrupted, "interrupted"),
        IOException or UnauthorizedAccessException => (ExitCode.Usage, FileFault.Sentence(failure)),
        FormatException => (ExitCode.Usage, failure.Message),
        TensorMemoryException => (ExitCode.Usage, $"the sizes do not fit into memory: {failure.Message}"),
        _ => (ExitCode.Fault, $"a fault of the harness itself, please report it with the command line: {failure.GetType().Name}: {failure.Message}{Place(failure)}"),
    };

    // Of several at once one is enough, and what wraps it says nothing.
    private static Exception Innermost(Exception failure) =>
        failure is AggregateException or TypeInitializationException && failure.InnerException is { } inner ? Innermost(inner) : failure;

    private static string Place(Exception failure) =>
        failure.StackTrace?.Split('\n')[0].Trim() is { Length: > 0 } frame && frame.IndexOf('(', StringComparison.Ordinal) is > 0 and var end
            ? $" ({frame[..end]})"
            : "";
}
