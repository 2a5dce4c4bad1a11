using Harness.Conformance.Writing;

namespace Harness.Conformance.Reading;

/// <summary>Reads files that somebody else has written: nothing is believed of their kind, size and encoding.</summary>
public static class ForeignFile
{
    /// <summary>The largest JSON file that is read, in bytes: some forty times what a run of one implementation writes.</summary>
    public const int MostBytes = 1 << 27;

    private const int ChunkBytes = 1 << 16;

    /// <summary>
    /// Reads a text that somebody named, to its end and once: a file, or a pipe such as <c>/dev/stdin</c> or that of <c>&lt;(…)</c>.
    /// </summary>
    /// <returns>UTF-8, without a byte order mark.</returns>
    /// <exception cref="IOException">It is missing, a folder, unreadable, too large, or UTF-16; the message does not name the file.</exception>
    public static ReadOnlyMemory<byte> ReadText(string path) => Explained(path, () =>
    {
        if (Directory.Exists(path))
            throw new IOException("found a folder, expected a file");
        using var stream = Open(path);
        return Text(ReadToEnd(stream, MostBytes, isText: true));
    });

    /// <summary>Reads a file that was found in a folder, where nobody has vouched for it: a pipe may never end, and opening one may wait for good.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <param name="mostBytes">The largest that is read.</param>
    /// <exception cref="IOException">It is no regular file, empty, too large or unreadable; the message does not name the file.</exception>
    public static ReadOnlyMemory<byte> ReadRegular(string path, int mostBytes = MostBytes) => Explained(path, () =>
    {
        RequireRegular(path);
        using var stream = new FileStream(UnixFile.OpenRegular(path), FileAccess.Read, bufferSize: 0);
        return stream.Length == 0 ? throw new IOException("found an empty file, expected one with something in it") : ReadToEnd(stream, mostBytes, isText: false);
    });

    /// <summary>Refuses what is no file, before it is opened.</summary>
    /// <exception cref="IOException">It is a folder, a pipe, a socket or a device.</exception>
    public static void RequireRegular(string path)
    {
        if (UnixFile.Find(path) is { Kind: not UnixFile.Regular } other)
            throw new IOException($"found {other.KindName}, expected a file");
        if (Directory.Exists(path))
            throw new IOException("found a folder, expected a file");
    }

    /// <summary>The text in what was read.</summary>
    /// <returns>UTF-8, without a byte order mark.</returns>
    /// <exception cref="IOException">It is UTF-16, or begins like no text.</exception>
    public static ReadOnlyMemory<byte> Text(ReadOnlyMemory<byte> bytes) => bytes.Span switch
    {
        [0xEF, 0xBB, 0xBF, ..] => bytes[3..],
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [0, ..] or [_, 0, ..] => throw new IOException("found UTF-16 or no text at all, expected UTF-8"),
        _ => bytes,
    };

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);

    private static ReadOnlyMemory<byte> ReadToEnd(FileStream stream, int mostBytes, bool isText)
    {
        var length = stream.CanSeek ? stream.Length : 0;
        if (length > mostBytes)
            throw new IOException($"found {length} bytes, expected at most {mostBytes}");
        var content = new MemoryStream((int)length);
        var chunk = new byte[ChunkBytes];
        for (int count; (count = stream.Read(chunk)) > 0;)
        {
            // A device may give the same byte for ever: what it begins with says enough.
            if (isText && content.Length == 0)
                Text(chunk.AsMemory(0, count));
            if (content.Length + count > mostBytes)
                throw new IOException($"found more than {mostBytes} bytes, expected at most as many");
            content.Write(chunk, 0, count);
        }

        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    // What the file system answers, in one type, including to a path that cannot be one.
    private static ReadOnlyMemory<byte> Explained(string path, Func<ReadOnlyMemory<byte>> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (FileFault.IsOne(failure) || failure is OutOfMemoryException)
        {
            throw new IOException(FileFault.Describe(failure, path), failure);
        }
    }
}
