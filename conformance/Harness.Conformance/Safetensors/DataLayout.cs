namespace Harness.Conformance.Safetensors;

/// <summary>
/// Checks that the tensors tile the data: every byte belongs to exactly one tensor. The format asks for it, so that no file can
/// hide bytes, be two formats at once, or name one byte a million times.
/// </summary>
internal static class DataLayout
{
    private const string Expected = "expected contiguous, non-overlapping data";

    public static void Check(IReadOnlyList<HeaderEntry> entries, long dataLength, string file)
    {
        foreach (HeaderEntry entry in entries)
        {
            if (entry.Begin > entry.End)
                throw Fault(entry, $"offsets {entry.Begin}..{entry.End} run backwards; expected begin ≤ end");
            if (ElementType.Fault(entry.DType, entry.Shape, entry.End - entry.Begin) is { } fault)
                throw Fault(entry, fault);
            if (entry.End > dataLength)
            {
                string reason = $"offsets {entry.Begin}..{entry.End} reach beyond the data, which has {dataLength} bytes";
                throw Fault(entry, $"{reason}; expected the whole tensor (is the file truncated?)");
            }
        }

        // LINQ's order is stable: of two tensors with the same offsets the header's first is taken as right, in every run.
        HeaderEntry previous = default;
        foreach (HeaderEntry entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            string offsets = $"offsets {entry.Begin}..{entry.End}";
            if (entry.Begin < previous.End)
                throw Fault(entry, $"{offsets} overlap tensor {SafetensorsException.Quote(previous.Name)}; {Expected}");
            if (entry.Begin > previous.End)
                throw Fault(entry, $"{offsets} leave a hole at {previous.End}..{entry.Begin}; {Expected}");
            previous = entry;
        }

        if (previous.End != dataLength)
        {
            string found = $"data has {dataLength - previous.End} bytes after the last tensor";
            throw new SafetensorsException(file, null, $"{found}; expected it to end at {previous.End}");
        }

        SafetensorsException Fault(HeaderEntry entry, string reason) => new(file, entry.Name, reason);
    }
}
