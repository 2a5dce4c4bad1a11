using System.CommandLine;
using Harness.Cli.Options;
using Harness.Cli.Terminals;
using Harness.Conformance.Protocol;

namespace Harness.Cli.Commands;

/// <summary><c>harness watch-adapters</c>: started by a run for itself, to clean up after it if it is killed.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        var command = new Command(OwnWatch.CommandName, "Clean up after the run that started this") { Hidden = true };
        command.SetAction(_ =>
        {
            OrphanWatch.Watch(Console.In);
            return ExitCode.Passed;
        });
        return command;
    }
}
