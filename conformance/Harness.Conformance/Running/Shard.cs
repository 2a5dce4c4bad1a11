using System.Globalization;

namespace Harness.Conformance.Running;

/// <summary>One of several parts of a run that may take place on different machines.</summary>
/// <param name="Index">Which part, from 1.</param>
/// <param name="Count">How many parts there are.</param>
public sealed record Shard(int Index, int Count)
{
    /// <summary>All of it.</summary>
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>Reads <c>2/5</c>.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static Shard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('/');
        return parts.Length == 2 && TryParse(parts[0], out var index) && TryParse(parts[1], out var count) && index >= 1 && index <= count
            ? new Shard(index, count)
            : throw new FormatException($"found '{text}', expected i/n with i from 1 to n, such as 2/5");
    }

    /// <summary>Whether a check belongs to this part. Neighbours, which often cost the same, go to different parts.</summary>
    public bool Contains(int number) => number % Count == Index - 1;

    private static bool TryParse(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <inheritdoc/>
    public override string ToString() => $"{Index}/{Count}";
}
