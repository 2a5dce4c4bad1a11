using System.Runtime.InteropServices;

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

    private const int KindMask = 0xF000, ModeMask = 0xFFF;

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
            ? new UnixFile(status.Mode & KindMask, (UnixFileMode)(status.Mode & ModeMask), status.User, status.Group)
            : null;
    }

    /// <summary>Gives a file an owner; only root may give one away.</summary>
    /// <returns>Whether it has it.</returns>
    public static bool TryGive(string path, uint user, uint group) => chown(path, user, group) == 0;

    // .NET's own, because libc's differs from system to system and from processor to processor.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, out Status status);

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
