using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Harness.Conformance.Protocol;

/// <summary>One running adapter: commands in, answers out, one at a time.</summary>
internal sealed class AdapterProcess : IDisposable
{
    /// <summary>The version of the protocol that this harness speaks.</summary>
    public const int ProtocolVersion = 1;

    // What a message shows of a line that is no answer.
    private const int LineShown = 200;

    private static int _count;

    private readonly AdapterOptions _options;
    private readonly Process _process;
    private readonly string _mark = Guid.NewGuid().ToString("N");
    private readonly int _number = Interlocked.Increment(ref _count);
    private readonly AnswerLines _answers = new();
    private readonly StderrTail _stderr = new();
    private readonly Thread _stderrReader;
    private long _lastId = -1;
    private int _disposed;

    private AdapterProcess(AdapterOptions options)
    {
        _options = options;
        var info = new ProcessStartInfo(options.Command[0], options.Command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        AdapterEnvironment.Reduce(info.Environment, options.Environment, Scratch.Path, _mark);
        options.Watch?.Adopt(_mark, Scratch.Path);
        try
        {
            _process = Process.Start(info)!;
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
        {
            options.Watch?.Release(_mark);
            Scratch.Dispose();
            throw new AdapterException($"'{options.Command[0]}' cannot be started: {failure.Message}");
        }

        new Thread(() => _answers.Read(_process.StandardOutput.BaseStream)) { IsBackground = true, Name = "adapter stdout" }.Start();
        _stderrReader = new Thread(() => _stderr.Drain(_process.StandardError.BaseStream)) { IsBackground = true, Name = "adapter stderr" };
        _stderrReader.Start();
    }

    /// <summary>Where it may write.</summary>
    public ScratchFolder Scratch { get; } = new();

    /// <summary>Whether it answered a command more than once, ever.</summary>
    public bool AnsweredTwice { get; private set; }

    /// <summary>Starts a program. It has not been asked anything yet.</summary>
    /// <exception cref="AdapterException">There is no such program, or it may not be run.</exception>
    public static AdapterProcess Start(AdapterOptions options) => new(options);

    /// <summary>What it has printed to stderr since the last time; null if nothing.</summary>
    public string? TakeWords() => _stderr.Take();

    /// <summary>Sends a command and waits for its answer.</summary>
    /// <param name="command">The command without its id.</param>
    /// <param name="timeout">How long the answer may take; then the process is killed.</param>
    /// <param name="id">An id out of sequence; the next one if not given.</param>
    /// <exception cref="AdapterTimeoutException">No answer came in time.</exception>
    /// <exception cref="StrayAnswerException">An answer to an earlier command came again.</exception>
    /// <exception cref="AdapterException">Something else than an answer came, or nothing will. The process cannot be used again.</exception>
    public JsonElement Ask(JsonObject command, TimeSpan timeout, long? id = null)
    {
        var thisId = id ?? _lastId + 1;
        var message = new JsonObject { ["id"] = thisId };
        foreach (var (name, value) in command)
            message[name] = value?.DeepClone();
        var earlier = _lastId;
        if (id is null)
            _lastId = thisId;

        var clock = Stopwatch.StartNew();
        Send(message.ToJsonString(), timeout);
        string line;
        var isAnswered = _answers.TryTake(out line, Left(timeout, clock));
        if (!isAnswered && !_answers.HasEnded)
        {
            Kill();
            throw new AdapterTimeoutException($"no answer within {timeout.TotalSeconds:0.###} s", Words());
        }

        if (!isAnswered)
            throw Gone("closed its stdout");
        _options.Transcript?.Received(_number, line);
        return Parse(line, thisId, earlier);
    }

    /// <summary>Asks it to stop and waits until it has.</summary>
    /// <returns>What was wrong with how it stopped; null if nothing.</returns>
    public string? Stop()
    {
        string? fault;
        try
        {
            Ask(new JsonObject { ["cmd"] = "stop" }, _options.StopTimeout);
            _process.StandardInput.Close();
            fault = !_process.WaitForExit(_options.StopTimeout) ? $"still running {_options.StopTimeout.TotalSeconds:0.###} s after stop"
                : _process.ExitCode != 0 ? $"exited with code {_process.ExitCode} after stop, expected 0"
                : null;
        }
        catch (AdapterException failure)
        {
            fault = $"stop: {failure.Message}";
        }
        catch (IOException)
        {
            fault = "stop: closed its stdin before it ended";
        }

        var survivors = _process.HasExited ? ProcessTree.KillMarked(_mark) : 0;
        return fault ?? (survivors > 0 ? $"left {survivors} {(survivors == 1 ? "process" : "processes")} behind after stop" : null);
    }

    /// <summary>Ends it at once, with all it has started.</summary>
    public void Kill() => ProcessTree.Kill(_process, _mark);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        Kill();
        _process.WaitForExit(_options.StopTimeout);
        Scratch.Dispose();
        _options.Watch?.Release(_mark);
        _process.Dispose();
        _answers.Dispose();
    }

    private static TimeSpan Left(TimeSpan timeout, Stopwatch clock) =>
        timeout > clock.Elapsed ? timeout - clock.Elapsed : TimeSpan.Zero;

    private void Send(string message, TimeSpan timeout)
    {
        _options.Transcript?.Sent(_number, message);

        // A program that does not read blocks whoever writes more than a pipe holds, until it is killed.
        using var alarm = new Timer(_ => Kill(), null, timeout, Timeout.InfiniteTimeSpan);
        try
        {
            _process.StandardInput.Write(message + "\n");
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It may still have answered something that explains it.
            throw Gone("closed its stdin");
        }
        catch (ObjectDisposedException)
        {
            throw Gone("was stopped");
        }
    }

    private JsonElement Parse(string line, long id, long earlier)
    {
        JsonElement answer;
        try
        {
            using var document = JsonDocument.Parse(line);
            answer = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw Broken($"stdout: found {Shown(line)}, expected an answer in JSON (stdout is for answers alone: print to stderr)");
        }

        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("id", out var found) || !found.TryGetInt64(out var foundId))
            throw Broken($"answer: found {Shown(line)}, expected an object with an integer \"id\"");
        if (foundId != id && foundId >= 0 && foundId <= earlier)
        {
            AnsweredTwice = true;
            Kill();
            throw new StrayAnswerException($"answered {foundId} twice", Words());
        }

        if (foundId != id)
            throw Broken($"answer: found id {foundId}, expected {id}");
        if (!answer.TryGetProperty("status", out var status) || status.ValueKind != JsonValueKind.String)
            throw Broken($"answer: found {Shown(line)}, expected a \"status\"");
        if (status.GetString() is not (AnswerStatus.Ok or AnswerStatus.Unsupported or AnswerStatus.Error))
            throw Broken($"answer: found status \"{status.GetString()}\", expected ok, unsupported or error");
        return answer;
    }

    private static string Shown(string line) => line.Length <= LineShown ? $"'{line}'" : $"'{line[..LineShown]}' … ({line.Length} characters)";

    private AdapterException Broken(string message)
    {
        Kill();
        return new AdapterException(message, Words());
    }

    // Its end of a pipe is closed: usually because it has ended.
    private AdapterException Gone(string how)
    {
        var hasExited = _process.WaitForExit(TimeSpan.FromSeconds(1));
        var code = hasExited ? _process.ExitCode : 0;
        Kill();
        return new AdapterException(hasExited ? $"exited with code {code}{Signal(code)}" : $"{how}, and went on running", Words());
    }

    // What a signal makes of an exit code.
    private static string Signal(int code) => code switch
    {
        134 => " (aborted)",
        136 => " (floating-point exception)",
        137 => " (killed, perhaps for lack of memory)",
        139 => " (segmentation fault)",
        _ => "",
    };

    // What was printed last is often still on its way when the process has ended.
    private string? Words()
    {
        if (_process.HasExited)
            _stderrReader.Join(TimeSpan.FromSeconds(1));
        return TakeWords();
    }
}
