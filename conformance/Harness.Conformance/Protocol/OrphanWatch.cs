using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;

namespace Harness.Conformance.Protocol;

/// <summary>
/// A second process that outlives this one: when this one ends, however it ends, the watch kills the adapters that are still there and
/// removes their scratch folders. Being told over a pipe, it learns of the end from the system. A watch that is killed or stopped is
/// replaced.
/// </summary>
public sealed class OrphanWatch : IDisposable
{
    // What a watch has to know from its first moment on, a line for each: it may be the last thing that this process tells.
    private const string Inherited = "HARNESS_WATCHED";

    // Whoever ends it again and again wants none.
    private const int Starts = 5;

    // How soon its end is noticed when there is nothing to tell it.
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    // A watch that is neither dead nor stopped reads a line sooner, even as it starts.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IReadOnlyList<string> _command;
    private readonly Lock _gate = new();
    private readonly Dictionary<ProcessMark, string> _adopted = [];
    private readonly Timer _look;
    private ChildProcess? _process;
    private int _starts;
    private bool _isDisposed;

    private OrphanWatch(IReadOnlyList<string> command)
    {
        _command = command;
        Replace();
        _look = new Timer(_ => Look(), null, Glance, Glance);
    }

    /// <summary>Starts a watch.</summary>
    /// <param name="command">The program, and arguments, that call <see cref="Watch"/> on their standard input.</param>
    public static OrphanWatch Start(IReadOnlyList<string> command) => new(command);

    /// <summary>The watch's own work: waits for the end of the input, then cleans up what was adopted and not released.</summary>
    public static void Watch(TextReader input)
    {
        ArgumentNullException.ThrowIfNull(input);

        // What asks the run to end may reach this process as well; it has to stay for what comes after.
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        var ignored = signals.Select(signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true)).ToArray();
        var scratchByMark = new Dictionary<string, string>();
        foreach (var line in (Environment.GetEnvironmentVariable(Inherited) ?? "").Split('\n'))
            Note(line);
        while (input.ReadLine() is { } line)
            Note(line);

        foreach (var (text, scratch) in scratchByMark)
        {
            if (ProcessMark.Parse(text) is { } mark)
                ProcessTree.Kill(mark);
            if (Path.GetFileName(scratch).StartsWith(ScratchFolder.Prefix, StringComparison.Ordinal))
                ScratchFolder.Remove(scratch);
        }

        foreach (var registration in ignored)
            registration.Dispose();

        void Note(string line)
        {
            var parts = line.Split('\t');
            if (parts.Length == 2)
                scratchByMark[parts[0]] = parts[1];
            else
                scratchByMark.Remove(parts[0]);
        }
    }

    /// <summary>Ends the watch; it cleans up what is still adopted.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _look.Dispose();
            if (_process is null)
                return;

            // One that has nothing to do need not be waited for.
            if (_adopted.Count > 0)
            {
                _process.Input.Close();
                _process.WaitForExit(Patience);
            }

            End(_process);
            _process = null;
        }
    }

    internal void Adopt(ProcessMark mark, string scratch)
    {
        lock (_gate)
        {
            _adopted[mark] = $"{mark.Text}\t{scratch}";
            Tell(_adopted[mark]);
        }
    }

    internal void Release(ProcessMark mark)
    {
        lock (_gate)
        {
            _adopted.Remove(mark);
            Tell(mark.Text);
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            if (!_isDisposed && _process is not null && (_process.HasExited || ProcessTree.IsStopped(_process.Id)))
                Replace();
        }
    }

    private void Tell(string line)
    {
        if (_process is not null && !TryWrite(_process, line))
            Replace();
    }

    private void Replace()
    {
        if (_process is not null)
            End(_process);
        _process = _starts++ < Starts ? Start() : null;
    }

    private ChildProcess? Start()
    {
        try
        {
            return ChildProcess.Start(
                _command, new Dictionary<string, string>(AdapterEnvironment.Own()) { [Inherited] = string.Join('\n', _adopted.Values) }, null);
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
        {
            // The run goes on without one.
            return null;
        }
    }

    // A watch whose pipe is closed cleans up: it has to be gone first.
    private static void End(ChildProcess process)
    {
        process.Kill();
        process.WaitForExit(Patience);
        process.Dispose();
    }

    private static bool TryWrite(ChildProcess process, string line)
    {
        try
        {
            // One that has been stopped reads nothing any more.
            if (process.HasExited || (OperatingSystem.IsLinux() && !Pipes.AwaitRoom((PipeStream)process.Input, Patience)))
                return false;
            process.Input.Write(Encoding.UTF8.GetBytes(line + "\n"));
            process.Input.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
