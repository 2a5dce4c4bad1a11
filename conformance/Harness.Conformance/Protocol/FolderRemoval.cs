using System.Runtime.InteropServices;

namespace Harness.Conformance.Protocol;

/// <summary>
/// Removes a folder on Linux with whatever an adapter may have put there: names that are no text, folders that may not be entered, and
/// more of them in one another than a path or a stack can hold.
/// </summary>
internal static class FolderRemoval
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

    [DllImport(Library, EntryPoint = "openat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenAt(int folder, nint name, int flags);

    [DllImport(Library, EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int folder);

    [DllImport(Library, EntryPoint = "fdopendir")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint OpenEntries(int folder);

    [DllImport(Library, EntryPoint = "readdir")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ReadEntry(nint entries);

    [DllImport(Library, EntryPoint = "closedir")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseEntries(nint entries);

    [DllImport(Library, EntryPoint = "unlinkat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unlink(int folder, nint name, int flags);

    [DllImport(Library, EntryPoint = "renameat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rename(int folder, nint name, int newFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string newName);

    [DllImport(Library, EntryPoint = "fchmodat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeMode(int folder, nint name, uint mode, int flags);

    [DllImport(Library, EntryPoint = "fchmod")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeMode(int folder, uint mode);

    [DllImport(Library, EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int folder, nuint request, ref long flags);
}
