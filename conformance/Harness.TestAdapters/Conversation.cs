using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using HarnessProtocol;

namespace Harness.TestAdapters;

/// <summary>The adapter's end of its pipes, with an honest answer to everything.</summary>
internal sealed class Conversation(string? log) : IDisposable
{
    private readonly Adapter _honest = new(
        new About("test-adapter", "0.1", RuntimeInformation.FrameworkDescription, "cpu", ["f64", "f32", "bf16", "f16"],
            [.. EquationCatalogue.All.Select(equation => equation.Id)]),
        Reference.Run,
        Reference.Measure);

    private readonly StreamReader _commands = new(Console.OpenStandardInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    private readonly Stream _answers = Console.OpenStandardOutput();

    /// <inheritdoc/>
    public void Dispose()
    {
        _commands.Dispose();
        _answers.Dispose();
    }

    /// <summary>The next command; null at the end of stdin.</summary>
    public JsonObject? Read()
    {
        if (_commands.ReadLine() is not { } line)
            return null;
        Log(line);
        return JsonNode.Parse(line)!.AsObject();
    }

    /// <summary>What an honest adapter says to a command, its files written.</summary>
    public JsonObject Answer(JsonObject command) => _honest.Answer(command);

    /// <summary>Sends an answer.</summary>
    public void Send(JsonObject answer) => Send(answer.ToJsonString() + "\n");

    /// <summary>Sends whatever.</summary>
    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends whatever.</summary>
    public void Send(byte[] bytes) => _answers.Write(bytes);

    /// <summary>Keeps a line for the test that reads the log; several processes may share it.</summary>
    public void Log(string line)
    {
        if (log is null)
            return;
        using var stream = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        stream.Write(Encoding.UTF8.GetBytes($"{line}\n"));
    }
}
