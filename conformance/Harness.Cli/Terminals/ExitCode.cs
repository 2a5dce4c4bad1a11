using Harness.Conformance.Running;

namespace Harness.Cli.Terminals;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for passed, or is declared unsupported.</summary>
    public const int Passed = 0;

    /// <summary>Something failed or errored.</summary>
    public const int Failed = 1;

    /// <summary>The command line asks for something that does not exist, or results cannot be written where it says.</summary>
    public const int Usage = 2;

    /// <summary>The fixtures themselves cannot be trusted.</summary>
    public const int DamagedFixtures = 3;

    /// <summary>The store of perf results cannot be used: absent, damaged, of a newer schema.</summary>
    public const int UnusableStore = DamagedFixtures;

    /// <summary>
    /// A measurement ran, and cannot tell: too little data or too much noise, a control that did not show what it must, or a suspicion
    /// that was not confirmed.
    /// </summary>
    public const int Undecided = 4;

    /// <summary>The gate could judge nothing: there is no comparable history.</summary>
    public const int NothingToCompare = 5;

    /// <summary>Nothing was checked: not one check of an equation passed or failed.</summary>
    public const int NothingChecked = NothingToCompare;

    /// <summary>A fault of the harness itself, as sysexits.h has it.</summary>
    public const int Fault = 70;

    /// <summary>Interrupted from the terminal, or told to end: 128 and the signal's number, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>The code of a report.</summary>
    public static int Of(VerifyReport report) =>
        report.Damage.Count > 0 ? DamagedFixtures
        : !report.IsGood ? Failed
        : report.Judged == 0 ? NothingChecked
        : Passed;
}
