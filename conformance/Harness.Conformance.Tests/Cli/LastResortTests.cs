using Harness.Cli;
using Harness.Cli.Terminals;
using Harness.Conformance.Fixtures;
using Harness.Tensors;

namespace Harness.Conformance.Tests.Cli;

/// <summary>Whatever is thrown, one sentence and an exit code come of it.</summary>
public sealed class LastResortTests
{
    public static TheoryData<Exception, int, string> Thrown => new()
    {
        { new UsageException("--x: found y."), 2, "harness: --x: found y.\n" },
        { new IOException("the disk is full"), 2, "harness: the disk is full\n" },
        { new FileNotFoundException("Could not find file '/a/b'.", "/a/b"), 2, "harness: /a/b: found no folder '/a', expected a file in it\n" },
        { new IOException("No space left on device : '/tmp/x'"), 2, "harness: /tmp/x: No space left on device\n" },
        { new UnauthorizedAccessException("not yours"), 2, "harness: not yours\n" },
        { new FormatException("x.json: found y"), 2, "harness: x.json: found y\n" },
        { new FixtureException("a.json", "damaged"), 3, "harness: a.json: damaged\n" },
        {
            new TensorMemoryException("product", [1 << 20, 1 << 20], sizeof(double)), 2,
            "harness: the sizes do not fit into memory: product: the result [1048576,1048576] needs 8.796e+12 bytes, more than can be allocated.\n"
        },
        { new OperationCanceledException(), 130, "harness: interrupted\n" },
        { new AggregateException(new AggregateException(new IOException("several things"))), 2, "harness: several things\n" },
        { new InvalidOperationException("a line\n::error::another\u001b[2J"), 70, "harness: a fault of the harness itself, please report it with the command line: InvalidOperationException: a line : :error::another␛[2J\n" },
    };

    [Theory]
    [MemberData(nameof(Thrown))]
    public void It_is_told_in_a_sentence(Exception thrown, int code, string sentence)
    {
        using var error = new StringWriter();
        LastResort.Tell(new Terminal(TextWriter.Null, error, isInteractive: false), thrown).Should().Be(code);
        error.ToString().Should().Be(sentence);
    }

    [Fact]
    public void What_is_long_keeps_its_beginning_and_what_was_expected()
    {
        using var error = new StringWriter();
        LastResort.Tell(new Terminal(TextWriter.Null, error, isInteractive: false), new FormatException($"found {new string('x', 5000)}, expected y"));
        error.ToString().Should().MatchRegex("^harness: found x{494}…x{487}, expected y\n$");
    }
}
