using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Harness.Conformance.Writing;

/// <summary>What a Unix knows about a file and .NET does not tell: what kind it is of, and whose.</summary>
/// <param name="Kind">The kind, one of the constants.</param>
/// <param name="Mode">Who may do what.</param>
/// <param name="User">The owner.</param>
/// <param name="Group">The owner's group.</param>
internal readonly partial record struct UnixFile(int Kind, UnixFileMode Mode, uint User, uint Group)
{
    // From sys/stat.h; the same on every Unix.
    public const int Pipe = 0x1000, Regular = 0x8000, Socket = 0xC000;

    private const int Device = 0x2000, Folder = 0x4000, Disk = 0x6000;

    // EACCES.
    private const int NotPermitted = 13;

    private const int KindMask = 0xF000, ModeMask = 0xFFF;

    // O_NONBLOCK and O_CLOEXEC.
    private static readonly int WithoutWaiting = OperatingSystem.IsLinux() ? 0x80800 : 0x1000004;

    /// <summary>The kind in words.</summary>
    public string KindName => Kind switch
    {
        Pipe => "a pipe",
        Socket => "a socket",
        Folder => "a folder",
        Device or Disk => "a device",
        _ => "a file",
    };

    /// <summary>What a path leads to, through links; null where that is nothing, or on another system.</summary>
    public static UnixFile? Find(string path)
    {
        // What is behind a NUL would go unseen.
        if (OperatingSystem.IsWindows() || path.Contains('\0', StringComparison.Ordinal))
            return null;
        return Stat(path, out var status) == 0
            ? Of(status)
            : null;
    }

    /// <summary>Opens a file for reading. Opening a pipe may wait for good, and looking first does not help: it can be put there afterwards.</summary>
    /// <exception cref="IOException">There is nothing, or a folder, a pipe, a socket or a device, or it cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle OpenRegular(string path)
    {
        // It refuses what cannot be a path, and names what is missing.
        path = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
            return File.OpenHandle(path);
        var handle = open(path, WithoutWaiting);
        var failure = Marshal.GetLastPInvokeError();
        if (handle.IsInvalid)
        {
            handle.Dispose();
            _ = File.GetAttributes(path);
            var reason = Marshal.GetPInvokeErrorMessage(failure);
            throw failure == NotPermitted ? new UnauthorizedAccessException($"{reason}: '{path}'") : new IOException($"{reason}: '{path}'");
        }

        if (StatOpen(handle, out var status) != 0 || Of(status) is not { Kind: not Regular } other)
            return handle;
        handle.Dispose();
        throw new IOException($"found {other.KindName}, expected a file");
    }

    /// <summary>Gives a file an owner; only root may give one away.</summary>
    /// <returns>Whether it has it.</returns>
    public static bool TryGive(string path, uint user, uint group) => chown(path, user, group) == 0;

    private static UnixFile Of(Status status) => new(status.Mode & KindMask, (UnixFileMode)(status.Mode & ModeMask), status.User, status.Group);

    // .NET's own, because libc's differs from system to system and from processor to processor.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, out Status status);

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_FStat")]
    private static partial int StatOpen(SafeFileHandle file, out Status status);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint user, uint group);

    // As long as .NET's, and longer; only the beginning is read.
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Status
    {
        public int Flags;
        public int Mode;
        public uint User;
        public uint Group;
    }
}
