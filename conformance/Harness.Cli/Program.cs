using Harness.Cli;

return HarnessCommand.Run(args, new Terminal(Console.Out, Console.Error, Terminal.IsConsoleInteractive));
