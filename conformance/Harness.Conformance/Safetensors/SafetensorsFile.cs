using System.Buffers.Binary;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Harness.Conformance.Reading;
using Harness.Conformance.Writing;
using Microsoft.Win32.SafeHandles;

namespace Harness.Conformance.Safetensors;

/// <summary>
/// The tensors of one safetensors file by name, in the header's order, and its metadata.
/// The format (https://huggingface.co/docs/safetensors): an unsigned 64-bit little-endian length, a JSON header of that length,
/// the tensors' bytes. Files come from implementations under test, so reading trusts nothing: whatever is wrong with one becomes
/// a <see cref="SafetensorsException"/>, and nothing is allocated from a size that the file's length has not confirmed.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is a file; that it can be read like a dictionary is convenience.")]
public sealed class SafetensorsFile : IReadOnlyDictionary<string, StoredTensor>
{
    private const int PrefixBytes = 8;

    private readonly string _file;
    private readonly OrderedDictionary<string, StoredTensor> _tensors = [];

    private SafetensorsFile(string file, IReadOnlyDictionary<string, string> metadata)
    {
        _file = file;
        Metadata = metadata;
    }

    private delegate ReadOnlyMemory<byte> Section(int offset, int length);

    /// <summary>The header's <c>__metadata__</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _tensors.Keys;

    /// <inheritdoc/>
    public IEnumerable<StoredTensor> Values => _tensors.Values;

    /// <inheritdoc/>
    public int Count => _tensors.Count;

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="SafetensorsException">There is none.</exception>
    public StoredTensor this[string key] => TryGetValue(key, out StoredTensor? tensor)
        ? tensor
        : throw new SafetensorsException(_file, key, $"is not in the file; expected it beside {SomeNames()}");

    /// <summary>Reads a file.</summary>
    /// <exception cref="SafetensorsException">It is missing, unreadable, malformed or beyond the limits.</exception>
    public static SafetensorsFile Read(string path, SafetensorsLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            ForeignFile.RequireRegular(path);
            using var handle = UnixFile.OpenRegular(path);
            return Read(RandomAccess.GetLength(handle), (offset, length) => ReadSection(handle, offset, length), path, limits);
        }
        catch (Exception e) when (IsFailureOfTheSystem(e))
        {
            throw new SafetensorsException(path, null, $"cannot be read: {FileFault.Describe(e, path)}", e);
        }
    }

    /// <summary>Reads the bytes of a file. The tensors are slices of <paramref name="bytes"/>, not copies.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="nameForMessages">What messages call the file.</param>
    /// <param name="limits">What is accepted; the defaults when null.</param>
    /// <exception cref="SafetensorsException">They are malformed or beyond the limits.</exception>
    public static SafetensorsFile Read(ReadOnlyMemory<byte> bytes, string nameForMessages, SafetensorsLimits? limits = null) =>
        Read(bytes.Length, bytes.Slice, nameForMessages, limits);

    /// <summary>
    /// Writes tensors in the given order. A reader sees the old file or the whole new one, never a part, and the same tensors and
    /// metadata give the same bytes.
    /// </summary>
    /// <param name="path">The file, replaced if it exists.</param>
    /// <param name="tensors">The tensors, whose names are distinct.</param>
    /// <param name="metadata">Free text by key.</param>
    /// <exception cref="SafetensorsException">Names clash or are no text, or the file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<StoredTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        StoredTensor[] stored = [.. tensors];
        byte[] header = HeaderWriter.Write(stored, metadata, path);
        try
        {
            WholeFile.Write(path, stream => Fill(stream, header, stored));
        }
        catch (Exception e) when (IsFailureOfTheSystem(e))
        {
            throw new SafetensorsException(path, null, $"cannot be written: {FileFault.Describe(e, path)}", e);
        }
    }

    /// <summary>Writes tensors in place of what is there: for a file that is read only by who is told of it afterwards.</summary>
    /// <exception cref="SafetensorsException">Names clash or are no text, or the file cannot be written.</exception>
    internal static void Overwrite(string path, IEnumerable<StoredTensor> tensors)
    {
        StoredTensor[] stored = [.. tensors];
        byte[] header = HeaderWriter.Write(stored, null, path);
        try
        {
            // What is there may by now be a link to something else.
            File.Delete(path);
            using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            Fill(stream, header, stored);
        }
        catch (Exception e) when (IsFailureOfTheSystem(e))
        {
            throw new SafetensorsException(path, null, $"cannot be written: {FileFault.Describe(e, path)}", e);
        }
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _tensors.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out StoredTensor value) => _tensors.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, StoredTensor>> GetEnumerator() => _tensors.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static SafetensorsFile Read(long fileLength, Section section, string file, SafetensorsLimits? limits)
    {
        limits ??= new SafetensorsLimits();
        if (fileLength < PrefixBytes)
            throw TooShort(file, fileLength);
        ReadOnlySpan<byte> head = section(0, (int)Math.Min(fileLength, ForeignFormat.HeadBytes)).Span;
        ulong claimed = BinaryPrimitives.ReadUInt64LittleEndian(head);
        bool looksRight = claimed <= SafetensorsLimits.MaxHeaderBytes && head.Length > PrefixBytes && head[PrefixBytes] == '{';
        if (!looksRight && ForeignFormat.Of(head) is { } foreign)
            throw new SafetensorsException(file, null, foreign);
        if (fileLength > limits.MaxFileBytes)
        {
            string reason = $"file has {fileLength} bytes; expected at most {limits.MaxFileBytes}{limits.Because}";
            throw new SafetensorsException(file, null, reason);
        }

        if (claimed > SafetensorsLimits.MaxHeaderBytes)
        {
            string reason = $"header length is {claimed}; expected at most {SafetensorsLimits.MaxHeaderBytes}";
            throw new SafetensorsException(file, null, reason);
        }

        int headerLength = (int)claimed;
        int available = (int)fileLength - PrefixBytes;
        if (headerLength > available)
        {
            string found = $"header length is {headerLength}, but {available} bytes follow";
            throw new SafetensorsException(file, null, $"{found}; expected the whole header (is the file truncated?)");
        }

        (List<HeaderEntry> entries, Dictionary<string, string> metadata) =
            HeaderReader.Read(section(PrefixBytes, headerLength).Span, file);
        int dataLength = available - headerLength;
        DataLayout.Check(entries, dataLength, file);

        var result = new SafetensorsFile(file, metadata);
        ReadOnlyMemory<byte> data = section(PrefixBytes + headerLength, dataLength);
        foreach (HeaderEntry entry in entries)
        {
            ReadOnlyMemory<byte> bytes = data[(int)entry.Begin..(int)entry.End];
            var tensor = new StoredTensor(entry.Name, entry.DType, entry.Shape, bytes) { File = file };
            if (limits.RequireFinite)
                tensor.CheckFinite();
            result._tensors.Add(entry.Name, tensor);
        }

        return result;
    }

    private static byte[] ReadSection(SafeFileHandle handle, int offset, int length)
    {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length;)
        {
            int read = RandomAccess.Read(handle, bytes.AsSpan(done), offset + (long)done);
            if (read == 0)
                throw new EndOfStreamException("the file became shorter while it was being read");
            done += read;
        }

        return bytes;
    }

    private static void Fill(Stream stream, byte[] header, StoredTensor[] tensors)
    {
        stream.Write(header);
        foreach (StoredTensor tensor in tensors)
            stream.Write(tensor.Bytes.Span);
    }

    private static SafetensorsException TooShort(string file, long fileLength)
    {
        string found = $"file has {fileLength} bytes; expected at least {PrefixBytes}, the header's length";
        return new(file, null, $"{found} ({(fileLength == 0 ? "was anything written?" : "is the file truncated?")})");
    }

    /// <summary>What the file system answers, and an allocation the machine cannot meet although the file's length is real.</summary>
    private static bool IsFailureOfTheSystem(Exception e) => FileFault.IsOne(e) || e is OutOfMemoryException;

    private string SomeNames()
    {
        const int Shown = 8;
        string shown = string.Join(", ", Keys.Take(Shown).Select(SafetensorsException.Quote));
        return Count switch
        {
            0 => "no tensors",
            <= Shown => shown,
            _ => $"{shown} and {Count - Shown} more",
        };
    }
}
