using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Harness.Conformance.Safetensors;

/// <summary>Recognises what stands where a safetensors file belongs.</summary>
internal static class ForeignFormat
{
    /// <summary>How much of a file is looked at.</summary>
    public const int HeadBytes = 512;

    private const int PrefixBytes = 8;

    // A zip archive's first entry: where the length of its name is, and where the name.
    private const int ZipNameLength = 26;
    private const int ZipName = 30;

    private const int TarMark = 257;

    // What a file begins with, in Latin-1, what it then is, and what to do about it.
    private static readonly (string Begins, string Is, string? Hint)[] Marks =
    [
        ("\u0093NUMPY", "a NumPy array (.npy)", "safetensors.numpy.save_file writes one"),
        ("\u0089HDF\r\n\u001a\n", "an HDF5 file", null),
        ("GGUF", "a GGUF model", null),
        ("\u001f\u008b", "compressed (gzip)", "unpack it"),
        ("BZh", "compressed (bzip2)", "unpack it"),
        ("\u00fd7zXZ\0", "compressed (xz)", "unpack it"),
        ("\u0028\u00b5\u002f\u00fd", "compressed (zstd)", "unpack it"),
        ("7z\u00bc\u00af\u0027\u001c", "compressed (7z)", "unpack it"),
        ("PAR1", "a Parquet file", null),
        ("ARROW1", "an Arrow file", null),
        ("SQLite format 3\0", "an SQLite database", null),
        ("MATLAB 5.0", "a MATLAB file", null),
        ("\u007f\u0045LF", "a program or library (ELF)", null),
        ("MZ", "a program or library (Windows)", null),
        ("\u00cf\u00fa\u00ed\u00fe", "a program or library (macOS)", null),
        ("%PDF", "a PDF document", null),
        ("\u0089PNG", "a PNG image", null),
    ];

    /// <summary>What the file is instead, and what to do about it, as a reason for an exception; null if that is not known.</summary>
    /// <param name="head">The first <see cref="HeadBytes"/> bytes of the file, or all of it.</param>
    public static string? Of(ReadOnlySpan<byte> head)
    {
        var latin = Encoding.Latin1.GetString(head);
        foreach (var (begins, what, hint) in Marks)
        {
            if (latin.StartsWith(begins, StringComparison.Ordinal))
                return Reason(what, hint);
        }

        if (latin.StartsWith("PK\u0003\u0004", StringComparison.Ordinal))
            return OfZip(latin, head);
        if (latin.Length > TarMark && latin[TarMark..].StartsWith("ustar", StringComparison.Ordinal))
            return Reason("a tar archive", "unpack it");
        if (latin is ['\u0080', >= '\u0002' and <= '\u0005', ..])
            return Reason("a Python pickle", "torch.save and pickle.dump write those, safetensors.torch.save_file a safetensors file");
        if (latin is ['\u0008', < '\u0020', '\u0012' or '\u001a' or '\u0022' or '\u002a' or '\u003a', ..])
            return Reason("an ONNX model", null);
        if (latin.Length >= PrefixBytes && latin[4..PrefixBytes] == "TFL3")
            return Reason("a TensorFlow Lite model", null);
        return OfHeader(latin, head) ?? OfText(head);
    }

    private static string OfZip(string latin, ReadOnlySpan<byte> head)
    {
        var length = head.Length < ZipName ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(head[ZipNameLength..]);
        var name = latin.Substring(Math.Min(ZipName, latin.Length), Math.Min(length, Math.Max(latin.Length - ZipName, 0)));
        return name.EndsWith(".npy", StringComparison.Ordinal) ? Reason("a NumPy archive (.npz)", "safetensors.numpy.save_file writes one")
            : name.EndsWith(".pkl", StringComparison.Ordinal) ? Reason("a PyTorch archive (torch.save)", "safetensors.torch.save_file writes one")
            : Reason("a zip archive", "torch.save and numpy.savez write those");
    }

    // Nearly one: the header's length in another way, or left out.
    private static string? OfHeader(string latin, ReadOnlySpan<byte> head) =>
        head.Length <= PrefixBytes ? null
        : head[PrefixBytes] == '{' && BinaryPrimitives.ReadUInt64BigEndian(head) <= SafetensorsLimits.MaxHeaderBytes
            ? "has its header's length in big-endian order; expected little-endian"
        : head[4] == '{' && BinaryPrimitives.ReadUInt32LittleEndian(head) <= SafetensorsLimits.MaxHeaderBytes
            ? "has its header's length in 4 bytes; expected 8"
        : head[0] == '{' && latin.Contains("\"data_offsets\"", StringComparison.Ordinal)
            ? "begins with its header; expected the header's length, in 8 bytes, before it"
        : null;

    private static string? OfText(ReadOnlySpan<byte> head)
    {
        // The last character may be cut.
        var whole = head;
        for (var cut = 0; cut < 3 && !Utf8.IsValid(whole); cut++)
            whole = whole[..^1];
        if (!Utf8.IsValid(whole))
            return null;
        var text = Encoding.UTF8.GetString(whole).TrimStart('\ufeff').Trim();
        if (text.Length == 0 || text.Any(c => char.IsControl(c) && !char.IsWhiteSpace(c)))
            return null;
        bool Begins(string start) => text.StartsWith(start, StringComparison.OrdinalIgnoreCase);
        return Begins("version https://git-lfs.") ? Reason("a Git LFS pointer", "'git lfs pull' fetches the file")
            : text.Contains("/annex/objects/", StringComparison.Ordinal) ? Reason("a git-annex pointer", "'git annex get' fetches the file")
            : Begins("<!doctype html") || Begins("<html") ? Reason("a web page (HTML)", "did a download fail?")
            : Begins("<") ? Reason("XML text", "did a download fail?")
            : Begins("{") || Begins("[") ? Reason("JSON text", null)
            : Reason($"text that begins with {SafetensorsException.Quote(text[..Math.Min(text.Length, 24)])}", null);
    }

    private static string Reason(string what, string? hint) =>
        $"is {what}; expected a safetensors file{(hint is null ? "" : $" ({hint})")}";
}
