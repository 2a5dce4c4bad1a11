namespace Harness.Conformance.Writing;

/// <summary>Opens what is written bit by bit, or is no file that could be replaced.</summary>
public static class OutputTarget
{
    private static readonly TimeSpan PatienceWithReaders = TimeSpan.FromSeconds(5);

    /// <summary>Opens a file anew, or a device or pipe as it is.</summary>
    /// <exception cref="IOException">It cannot be opened, or is a pipe that nobody reads.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static FileStream Open(string path)
    {
        if (WholeFile.IsReplaceable(path))
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        var found = UnixFile.Find(path);
        var stream = found is { Kind: UnixFile.Pipe } ? OpenPipe(path) : OpenAsIs(path);

        // What a shell has opened may hold what others wrote.
        if (found is { Kind: UnixFile.Regular })
            stream.Seek(0, SeekOrigin.End);
        return stream;
    }

    private static FileStream OpenAsIs(string path) => new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    // To open a pipe is to wait for its reader, who may never come.
    private static FileStream OpenPipe(string path)
    {
        var opening = Task.Run(() => OpenAsIs(path));
        return Task.WaitAny([opening], PatienceWithReaders) == 0
            ? opening.GetAwaiter().GetResult()
            : throw new IOException($"found no reader of the pipe within {PatienceWithReaders.TotalSeconds} s");
    }
}
