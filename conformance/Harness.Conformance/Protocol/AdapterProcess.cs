using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Protocol;

/// <summary>One running adapter: commands in, answers out, one at a time.</summary>
internal sealed class AdapterProcess : IDisposable
{
    /// <summary>The version of the protocol that this harness speaks.</summary>
    public const int ProtocolVersion = 1;

    // How soon an end is noticed that no pipe tells of.
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    // Longer than words take through a pipe, and a signal to its handler, on a busy machine.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    // Linux's PIPE_BUF: so much is written as a whole or not at all.
    private const int WholeBytes = 4096;

    private const int Interrupted = 130;
    private const int Terminated = 143;

    private static int ProcessCount;

    private readonly AdapterOptions _options;
    private readonly ChildProcess _process;
    private readonly ProcessMark _mark = ProcessMark.Create();
    private readonly int _number = Interlocked.Increment(ref ProcessCount);
    private readonly AnswerLines _answers = new();
    private readonly StderrTail _stderr = new();
    private readonly Thread _stderrReader;
    private readonly HashSet<long> _asked = [];
    private long _lastId = -1;
    private long _expectedId;
    private long? _staleId;
    private int _sent;
    private int _answered;
    private int _disposed;

    private AdapterProcess(AdapterOptions options)
    {
        _options = options;
        try
        {
            Scratch = new ScratchFolder();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new AdapterException($"there is no scratch folder for it: {failure.Message}");
        }

        options.Watch?.Adopt(_mark, Scratch.Outer);
        try
        {
            _process = ChildProcess.Start(options.Command, AdapterEnvironment.For(options.Environment, Scratch.Path, _mark), _mark);
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
        {
            options.Watch?.Release(_mark);
            Scratch.Dispose();
            throw new AdapterException($"'{options.Command[0]}' cannot be started: {failure.Message}");
        }

        new Thread(() => _answers.Read(_process.Output)) { IsBackground = true, Name = "adapter stdout" }.Start();
        _stderrReader = new Thread(() => _stderr.Drain(_process.Error)) { IsBackground = true, Name = "adapter stderr" };
        _stderrReader.Start();
    }

    /// <summary>Where it may write.</summary>
    public ScratchFolder Scratch { get; }

    /// <summary>How it has ended; null while it runs.</summary>
    public string? End => _process.HasExited ? Exited(_process.ExitCode) : null;

    /// <summary>Whether it has answered more than <c>start</c>.</summary>
    public bool IsReused => _answered > 1;

    /// <summary>Whether it answered a command more than once, ever.</summary>
    public bool AnsweredTwice { get; private set; }

    /// <summary>Starts a program. It has not been asked anything yet.</summary>
    /// <exception cref="AdapterException">There is no such program, or it may not be run.</exception>
    public static AdapterProcess Start(AdapterOptions options) => new(options);

    /// <summary>What it has printed to stderr since the last time; null if nothing.</summary>
    public string? TakeWords() => _stderr.Take();

    /// <summary>The same where it matters: an answer may overtake what was printed before it, which comes through another pipe.</summary>
    public string? AwaitWords()
    {
        _stderr.CatchUp(_process.Error);
        return TakeWords();
    }

    /// <summary>Sends a command and waits for its answer.</summary>
    /// <param name="command">The command without its id.</param>
    /// <param name="timeout">How long the answer may take; then the process is killed.</param>
    /// <param name="id">An id out of sequence; the next one if not given.</param>
    /// <param name="about">What it is about, for the transcript alone; null if the command says it.</param>
    /// <exception cref="AdapterTimeoutException">No answer came in time.</exception>
    /// <exception cref="UnreceivedException">For what it did after an answer it has not read the command, and will not.</exception>
    /// <exception cref="AdapterException">Something else than an answer came, or nothing will. The process cannot be used again.</exception>
    public JsonElement Ask(JsonObject command, TimeSpan timeout, long? id = null, string? about = null) => Ask(command, new Deadline(timeout), id, about);

    /// <summary>Asks it to stop and waits until it has.</summary>
    /// <returns>What was wrong with how it stopped; null if nothing.</returns>
    public string? Stop()
    {
        string? fault;
        var deadline = new Deadline(_options.StopTimeout, _mark);
        try
        {
            var answer = Ask(new JsonObject { ["cmd"] = "stop" }, deadline, null);
            _process.Input.Close();
            fault = !_process.WaitForExit(deadline) ? $"still running {deadline} after stop"
                : !AnswerMember.Is(answer, AnswerStatus.Ok) ? $"stop: {AnswerMember.Unexpected(answer, AnswerStatus.Ok)}"
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

        // The helpers of an interpreter often end a moment after it.
        for (var helpers = new Deadline(Glance, _mark); _process.HasExited && ProcessTree.Any(_mark) && !helpers.IsOver();)
            Thread.Sleep(Moment);
        var survivors = _process.HasExited ? ProcessTree.Kill(_mark) : 0;
        return fault ?? (survivors > 0 ? $"left {survivors} {(survivors == 1 ? "process" : "processes")} behind after stop" : null);
    }

    /// <summary>Ends it at once, with all it has started.</summary>
    public void Kill()
    {
        _process.Kill();
        ProcessTree.Kill(_mark);
    }

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

    private JsonElement Ask(JsonObject command, Deadline deadline, long? id, string? about = null)
    {
        var thisId = id ?? _lastId + 1;
        var message = new JsonObject { ["id"] = thisId };
        foreach (var (name, value) in command)
            message[name] = value?.DeepClone();
        if (id is null)
            _lastId = thisId;
        (_expectedId, _staleId) = (thisId, null);

        // What has been written before a command is no answer to it.
        while (_answers.TryTakeWritten(_process.Output, out var early))
        {
            var text = Text(early);
            var found = Understood(() => AnswerLine.Parse(text)).Id;
            if (!_asked.Contains(found))
                throw Broken($"answer: found id {found} before it was asked, expected it afterwards");
            AnsweredTwice = true;
        }

        _asked.Add(thisId);
        Send(message.ToJsonString(), deadline, about);
        while (true)
        {
            var line = TakeLine(deadline);
            var (answer, found) = Understood(() => AnswerLine.Parse(line));
            if (found == thisId)
            {
                if (!HasReadCommand)
                    throw Broken($"answer: found id {found} before it was asked (the command has not been read), expected it afterwards");
                _answered++;
                return Understood(() => AnswerLine.WithStatus(answer));
            }

            if (!_asked.Contains(found))
                throw Broken($"answer: found id {found}, expected {thisId}");

            // The command before this one has been answered again. The id says so, so that this one's answer can still be waited for.
            AnsweredTwice = true;
            _staleId = found;
        }
    }

    // Whether anything of the last command has been taken from the pipe; where that cannot be known, whether anything was put in.
    private bool HasReadCommand => (Pipes.Unread(_process.Input) ?? 0) < _sent;

    private string TakeLine(Deadline deadline)
    {
        while (!deadline.IsOver())
        {
            var left = deadline.Left;
            if (_answers.TryTake(out var line, left > Glance ? Glance : left > TimeSpan.Zero ? left : TimeSpan.Zero))
                return Text(line);
            if (_answers.HasEnded)
                throw Gone("closed its stdout");
            if (Pipes.IsBroken(_process.Input) && !HasReadCommand)
                throw Gone("closed its stdin");

            // A process that it has started may hold its stdout open when it is no more.
            if (_process.HasExited)
                ProcessTree.Kill(_mark);
        }

        var silence = Silence();
        Kill();
        throw Late(deadline, silence);
    }

    private string Text(byte[] line)
    {
        // Some libraries start whatever they write with a byte order mark.
        var text = Encoding.UTF8.GetString(line).TrimStart('\uFEFF').TrimEnd('\r');
        _options.Transcript?.Received(_number, text);
        return line.Length > AnswerLines.MaximumBytes
            ? throw Broken($"stdout: found {AnswerLine.Shown(text)} and more, expected an answer of at most {AnswerLines.MaximumBytes} bytes")
            : !Utf8.IsValid(line) ? throw Broken($"stdout: found {AnswerLine.Shown(text)}, expected an answer in JSON, and every byte of it in UTF-8")
            : text;
    }

    private AdapterTimeoutException Late(Deadline deadline, string silence)
    {
        var words = Words();
        return new AdapterTimeoutException($"no answer within {deadline} ({silence})", words);
    }

    // What people ask themselves first, as long as the process is still there to be looked at.
    private string Silence()
    {
        if (Unfinished() is { } unfinished)
            return unfinished;
        if (_staleId is { } stale)
            return $"answers with id {stale} came, expected id {_expectedId}";
        var unread = Pipes.Unread(_process.Input);
        return unread > 0
            ? "it has not read the command"
            : $"it {(unread is null ? "" : "read the command and ")}wrote {(_stderr.IsEmpty ? "nothing" : "to stderr alone")}: "
                + "is stdout flushed after each answer?";
    }

    private string? Unfinished() =>
        _answers.Unfinished is > 0 and var bytes ? $"it wrote {bytes} bytes and no end of line: an answer ends with \\n" : null;

    private void Send(string message, Deadline deadline, string? about)
    {
        _options.Transcript?.Sent(_number, message, about);

        // A program that does not read blocks whoever writes more than a pipe holds, until it is killed.
        string? silence = null;
        using var alarm = new Timer(
            _ =>
            {
                Volatile.Write(ref silence, Silence());
                Kill();
            },
            null, deadline.Longest, Timeout.InfiniteTimeSpan);
        try
        {
            var bytes = Encoding.UTF8.GetBytes(message + "\n");
            for (_sent = 0; _sent < bytes.Length; _sent += Math.Min(WholeBytes, bytes.Length - _sent))
                _process.Input.Write(bytes.AsSpan(_sent, Math.Min(WholeBytes, bytes.Length - _sent)));
        }
        catch (IOException)
        {
            throw Volatile.Read(ref silence) is { } late ? Late(deadline, late) : Gone("closed its stdin");
        }
        catch (ObjectDisposedException)
        {
            throw Gone("was stopped");
        }
    }

    // Who does not answer as the protocol has it cannot be trusted any more.
    private T Understood<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (AdapterException failure)
        {
            throw Broken(failure.Message);
        }
    }

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
        _process.WaitForExit(TimeSpan.FromSeconds(1));

        // What the terminal sends to end this process ends the adapter too, and first: this process should know before it blames it.
        if (code is Interrupted or Terminated)
            Thread.Sleep(Glance);
        var found = (hasExited ? Exited(code) : $"{how}, and went on running") + (Unfinished() is { } unfinished ? $"; {unfinished}" : "");
        return IsReused && !HasReadCommand
            ? new UnreceivedException(found, hasExited ? $"ended after an answer ({found})" : $"{how} after an answer", Words())
            : new AdapterException(found, Words());
    }

    private static string Exited(int code) => $"exited with code {code}{Signal(code)}";

    // What a signal makes of an exit code.
    private static string Signal(int code) => code switch
    {
        Interrupted => " (interrupted)",
        134 => " (aborted)",
        136 => " (floating-point exception)",
        137 => " (killed, perhaps for lack of memory)",
        139 => " (segmentation fault)",
        Terminated => " (terminated)",
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
