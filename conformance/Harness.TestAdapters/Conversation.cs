using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using HarnessProtocol;

namespace Harness.TestAdapters;

/// <summary>The adapter's end of its pipes, with an honest answer to everything.</summary>
internal sealed class Conversation : IDisposable
{
    private readonly StreamWriter? _log;

    private readonly Adapter _honest = new(
        new About("test-adapter", "0.1", RuntimeInformation.FrameworkDescription, "cpu", ["f64", "f32", "bf16", "f16"],
            [.. EquationCatalogue.All.Select(equation => equation.Id)]),
        Reference.Run,
        Reference.Measure);

    private readonly StreamReader _commands = new(Console.OpenStandardInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    private readonly Stream _answers = Console.OpenStandardOutput();

    /// <param name="log">
    /// The folder in which every process notes, in a file of its own, a line about itself and the commands it gets; null for nowhere.
    /// </param>
    public Conversation(string? log)
    {
        if (log is null)
            return;
        IsFirst = !Directory.EnumerateFiles(log).Any();
        _log = new StreamWriter(Path.Combine(log, $"{Environment.ProcessId}.jsonl")) { AutoFlush = true };
        var environment = new JsonObject();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value;
        _log.WriteLine(new JsonObject { ["process"] = Environment.ProcessId, ["environment"] = environment }.ToJsonString());
    }

    /// <summary>Whether no process before this one has noted anything.</summary>
    public bool IsFirst { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _log?.Dispose();
        _commands.Dispose();
        _answers.Dispose();
    }

    /// <summary>The next command; null at the end of stdin.</summary>
    public JsonObject? Read()
    {
        if (_commands.ReadLine() is not { } line)
            return null;
        _log?.WriteLine(line);
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
}
