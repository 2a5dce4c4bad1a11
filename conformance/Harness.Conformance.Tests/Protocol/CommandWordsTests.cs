using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Conformance.Writing;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>How a command line becomes a program and its arguments.</summary>
public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("python3 adapter.py", "python3", "adapter.py")]
    [InlineData("  a \t b\n ", "a", "b")]
    [InlineData("'my adapter' \"it's\"", "my adapter", "it's")]
    [InlineData("a ''", "a", "")]
    [InlineData("a\"b c\"'d e'f", "ab cd ef")]
    [InlineData("my\\ adapter \\\"", "my adapter", "\"")]
    [InlineData("\"a \\\" b\" '\\'", "a \" b", "\\")]
    [InlineData("a\\", "a\\")]
    [InlineData("$HOME ~ *.py ; | > & `ls` $(ls) #", "$HOME", "~", "*.py", ";", "|", ">", "&", "`ls`", "$(ls)", "#")]
    public void It_is_split_at_blanks_outside_quotes_and_nothing_is_expanded(string command, params string[] words) =>
        CommandWords.Split(command).Should().Equal(words);

    [Theory]
    [InlineData("", "found no program in '', expected one and its arguments")]
    [InlineData(" ", "found no program in ' ', expected one and its arguments")]
    [InlineData("'' argument", "found no program in ''' argument', expected one and its arguments")]
    [InlineData("a 'b", "found an open ' in 'a 'b', expected it to be closed")]
    [InlineData("a \"b\\\"", "found an open \" in 'a \"b\\\"', expected it to be closed")]
    public void What_is_no_command_is_named(string command, string message)
    {
        var split = () => CommandWords.Split(command);
        split.Should().Throw<FormatException>().WithMessage(message);
    }

    [Theory]
    [InlineData("python3 adapter.py", "python3", "adapter.py")]
    [InlineData("a 2^10..2^20 --exec \"python3 my.py\"", "a", "2^10..2^20", "--exec", "python3 my.py")]
    [InlineData("a \"\" \"it's\"", "a", "", "it's")]
    [InlineData("a '$HOME \"b\" \\ !' 'it'\\''s $5'", "a", "$HOME \"b\" \\ !", "it's $5")]
    public void It_is_joined_in_the_plainest_way_that_is_split_the_same(string command, params string[] words)
    {
        CommandWords.Join(words).Should().Be(command);
        CommandWords.Split(command).Should().Equal(words);
    }

    // The adapter takes its second argument for the name of a fault, and names what it got.
    [Fact]
    public void No_shell_looks_at_the_arguments()
    {
        var command = $"{string.Join(' ', BuiltPrograms.TestAdapter())} '$HOME;echo *|cat' x";
        using var implementation = ProcessImplementation.Start(new AdapterOptions { Command = CommandWords.Split(command) });
        var run = () => implementation.Run(new("lm2.gate.input", FloatFormat.Float64, Implementations.AttributeValues.None, new Dictionary<string, Implementations.TensorData>()));
        run.Should().Throw<AdapterException>().WithMessage("start: exited with code 2")
            .Which.Words.Should().StartWith("test-adapter: found the fault '$HOME;echo *|cat'");
    }
}
