using System.Runtime.InteropServices;

namespace Harness.Conformance.Protocol;

/// <summary>
/// Removes a folder on Linux with whatever an adapter may have put there: names that are no text, folders that may not be entered, and
/// more of them in one another than a path or a stack can hold.
/// </summary>
internal static partial class FolderRemoval
{
    private const string Library = "libc";

    // As <fcntl.h>, <errno.h> and <linux/fs.h> number them.
    private const int WorkingDirectory = -100;
    private const int RemoveFolder = 0x200;
    private const int CloseOnExec = 0x80000;
    private const int NotPermitted = 13;
    private const nuint GetFlags = 0x80086601;
    private const nuint SetFlags = 0x40086602;
    private const long ImmutableOrAppendOnly = 0x30;

    // rwx------.
    private const uint OwnersAll = 0x1C0;

    // struct dirent: the name stands behind two numbers of 8 bytes, one of 2, and one of 1.
    private const int NameOffset = 19;

    // For millions of files; what is still being written to is not waited for.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    // O_DIRECTORY and O_NOFOLLOW.
    private static readonly int FolderAndNoLink =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Ppc64le ? 0xC000 : 0x30000;

    /// <summary>Whether it can be done here.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Removes it, as far as that is possible. Links are removed, and not followed.</summary>
    public static void Remove(string path)
    {
        var name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            if (TryRemove(WorkingDirectory, name) || !TryOpen(WorkingDirectory, name, out var folder))
                return;
            Clear(folder, new Deadline(Longest));
            _ = Close(folder);
            _ = TryRemove(WorkingDirectory, name);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    // What lies deeper is moved up. So no path is longer than two names, and nothing has to be remembered.
    private static void Clear(int folder, Deadline deadline)
    {
        bool hasChanged;
        do
        {
            hasChanged = false;
            ForEach(folder, deadline, name =>
            {
                if (!TryRemove(folder, name) && TryOpen(folder, name, out var inner))
                {
                    ForEach(inner, deadline, child =>
                    {
                        if (!TryRemove(inner, child) && Rename(inner, child, folder, $"{Guid.NewGuid():N}") != 0 && TryOpen(inner, child, out var closed))
                        {
                            // Now that it may be written to, ".." in it can change.
                            _ = Close(closed);
                            _ = Rename(inner, child, folder, $"{Guid.NewGuid():N}");
                        }
                    });
                    _ = Close(inner);
                    if (!TryRemove(folder, name))
                        return;
                }

                hasChanged = true;
            });
        }
        while (hasChanged && !deadline.IsOver());
    }

    private static void ForEach(int folder, Deadline deadline, Action<nint> act)
    {
        var self = Marshal.StringToCoTaskMemUTF8(".");
        var entries = OpenEntries(OpenAt(folder, self, FolderAndNoLink | CloseOnExec));
        Marshal.FreeCoTaskMem(self);
        if (entries == 0)
            return;
        while (!deadline.IsOver() && ReadEntry(entries) is not 0 and var entry)
        {
            var name = entry + NameOffset;
            if (Marshal.PtrToStringUTF8(name) is not ("." or ".."))
                act(name);
        }

        _ = CloseEntries(entries);
    }

    private static bool TryRemove(int folder, nint name) => Unlink(folder, name, 0) == 0 || Unlink(folder, name, RemoveFolder) == 0;

    // Opens a folder, and makes it one that may be written to.
    private static bool TryOpen(int parent, nint name, out int folder)
    {
        folder = OpenAt(parent, name, FolderAndNoLink | CloseOnExec);
        if (folder < 0 && Marshal.GetLastPInvokeError() == NotPermitted && ChangeMode(parent, name, OwnersAll, 0) == 0)
            folder = OpenAt(parent, name, FolderAndNoLink | CloseOnExec);
        if (folder < 0)
            return false;
        var flags = 0L;
        if (Control(folder, GetFlags, ref flags) == 0 && (flags & ImmutableOrAppendOnly) != 0)
        {
            flags &= ~ImmutableOrAppendOnly;
            _ = Control(folder, SetFlags, ref flags);
        }

        _ = ChangeMode(folder, OwnersAll);
        return true;
    }

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int folder, nint name, int flags);

    [LibraryImport(Library, EntryPoint = "close")]
    private static partial int Close(int folder);

    [LibraryImport(Library, EntryPoint = "fdopendir")]
    private static partial nint OpenEntries(int folder);

    [LibraryImport(Library, EntryPoint = "readdir")]
    private static partial nint ReadEntry(nint entries);

    [LibraryImport(Library, EntryPoint = "closedir")]
    private static partial int CloseEntries(nint entries);

    [LibraryImport(Library, EntryPoint = "unlinkat")]
    private static partial int Unlink(int folder, nint name, int flags);

    [LibraryImport(Library, EntryPoint = "renameat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int folder, nint name, int newFolder, string newName);

    [LibraryImport(Library, EntryPoint = "fchmodat")]
    private static partial int ChangeMode(int folder, nint name, uint mode, int flags);

    [LibraryImport(Library, EntryPoint = "fchmod")]
    private static partial int ChangeMode(int folder, uint mode);

    [LibraryImport(Library, EntryPoint = "ioctl")]
    private static partial int Control(int folder, nuint request, ref long flags);
}
