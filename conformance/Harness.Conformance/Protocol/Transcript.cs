using System.Text.Json;
using Harness.Conformance.Writing;

namespace Harness.Conformance.Protocol;

/// <summary>Keeps every message between harness and adapters, a JSON object a line: <c>{"to": …}</c>, with the case that it is about, or <c>{"from": …}</c>.</summary>
public sealed class Transcript : IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly StreamWriter _writer;
    private volatile string? _failure;

    /// <summary>Starts a new file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public Transcript(string path) => (_path, _writer) = (path, new StreamWriter(OutputTarget.Open(path)) { AutoFlush = true });

    /// <summary>Why not every message is kept; null if all are.</summary>
    public string? Failure => _failure;

    /// <inheritdoc/>
    public void Dispose() => Attempt(_writer.Dispose);

    internal void Sent(int process, string message, string? about) => Write("to", process, message, about);

    // What an adapter sends may be anything, and is kept as text where it is no JSON.
    internal void Received(int process, string line) => Write("from", process, IsJson(line) ? line : JsonSerializer.Serialize(line));

    private void Write(string direction, int process, string json, string? about = null)
    {
        lock (_gate)
        {
            if (_failure is null)
                Attempt(() => _writer.WriteLine($$"""{"process": {{process}}, {{(about is null ? "" : $"\"case\": {JsonSerializer.Serialize(about)}, ")}}"{{direction}}": {{json}}}"""));
        }
    }

    // What a full disk does not take is no fault of the adapter's.
    private void Attempt(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _failure ??= FileFault.Describe(failure, _path);
        }
    }

    private static bool IsJson(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
