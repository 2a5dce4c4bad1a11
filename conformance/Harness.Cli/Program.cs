using Harness.Cli;

var terminal = Terminal.OfConsole();
LastResort.WatchThreads(terminal);
return HarnessCommand.Run(args, terminal);
