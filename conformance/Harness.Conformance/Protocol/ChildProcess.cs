namespace Harness.Conformance.Protocol;

/// <summary>A process that this one has started, and talks to over pipes.</summary>
internal abstract class ChildProcess : IDisposable
{
    // A process that has been killed takes that long to be gone, or longer.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>The system's number of it.</summary>
    public abstract int Id { get; }

    /// <summary>Its stdin.</summary>
    public abstract Stream Input { get; }

    /// <summary>Its stdout.</summary>
    public abstract Stream Output { get; }

    /// <summary>Its stderr.</summary>
    public abstract Stream Error { get; }

    /// <summary>Whether it has ended.</summary>
    public abstract bool HasExited { get; }

    /// <summary>How it has ended: its exit code, or 128 and the number of the signal.</summary>
    public abstract int ExitCode { get; }

    /// <summary>Starts a program: on Linux in a session of its own, where no signal meant for this process's group reaches it.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="environment">All that it sees of the environment.</param>
    /// <param name="mark">What it and its descendants can be told by; null for nothing.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program, or it may not be run.</exception>
    /// <exception cref="IOException">There are too many pipes already.</exception>
    public static ChildProcess Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, ProcessMark? mark) =>
        OperatingSystem.IsLinux() ? new SessionProcess(command, environment, mark) : new PlainProcess(command, environment);

    /// <summary>Ends it at once, with those of its descendants that have not detached themselves.</summary>
    public abstract void Kill();

    /// <summary>Waits for its end.</summary>
    /// <returns>Whether it has ended.</returns>
    public bool WaitForExit(TimeSpan timeout) => WaitForExit(new Deadline(timeout));

    /// <summary>Waits for its end.</summary>
    /// <returns>Whether it has ended.</returns>
    public bool WaitForExit(Deadline deadline)
    {
        while (!HasExited)
        {
            if (deadline.IsOver())
                return false;
            Thread.Sleep(Moment);
        }

        return true;
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}
