using System.IO.Pipes;
using System.Text;
using Harness.Conformance.Protocol;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>What is kept of an adapter's stderr, and when.</summary>
public sealed class StderrTailTests
{
    // Often enough to meet the reader wherever it is.
    private const int Times = 20_000;

    [Fact]
    public void What_was_printed_before_an_answer_is_there_with_it()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using var printer = new AnonymousPipeClientStream(PipeDirection.Out, pipe.ClientSafePipeHandle);
        var tail = new StderrTail();
        var reader = new Thread(() => tail.Drain(pipe));
        reader.Start();
        var missed = 0;
        for (var i = 0; i < Times; i++)
        {
            printer.Write(Encoding.UTF8.GetBytes($"warning {i}\n"));
            tail.CatchUp(pipe);
            if (tail.Take() != $"warning {i}")
                missed++;
        }

        printer.Dispose();
        reader.Join();
        missed.Should().Be(0);
    }
}
