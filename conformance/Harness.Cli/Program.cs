using Harness.Cli;

Interruption.Expect();
return HarnessCommand.Run(args, new Terminal(Console.Out, Console.Error, Terminal.IsConsoleInteractive));
