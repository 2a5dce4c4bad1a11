namespace Harness.Perf.Results;

/// <summary>Reads lines of what may not be results at all, and may have no end: no more of it than results have.</summary>
internal static class PerfText
{
    // A run of all micro cases is a hundredth of it.
    private const int MostMebibytes = 64;

    /// <summary>Lines without their ends, counted from 1.</summary>
    /// <exception cref="FormatException">One is longer.</exception>
    public static IEnumerable<(int Number, byte[] Text)> Lines(Stream stream, string name)
    {
        using var line = new MemoryStream();
        var buffer = new byte[1 << 16];
        var number = 1;
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            var first = 0;
            for (int length; (length = buffer.AsSpan(first, count - first).IndexOf((byte)'\n')) >= 0; first += length + 1)
            {
                Append(line, buffer.AsSpan(first, length), $"{name}, line {number}");
                yield return (number++, line.ToArray());
                line.SetLength(0);
            }

            Append(line, buffer.AsSpan(first, count - first), $"{name}, line {number}");
        }

        if (line.Length > 0)
            yield return (number, line.ToArray());
    }

    private static void Append(MemoryStream text, ReadOnlySpan<byte> more, string name)
    {
        if (text.Length + more.Length > (long)MostMebibytes << 20)
            throw new FormatException($"{name}: not perf results of this harness: found more than {MostMebibytes} MiB, expected less");
        text.Write(more);
    }
}
