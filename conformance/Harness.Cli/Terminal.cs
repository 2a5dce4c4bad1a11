using Spectre.Console;

namespace Harness.Cli;

/// <summary>Where output goes: colour and progress on a terminal, plain lines in a log or under NO_COLOR.</summary>
internal sealed class Terminal
{
    // Wide enough for the tables; a log has no width of its own.
    private const int LogWidth = 130;

    public Terminal(TextWriter output, TextWriter error, bool isInteractive)
    {
        Error = error;
        IsInteractive = isInteractive;
        var hasColour = isInteractive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        Out = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = hasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isInteractive ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        if (!isInteractive)
            Out.Profile.Width = LogWidth;
    }

    /// <summary>Spectre.Console emits colour when piped with TERM set, so that the decision is made here.</summary>
    public static bool IsConsoleInteractive => !Console.IsOutputRedirected;

    public IAnsiConsole Out { get; }

    public TextWriter Error { get; }

    public bool IsInteractive { get; }

    /// <summary>One line as it is: no markup, no wrapping.</summary>
    public void Line(string text = "") => Out.Profile.Out.Writer.WriteLine(text);

    /// <summary>One line with Spectre markup; whatever comes from elsewhere must be escaped.</summary>
    public void Markup(string markup) => Out.MarkupLine(markup);
}
