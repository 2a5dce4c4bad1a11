using System.Text;

namespace Harness.Reports.Content;

/// <summary>Writes a format with as much of what programs said as its readers take.</summary>
internal static class Fitted
{
    private const int Longest = 4096;

    // With less than that of each text there is nothing left to save.
    private const int Shortest = 16;

    /// <summary>Writes anew with half as much of every text until it fits.</summary>
    /// <param name="report">What is written.</param>
    /// <param name="most">The bytes that may be written.</param>
    /// <param name="write">Writes with so many bytes of each text at most.</param>
    public static string Write(Report report, int most, Func<int, string> write)
    {
        ArgumentNullException.ThrowIfNull(report);
        var share = Longest;
        // What cannot fit by far is not tried: it would take the memory of many reports.
        for (var texts = report.Conformance?.Columns.Sum(column => column.Tally.Bad) ?? 0; share > Shortest && (long)texts * share > 2L * most;)
            share /= 2;
        var text = write(share);
        while (share > Shortest && Encoding.UTF8.GetByteCount(text) > most)
            text = write(share /= 2);
        return text;
    }
}
