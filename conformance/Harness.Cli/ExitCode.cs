using Harness.Conformance.Running;

namespace Harness.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for passed, or is declared unsupported.</summary>
    public const int Passed = 0;

    /// <summary>Something failed or errored.</summary>
    public const int Failed = 1;

    /// <summary>The command line asks for something that does not exist.</summary>
    public const int Usage = 2;

    /// <summary>The fixtures themselves cannot be trusted.</summary>
    public const int DamagedFixtures = 3;

    /// <summary>A measurement ran, and cannot tell: too little data or too much noise, or its control did not show what it must.</summary>
    public const int Undecided = 4;

    /// <summary>Interrupted from the terminal, or told to end: 128 and the signal's number, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>The code of a report.</summary>
    public static int Of(VerifyReport report) =>
        report.Damage.Count > 0 ? DamagedFixtures
        : report.IsGood ? Passed
        : Failed;
}
