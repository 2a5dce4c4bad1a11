using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Harness.TestAdapters;

/// <summary>What only the system can do.</summary>
internal static class Native
{
    private const string Library = "libc";

    /// <summary>Ends this process by a signal, as a bug in native code or the system would.</summary>
    public static void Die(int signal)
    {
        // The runtime's own handler would print its state first.
        _ = SetSignalHandler(signal, 0);
        _ = Kill(Environment.ProcessId, signal);
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Closes one of this process's own pipes, the copies that the runtime has made of it included.</summary>
    public static void Close(int descriptor)
    {
        const string Descriptors = "/proc/self/fd";
        var pipe = new FileInfo($"{Descriptors}/{descriptor}").LinkTarget;
        foreach (var copy in Directory.GetFiles(Descriptors).Where(file => new FileInfo(file).LinkTarget == pipe))
            _ = CloseDescriptor(int.Parse(Path.GetFileName(copy)));
    }

    /// <summary>Starts a process that outlives this one, in a session of its own.</summary>
    /// <param name="redirections">Which of this process's pipes it lets go of, in the shell's words.</param>
    public static void LeaveChild(string redirections)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"setsid sleep 300 {redirections} &"]))!;
        shell.WaitForExit();
    }

    [DllImport(Library, EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    [DllImport(Library, EntryPoint = "signal")]
    private static extern nint SetSignalHandler(int signal, nint handler);

    [DllImport(Library, EntryPoint = "close")]
    private static extern int CloseDescriptor(int descriptor);
}
