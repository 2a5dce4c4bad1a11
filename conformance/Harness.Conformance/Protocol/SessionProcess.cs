using System.ComponentModel;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Harness.Conformance.Protocol;

/// <summary>A process on Linux in a session of its own, which .NET has no way to ask for: started by <c>posix_spawn</c>.</summary>
internal sealed partial class SessionProcess : ChildProcess
{
    private const string Library = "libc";

    // As <spawn.h>, <signal.h>, <sys/wait.h> and <errno.h> number them.
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;
    private const int PipeSignal = 13;
    private const int NoHang = 1;
    private const int NoSuchFile = 2;
    private const int Interrupted = 4;

    // More bytes than any posix_spawn_file_actions_t, posix_spawnattr_t or sigset_t has.
    private const int Opaque = 1024;

    // What is added to a signal's number to make an exit code of it.
    private const int Signalled = 128;

    private readonly Lock _gate = new();
    private readonly AnonymousPipeServerStream _input = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream _output = new(PipeDirection.In);
    private readonly AnonymousPipeServerStream _error = new(PipeDirection.In);
    private int? _status;

    public SessionProcess(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, ProcessMark? mark)
    {
        try
        {
            var words = environment.Select(variable => $"{variable.Key}={variable.Value}").ToArray();
            Id = mark is null ? ProcessMark.Unmarked(() => Spawn(command, words)) : mark.Inherited(() => Spawn(command, words));
        }
        catch
        {
            Dispose();
            throw;
        }
        finally
        {
            _input.DisposeLocalCopyOfClientHandle();
            _output.DisposeLocalCopyOfClientHandle();
            _error.DisposeLocalCopyOfClientHandle();
        }
    }

    /// <inheritdoc/>
    public override int Id { get; }

    /// <inheritdoc/>
    public override Stream Input => _input;

    /// <inheritdoc/>
    public override Stream Output => _output;

    /// <inheritdoc/>
    public override Stream Error => _error;

    /// <inheritdoc/>
    public override bool HasExited
    {
        get
        {
            lock (_gate)
            {
                if (_status is not null)
                    return true;
                int found, status;
                while ((found = WaitFor(Id, out status, NoHang)) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                {
                }

                // Where this process was started with SIGCHLD ignored, the system keeps nobody's end.
                if (found != 0)
                    _status = found == Id ? status : 0;
                return found != 0;
            }
        }
    }

    /// <inheritdoc/>
    public override int ExitCode
    {
        get
        {
            var status = HasExited ? _status!.Value : throw new InvalidOperationException("found it running, expected it to have ended");
            var signal = status & 0x7F;
            return signal == 0 ? (status >> 8) & 0xFF : Signalled + signal;
        }
    }

    /// <inheritdoc/>
    public override void Kill()
    {
        // Once its end has been fetched, the number may be another process's.
        lock (_gate)
        {
            if (HasExited)
                return;
            ProcessTree.Kill(-Id);
            ProcessTree.Kill(Id);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    private int Spawn(IReadOnlyList<string> command, string[] environment)
    {
        var actions = Marshal.AllocHGlobal(Opaque);
        var attributes = Marshal.AllocHGlobal(Opaque);
        var signals = Marshal.AllocHGlobal(Opaque);
        var arguments = Texts(command);
        var variables = Texts(environment);
        try
        {
            Require(InitializeActions(actions));
            Require(InitializeAttributes(attributes));
            Require(AddDuplicate(actions, Number(_input), 0));
            Require(AddDuplicate(actions, Number(_output), 1));
            Require(AddDuplicate(actions, Number(_error), 2));

            // .NET ignores broken pipes, and holds some signals back; a program expects neither.
            _ = EmptySignals(signals);
            Require(SetMask(attributes, signals));
            _ = AddSignal(signals, PipeSignal);
            Require(SetDefaults(attributes, signals));
            Require(SetFlags(attributes, SetSignalDefaults | SetSignalMask | SetSession));

            var program = command[0];
            var failure = SpawnInPath(out var id, program, actions, attributes, arguments, variables);

            // As .NET starts programs: one in the working directory needs no "./".
            if (failure == NoSuchFile && !program.Contains('/', StringComparison.Ordinal) && File.Exists(program))
                failure = SpawnInPath(out id, $"./{program}", actions, attributes, arguments, variables);
            Require(failure);
            return id;
        }
        finally
        {
            _ = DestroyActions(actions);
            _ = DestroyAttributes(attributes);
            Marshal.FreeHGlobal(actions);
            Marshal.FreeHGlobal(attributes);
            Marshal.FreeHGlobal(signals);
            foreach (var text in arguments.Concat(variables))
                Marshal.FreeCoTaskMem(text);
        }
    }

    // As exec wants them: with a null behind the last.
    private static nint[] Texts(IEnumerable<string> texts) => [.. texts.Select(Marshal.StringToCoTaskMemUTF8), 0];

    private static int Number(AnonymousPipeServerStream pipe) => (int)pipe.ClientSafePipeHandle.DangerousGetHandle();

    private static void Require(int failure)
    {
        if (failure != 0)
            throw new Win32Exception(failure);
    }

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeActions(nint actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(nint actions, int from, int to);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(nint actions);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    private static partial int InitializeAttributes(nint attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(nint attributes, nint signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaults(nint attributes, nint signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(nint attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(nint attributes);

    [LibraryImport(Library, EntryPoint = "sigemptyset")]
    private static partial int EmptySignals(nint signals);

    [LibraryImport(Library, EntryPoint = "sigaddset")]
    private static partial int AddSignal(nint signals, int signal);

    [LibraryImport(Library, EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SpawnInPath(
        out int id, string program, nint actions, nint attributes, nint[] arguments, nint[] environment);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitFor(int process, out int status, int options);
}
