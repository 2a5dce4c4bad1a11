using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Harness.Reports.Sources;

/// <summary>
/// The text of a results file. A program may have said a megabyte at every case, and somebody may have written it down: what is kept in
/// memory depends on how much was checked, not on how much was said.
/// </summary>
/// <param name="Json">UTF-8 without a byte order mark; strings that nobody would read to the end without their middle.</param>
/// <param name="Names">The names of the outermost object's properties.</param>
internal sealed record ResultText(ReadOnlyMemory<byte> Json, IReadOnlySet<string> Names)
{
    private const int LongestString = 4000;
    private const int KeptOfEach = 1000;
    private const int LongestToken = 64 << 20;
    private const int MostKept = 128 << 20;

    /// <summary>The same for files that hold the same.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Json.Span));

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="FormatException">It is larger than any results.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ResultText Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var (kept, names) = (new MemoryStream(), new HashSet<string>());
        var (buffer, filled, state) = (new byte[64 << 10], 0, default(JsonReaderState));
        var isStart = true;
        while (true)
        {
            var read = stream.Read(buffer.AsSpan(filled));
            filled += read;
            if (isStart && read > 0 && filled < ByteOrderMark.Length)
                continue;
            var mark = isStart && buffer.AsSpan(0, filled).StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
            isStart = false;
            var reader = new Utf8JsonReader(buffer.AsSpan(mark, filled - mark), isFinalBlock: read == 0, state);
            Keep(ref reader, buffer.AsSpan(mark, filled - mark), kept, names);
            if (kept.Length > MostKept)
                throw new FormatException($"{path}: found more than {MostKept >> 20} MiB of results, expected fewer in one file");
            if (read == 0)
                return new ResultText(kept.GetBuffer().AsMemory(0, (int)kept.Length), names);
            state = reader.CurrentState;
            var consumed = mark + (int)reader.BytesConsumed;
            buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
            filled -= consumed;
            if (filled == LongestToken)
                throw new FormatException($"{path}: found one text of more than {LongestToken >> 20} MiB, expected shorter ones");
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    // Everything goes over as it stands but the strings that are too long.
    private static void Keep(ref Utf8JsonReader reader, ReadOnlySpan<byte> text, MemoryStream kept, HashSet<string> names)
    {
        var copied = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                names.Add(reader.GetString()!);
            if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length <= LongestString)
                continue;
            kept.Write(text[copied..(int)reader.TokenStartIndex]);
            kept.WriteByte((byte)'"');
            kept.Write(JsonEncodedText.Encode(WithoutMiddle(ref reader), JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
            kept.WriteByte((byte)'"');
            copied = (int)reader.BytesConsumed;
        }

        kept.Write(text[copied..(int)reader.BytesConsumed]);
    }

    // The digest keeps apart what differs in the middle alone.
    private static string WithoutMiddle(ref Utf8JsonReader reader)
    {
        var letters = ArrayPool<char>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            var text = letters.AsSpan(0, reader.CopyString(letters));
            if (text.Length <= 2 * KeptOfEach)
                return text.ToString();
            var (head, tail) = (KeptOfEach, text.Length - KeptOfEach);
            head -= char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
            tail += char.IsLowSurrogate(text[tail]) ? 1 : 0;
            return new StringBuilder().Append(text[..head])
                .Append($" … ({tail - head} characters cut, digest {Convert.ToHexStringLower(SHA256.HashData(reader.ValueSpan))[..8]}) … ")
                .Append(text[tail..]).ToString();
        }
        finally
        {
            ArrayPool<char>.Shared.Return(letters);
        }
    }
}
