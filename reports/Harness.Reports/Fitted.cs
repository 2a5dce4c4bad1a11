using System.Text;

namespace Harness.Reports;

/// <summary>Writes a format with as much of what programs said as its readers take.</summary>
internal static class Fitted
{
    private const int Longest = 4096;

    // With less than that of each text there is nothing left to save.
    private const int Shortest = 16;

    /// <summary>Writes anew with half as much of every text until it fits.</summary>
    /// <param name="most">The bytes that may be written.</param>
    /// <param name="write">Writes with so many bytes of each text at most.</param>
    public static string Write(int most, Func<int, string> write)
    {
        var share = Longest;
        var text = write(share);
        while (share > Shortest && Encoding.UTF8.GetByteCount(text) > most)
            text = write(share /= 2);
        return text;
    }
}
