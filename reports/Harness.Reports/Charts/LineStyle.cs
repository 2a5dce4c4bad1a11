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

    /// <summary>The style of the n-th line; they repeat in other combinations after seven.</summary>
    public static LineStyle Of(int number) =>
        new($"s{number % Colours + 1}", Dashings[(number + number / Colours) % Dashings.Length], Markers[(number + 2 * (number / Colours)) % Markers.Length]);
}
