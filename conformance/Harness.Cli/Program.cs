using Harness.Cli;
using Harness.Cli.Terminals;

var terminal = Terminal.OfConsole();
LastResort.WatchThreads(terminal);
Interruption.Expect();
return HarnessCommand.Run(args, terminal);
