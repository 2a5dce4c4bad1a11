namespace Harness.Cli.Terminals;

/// <summary>What someone may have meant who typed what does not exist.</summary>
internal static class Suggestion
{
    // Ids that begin alike are long, and no nearer to each other for that.
    private const int MostLetters = 3;

    /// <summary>A question that stands behind a sentence: the nearest of some names, if it is near; else nothing.</summary>
    public static string Of(string typed, IEnumerable<string> names) => Question(For(typed, names));

    /// <summary>The question whether this was meant; nothing for null.</summary>
    public static string Question(string? near) => near is null ? "" : $" Did you mean '{near}'?";

    /// <summary>Names, and the globs over those that begin alike.</summary>
    public static IEnumerable<string> Globs(IEnumerable<string> names) => names
        .SelectMany(name => name.Select((letter, at) => letter is '.' or '/' ? $"{name[..(at + 1)]}*" : name)).Distinct();

    /// <summary>The nearest of some names, if it is near.</summary>
    public static string? For(string typed, IEnumerable<string> names) => typed.Length == 0 ? null : names
        .Select(name => (Name: name, Distance: name.Length > typed.Length && name.StartsWith(typed, StringComparison.OrdinalIgnoreCase) ? 1 : Distance(typed.ToLowerInvariant(), name)))
        .Where(near => near.Distance <= Math.Clamp(Math.Min(typed.Length, near.Name.Length) / 3, 1, MostLetters))
        .OrderBy(near => near.Distance).ThenBy(near => near.Name.Length).ThenBy(near => near.Name, StringComparer.Ordinal)
        .Select(near => near.Name).FirstOrDefault();

    // Letters to insert, to leave out, to replace, or to swap with their neighbour.
    private static int Distance(string a, string b)
    {
        var distances = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distances[i, j] = i + j;
                    continue;
                }

                var replaced = distances[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                var shortest = Math.Min(replaced, 1 + Math.Min(distances[i - 1, j], distances[i, j - 1]));
                var isSwapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                distances[i, j] = isSwapped ? Math.Min(shortest, 1 + distances[i - 2, j - 2]) : shortest;
            }
        }

        return distances[a.Length, b.Length];
    }
}
