using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Harness.Conformance.Safetensors;

/// <summary>
/// Writes the header: metadata first, its keys in ordinal order, then the tensors in the given order, one after another.
/// </summary>
internal static class HeaderWriter
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The header behind its length, padded with spaces so that the data begin at a multiple of 8 bytes.</summary>
    public static byte[] Write(
        IReadOnlyList<StoredTensor> tensors, IReadOnlyDictionary<string, string>? metadata, string file)
    {
        var text = new ArrayBufferWriter<byte>();
        // The relaxed encoder keeps names readable as the reference library writes them; nothing here ends up in HTML.
        using (var json = new Utf8JsonWriter(text, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata, file);
            WriteTensors(json, tensors, file);
            json.WriteEndObject();
        }

        int length = (text.WrittenCount + 7) / 8 * 8;
        if (length > SafetensorsLimits.MaxHeaderBytes)
        {
            string reason = $"header would have {length} bytes; expected at most {SafetensorsLimits.MaxHeaderBytes}";
            throw new SafetensorsException(file, null, reason);
        }

        byte[] header = new byte[8 + length];
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        text.WrittenSpan.CopyTo(header.AsSpan(8));
        header.AsSpan(8 + text.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata, string file)
    {
        if (metadata is null || metadata.Count == 0)
            return;
        json.WriteStartObject(HeaderReader.MetadataName);
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            RequireText(key, file, null);
            RequireText(value, file, null);
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteTensors(Utf8JsonWriter json, IReadOnlyList<StoredTensor> tensors, string file)
    {
        var names = new HashSet<string> { HeaderReader.MetadataName };
        long begin = 0;
        foreach (StoredTensor tensor in tensors)
        {
            RequireText(tensor.Name, file, tensor.Name);
            if (!names.Add(tensor.Name))
            {
                string reason = $"the name is taken; expected distinct names other than {HeaderReader.MetadataName}";
                throw new SafetensorsException(file, tensor.Name, reason);
            }

            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", tensor.DType);
            json.WriteStartArray("shape");
            foreach (int extent in tensor.Shape)
                json.WriteNumberValue(extent);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(begin);
            json.WriteNumberValue(begin += tensor.Bytes.Length);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    /// <summary>A JSON writer may replace half a surrogate pair by U+FFFD, and two names could become one.</summary>
    private static void RequireText(string text, string file, string? tensor)
    {
        try
        {
            StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            string found = $"{SafetensorsException.Quote(text)} has an unpaired surrogate";
            throw new SafetensorsException(file, tensor, $"{found}; expected Unicode text", e);
        }
    }
}
