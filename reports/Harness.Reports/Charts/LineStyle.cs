namespace Harness.Reports.Charts;

/// <summary>What tells a line from the others: colour, dashes and marker, so that grey paper is enough.</summary>
internal sealed record LineStyle(string Class, string Dashes, string Marker)
{
    private const int Colours = 7;

    // Each drawn around the origin.
    private static readonly string[] Markers =
    [
        "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0z", "M-3-3h6v6h-6z", "M0-4L3.8 3h-7.6z", "M0-4.4L4.4 0L0 4.4L-4.4 0z", "M0 4L3.8-3h-7.6z",
        "M-3.2-3.2L3.2 3.2M-3.2 3.2L3.2-3.2", "M0-4V4M-4 0H4",
    ];

    private static readonly string[] Dashings = ["", "6 3", "2 2.5", "8 3 2 3", "12 4", "4 2 1 2 1 2", "1 3"];

    /// <summary>The style of a line: colours are of subjects, and repeat after seven; another implementation has other dashes and another marker.</summary>
    public static LineStyle Of(int subject, int implementation)
    {
        var turn = subject / Colours + implementation;
        return new($"s{subject % Colours + 1}", Dashings[(subject + turn) % Dashings.Length], Markers[(subject + 2 * turn) % Markers.Length]);
    }
}
