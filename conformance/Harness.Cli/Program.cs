using Harness.Cli;

var terminal = Terminal.OfConsole();
LastResort.WatchThreads(terminal);
Interruption.Expect();
return HarnessCommand.Run(args, terminal);
