using System.Text;
using System.Text.RegularExpressions;

namespace Harness.Conformance.Writing;

/// <summary>
/// Writes a file so that a reader sees the old one or the whole new one, never a part, whatever happens in between. What is no regular
/// file, such as a device or a pipe, is opened and written; a link stays, and what it leads to is written.
/// </summary>
public static partial class WholeFile
{
    // EBUSY, as it is on every Unix.
    private const int Busy = 16;

    /// <summary>Writes a file, replaced if it exists. Its mode stays, and its owner where that is allowed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fill">Writes the content; if it fails, nothing has changed.</param>
    /// <exception cref="IOException">It cannot be written; the message says why, and does not name the file.</exception>
    public static void Write(string path, Action<Stream> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        Explained(path, () =>
        {
            if (IsReplaceable(path))
            {
                Replace(FinalTarget(path), fill);
                return;
            }

            RefuseWhatIsNoFile(path);
            using var stream = OutputTarget.Open(path);
            fill(stream);
        });
    }

    /// <summary>Writes a text in UTF-8, without a byte order mark.</summary>
    /// <exception cref="IOException">It cannot be written; the message says why, and does not name the file.</exception>
    public static void Write(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Whether a path is that of a regular file, or of none yet: there may be others beside it.</summary>
    public static bool IsReplaceable(string path) => UnixFile.Find(path) is not { } found || (found.Kind == UnixFile.Regular && !IsDescriptor(path));

    /// <summary>Finds out whether a file can be written; what it holds stays.</summary>
    /// <exception cref="IOException">It cannot be written; the message says why, and does not name the file.</exception>
    public static void Probe(string path) => Explained(path, () =>
    {
        if (!IsReplaceable(path))
        {
            // A pipe would wait here for its reader.
            RefuseWhatIsNoFile(path);
            return;
        }

        var target = FinalTarget(path);
        RefuseWhatIsNoFile(target);
        Attempt(target, temporary =>
        {
            // A full disk has room for names.
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write);
            stream.WriteByte(0);
        });

        // Whether the name itself is possible is known only to the file system.
        if (!File.Exists(target))
        {
            File.Create(target).Dispose();
            File.Delete(target);
        }
    });

    private static void Replace(string target, Action<Stream> fill)
    {
        RefuseWhatIsNoFile(target);
        Attempt(target, temporary =>
        {
            var replaced = UnixFile.Find(target);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (replaced is { } old && !OperatingSystem.IsWindows())
                options.UnixCreateMode = old.Mode;
            using (var stream = new FileStream(temporary, options))
                fill(stream);
            if (replaced is { } was && !OperatingSystem.IsWindows())
                Inherit(temporary, was);
            try
            {
                File.Move(temporary, target, overwrite: true);
            }
            catch (IOException failure) when (failure.HResult == Busy && File.Exists(target))
            {
                // A mount point, such as a single file that a container sees, can be written but not replaced.
                using var whole = File.OpenRead(temporary);
                using var stream = new FileStream(target, FileMode.Truncate, FileAccess.Write);
                whole.CopyTo(stream);
            }
        });
    }

    // The owner first: a change of owner takes rights away.
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void Inherit(string path, UnixFile old)
    {
        if (UnixFile.Find(path) is { } now && (now.User, now.Group) != (old.User, old.Group))
            UnixFile.TryGive(path, old.User, old.Group);
        File.SetUnixFileMode(path, old.Mode);
    }

    // In the same folder, because a rename is atomic only within a file system; with a short name, because the target's may be the longest.
    private static void Attempt(string target, Action<string> write)
    {
        var temporary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(target)) ?? target, $".{Guid.NewGuid():N}.tmp");
        try
        {
            write(temporary);
        }
        finally
        {
            // Not even its folder may be there.
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    // Of the target, not of what is written beside it.
    private static void Explained(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new IOException(FileFault.DescribeMaking(failure, path), failure);
        }
    }

    private static void RefuseWhatIsNoFile(string path)
    {
        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
            throw new IOException("found a folder, expected a file");
        if (UnixFile.Find(path) is { Kind: UnixFile.Socket })
            throw new IOException("found a socket, expected a file");
    }

    // By its whole path, without which .NET looks at the root for what a link leads to.
    private static string FinalTarget(string path) =>
        new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(Path.GetFullPath(path), returnFinalTarget: true)!.FullName;

    // /dev/stdout and its like are links to what a process has open, whose name is no longer of importance.
    private static bool IsDescriptor(string path)
    {
        for (string? at = Path.GetFullPath(path); at is not null; at = NextOf(at))
        {
            if (Descriptor().IsMatch(at))
                return true;
        }

        return false;
    }

    private static string? NextOf(string link) =>
        new FileInfo(link).LinkTarget is { } next ? Path.GetFullPath(next, Path.GetDirectoryName(link)!) : null;

    [GeneratedRegex("^/(dev|proc/[^/]+)/fd/[0-9]+$")]
    private static partial Regex Descriptor();
}
