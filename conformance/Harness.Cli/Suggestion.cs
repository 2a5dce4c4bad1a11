namespace Harness.Cli;

/// <summary>What someone may have meant who typed what does not exist.</summary>
internal static class Suggestion
{
    /// <summary>The nearest of some names, if it is near.</summary>
    public static string? For(string typed, IEnumerable<string> names) => names
        .Select(name => (Name: name, Distance: name.StartsWith(typed, StringComparison.OrdinalIgnoreCase) ? 1 : Distance(typed, name)))
        .Where(near => near.Distance <= Math.Max(1, Math.Min(typed.Length, near.Name.Length) / 3))
        .OrderBy(near => near.Distance).ThenBy(near => near.Name, StringComparer.Ordinal)
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
