using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Harness.TestAdapters;

/// <summary>What only the system can do.</summary>
internal static class Native
{
    private const string Library = "libc";

    // Linux's FIONREAD.
    private const nuint BytesToRead = 0x541B;

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

    /// <summary>The same for a process that has dropped its environment. Only its command line tells whose it was.</summary>
    public static void LeaveNamelessChild(string redirections)
    {
        var mark = Environment.GetEnvironmentVariable("HARNESS_ADAPTER");
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"setsid env -i sh -c 'sleep 300; :' HARNESS_ADAPTER={mark} {redirections} &"]))!;
        shell.WaitForExit();
    }

    /// <summary>Creates a file whose name is no text.</summary>
    public static void CreateNamelessFile(string folder)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", "cd \"$0\" && : > \"$(printf 'caf\\351')\"", folder]))!;
        shell.WaitForExit();
    }

    /// <summary>Creates folders in one another, more of them than a path can name.</summary>
    public static void Nest(string folder, int depth)
    {
        var here = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder;
        for (var i = 0; i < depth; i++)
        {
            // .NET makes whole paths of names.
            _ = CreateFolder("nested", 0x1C0);
            _ = ChangeFolder("nested");
        }

        Environment.CurrentDirectory = here;
    }

    /// <summary>Waits until the next command lies in stdin, and leaves it there.</summary>
    public static void AwaitCommand()
    {
        while (Control(0, BytesToRead, out var count) == 0 && count == 0)
            Thread.Sleep(1);
    }

    /// <summary>Takes all permissions from a file or folder.</summary>
    public static void Forbid(string path) => _ = ChangeMode(path, 0);

    [DllImport(Library, EntryPoint = "chmod")]
    private static extern int ChangeMode([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport(Library, EntryPoint = "chdir")]
    private static extern int ChangeFolder([MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport(Library, EntryPoint = "mkdir")]
    private static extern int CreateFolder([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport(Library, EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    [DllImport(Library, EntryPoint = "signal")]
    private static extern nint SetSignalHandler(int signal, nint handler);

    [DllImport(Library, EntryPoint = "close")]
    private static extern int CloseDescriptor(int descriptor);

    [DllImport(Library, EntryPoint = "ioctl")]
    private static extern int Control(int descriptor, nuint request, out int value);
}
