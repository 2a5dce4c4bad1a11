using System.Globalization;
using System.Text;
using Harness.Conformance.Writing;
using Spectre.Console;

namespace Harness.Cli.Terminals;

/// <summary>
/// Where output goes: colour and progress on a terminal, plain lines in a log or under NO_COLOR. Whatever it is given, it writes what is
/// harmless to a terminal and to the CI systems that read logs; that nothing foreign begins a line is up to who writes it.
/// </summary>
internal sealed class Terminal
{
    // Wide enough for the tables; a log has no width of its own, unless it is given one.
    private const int LogWidth = 130;
    private const int NarrowestLog = 40;
    private const int WidestLog = 1000;

    private const string Indentation = "    ";

    // What is not wrapped is as wide as it needs.
    private const int AnyWidth = 1_000_000;

    private readonly GuardedWriter _output;
    private readonly GuardedWriter _error;

    /// <param name="output">Takes results.</param>
    /// <param name="error">Takes what went wrong, and what is not a result.</param>
    /// <param name="isInteractive">Whether a person is watching the output.</param>
    /// <param name="logWidth">Characters to a line of a table where nobody is.</param>
    public Terminal(TextWriter output, TextWriter error, bool isInteractive, int logWidth = LogWidth)
    {
        (_output, _error) = (new GuardedWriter(output), new GuardedWriter(error));
        Error = new LogWriter(_error);
        IsInteractive = isInteractive;
        var hasColour = isInteractive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        Out = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = hasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isInteractive ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new GuardedOutput(new AnsiConsoleOutput(output), _output),
        });
        Out.Pipeline.Attach(new VisibleSegments());
        if (!isInteractive)
            Out.Profile.Width = logWidth;
    }

    public IAnsiConsole Out { get; }

    public TextWriter Error { get; }

    public bool IsInteractive { get; }

    /// <summary>Why output was lost; null where none was.</summary>
    public Exception? OutputFailure => _output.Failure;

    /// <summary>The terminal for everything else while the output takes a result.</summary>
    public Terminal Aside => new(_error, _error, isInteractive: false, Out.Profile.Width);

    /// <summary>The terminal that the process was started on.</summary>
    /// <remarks>Spectre.Console emits colour when piped with TERM set, so that the decision is made here.</remarks>
    public static Terminal OfConsole() =>
        new(
            StandardStream.Output(), StandardStream.Error(), StandardStream.IsOpen(StandardStream.OutputNumber) && !Console.IsOutputRedirected,
            WidthOfLog(Environment.GetEnvironmentVariable("COLUMNS")));

    /// <summary>One line: no markup, no wrapping.</summary>
    public void Line(string text = "") => _output.WriteLine(LogText.Line(text));

    /// <summary>Text from elsewhere that may have several lines, each behind an indentation.</summary>
    public void Block(string text, string indentation) => _output.WriteLine(LogText.Block(text, indentation));

    /// <summary>Words of the harness's own, and text from elsewhere behind them, whose further lines are indented.</summary>
    public void Hanging(string words, string text) => _output.WriteLine(words + LogText.Block(text, Indentation)[Indentation.Length..]);

    /// <summary>A document that was made to be written as it is.</summary>
    public void Raw(string text) => _output.Write(text);

    /// <summary>One line with markup: no wrapping.</summary>
    public void Markup(Styled text)
    {
        Out.Write(new Unwrapped(text.ToMarkup(), AnyWidth));
        Out.WriteLine();
    }

    /// <summary>A table.</summary>
    public void Write(TextTable table) => Out.Write(table.ToRenderable());

    internal static int WidthOfLog(string? columns) =>
        int.TryParse(columns, NumberStyles.None, CultureInfo.InvariantCulture, out var width) ? Math.Clamp(width, NarrowestLog, WidestLog) : LogWidth;

    // What Spectre asks of a console it asks of the real one.
    private sealed class GuardedOutput(AnsiConsoleOutput inner, GuardedWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => inner.IsTerminal;

        public int Width => inner.Width;

        public int Height => inner.Height;

        public void SetEncoding(Encoding encoding) => inner.SetEncoding(encoding);
    }
}
