namespace Harness.Perf.History;

/// <summary>Whether a file system keeps several processes apart: some network and user-space ones do not.</summary>
internal static class FileLocks
{
    /// <summary>Tries on a file of its own beside another: closing that one would let go of the locks that this process has on it.</summary>
    public static bool AreMissing(string path)
    {
        try
        {
            using var trial = Trial(path);
            return IsRefused(trial);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Nothing can be tried where nothing can be written.
            return false;
        }
    }

    /// <summary>A file beside another, gone when it is closed.</summary>
    /// <exception cref="IOException">Nothing can be written there; or an <see cref="UnauthorizedAccessException"/>.</exception>
    public static FileStream Trial(string path) => new(
        $"{path}-lock-{Guid.NewGuid():N}", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 1, FileOptions.DeleteOnClose);

    private static bool IsRefused(FileStream trial)
    {
        try
        {
            if (!OperatingSystem.IsMacOS())
                trial.Lock(0, 1);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
