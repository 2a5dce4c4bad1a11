using System.CommandLine;
using Harness.Cli.Terminals;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf</c>: everything that measures.</summary>
internal static class PerfCommand
{
    public static Command Create(Terminal terminal) => new("perf", "Measure: scaling with the context, fidelity, exact complexity; history and gate")
    {
        ScalingCommand.Create(terminal),
        FidelityCommand.Create(terminal),
        ComplexityCommand.Create(terminal),
        MicroCommand.Create(terminal),
        RecordCommand.Create(terminal),
        HistoryCommand.Create(terminal),
        GateCommand.Create(terminal),
        CompareCommand.Create(terminal),
        ExportCommand.Create(terminal),
        ImportCommand.Create(terminal),
        ForgetCommand.Create(terminal),
    };
}
