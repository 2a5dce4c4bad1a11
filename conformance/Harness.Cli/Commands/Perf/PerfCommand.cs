using System.CommandLine;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf</c>: everything that measures.</summary>
internal static class PerfCommand
{
    public static Command Create(Terminal terminal) => new("perf", "Measure: scaling with the context, fidelity, exact complexity; history and gate")
    {
        ScalingCommand.Create(terminal),
        ComplexityCommand.Create(terminal),
    };
}
