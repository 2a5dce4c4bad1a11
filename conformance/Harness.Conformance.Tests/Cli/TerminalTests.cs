using System.Text.RegularExpressions;
using Harness.Cli.Terminals;

namespace Harness.Conformance.Tests.Cli;

/// <summary>What is written is harmless, whatever is in it.</summary>
public sealed partial class TerminalTests
{
    private const string Hostile = "a\u001b[31m\r\n::error::b\t[red]c[/] [x ##[error]\u009b";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_line_is_one_line(bool isInteractive) =>
        Written(isInteractive, terminal => terminal.Line(Hostile)).Output.Should().Be("a␛[31m␍␊: :error::b [red]c[/] [x # #[error]⟨U+009B⟩\n");

    [Fact]
    public void Of_a_block_every_line_is_indented() =>
        Written(false, terminal => terminal.Block(Hostile, "  | ")).Output.Should().Be("  | a␛[31m␍\n  | : :error::b\t[red]c[/] [x # #[error]⟨U+009B⟩\n");

    [Fact]
    public void What_hangs_begins_once() =>
        Written(false, terminal => terminal.Hanging("why: ", "one\ntwo")).Output.Should().Be("why: one\n    two\n");

    [Fact]
    public void A_block_without_end_has_one()
    {
        var text = Written(false, terminal => terminal.Block(string.Join('\n', Enumerable.Repeat(new string('x', 1_000_000), 100)), "  ")).Output;
        text.Length.Should().BeLessThan(100_000);
        text.Should().Contain("…");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void In_styled_text_only_what_is_literal_is_markup(bool isInteractive)
    {
        var text = Written(isInteractive, terminal => terminal.Markup($"[bold]{Hostile}[/] {1.5} {(Styled)$"[dim]{null}x[/]"}")).Output;
        text.Should().Contain("a␛[31m␍␊").And.Contain("[red]c[/] [x # #[error]⟨U+009B⟩ 1.5 x").And.NotContain("[bold]").And.NotContain("[dim]");
        text.TrimEnd().Should().NotContain("\n").And.NotContain("\u009b");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_name_between_colons_is_no_picture(bool isInteractive)
    {
        const string Name = "a:smile: :red_heart:b ::star::";
        var text = Written(isInteractive, terminal =>
        {
            terminal.Markup($"[bold]{Name}[/]");
            var table = new TextTable().Column(Name, wraps: false);
            table.Row($"[red]{Name}[/]");
            terminal.Write(table);

            // As progress is described.
            terminal.Out.Write(new Spectre.Console.Markup(((Styled)$"{Name}, [red]1[/]").ToString()));
        }).Output;
        text.Split("a:smile: :red_heart:b : :star::").Should().HaveCount(5);
        text.Should().NotMatchRegex("[\u2764\u2b50\ud83d]");
    }

    [Fact]
    public void Styled_text_is_not_broken_into_lines() =>
        Written(false, terminal => terminal.Markup($"{string.Join(' ', Enumerable.Repeat("word", 100))}")).Output.TrimEnd().Should().HaveLength(499);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tables_hold_any_text(bool isInteractive)
    {
        var text = Written(isInteractive, terminal =>
        {
            var table = new TextTable().Column(Hostile).Column("[x", isNumber: true);
            table.Row(Hostile, $"[red]{Hostile}[/]");
            terminal.Write(table);
        }).Output;
        text.Should().Contain("[x").And.NotContain("\u001b[31m").And.NotContain("\r");
    }

    // What Spectre is given past all of this.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_reaches_a_terminal_as_it_is(bool isInteractive) =>
        Written(isInteractive, terminal => terminal.Out.Write(new Spectre.Console.Text("a\u001b]0;title\u0007b"))).Output.Should().Contain("a␛]0;title␇b");

    [Fact]
    public void Errors_begin_once() =>
        Written(false, terminal => terminal.Error.WriteLine($"harness: {Hostile}")).Error.Should().Be("harness: a␛[31m␍\n    : :error::b\t[red]c[/] [x # #[error]⟨U+009B⟩\n");

    [Theory]
    [InlineData(null, 130)]
    [InlineData("", 130)]
    [InlineData("wide", 130)]
    [InlineData("-5", 130)]
    [InlineData("200", 200)]
    [InlineData("1", 40)]
    [InlineData("100000", 1000)]
    public void A_log_is_as_wide_as_COLUMNS_says(string? columns, int width) => Terminal.WidthOfLog(columns).Should().Be(width);

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex Style();

    private static (string Output, string Error) Written(bool isInteractive, Action<Terminal> write)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        write(new Terminal(output, error, isInteractive));

        // What Spectre styles text with, where it takes the writer for a terminal.
        return (Style().Replace(output.ToString(), ""), error.ToString());
    }
}
