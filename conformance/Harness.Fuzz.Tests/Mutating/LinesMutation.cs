using System.Text;

namespace Harness.Fuzz.Tests.Mutating;

/// <summary>What goes wrong with a file of JSON lines as a whole, or within one of its lines.</summary>
internal static class LinesMutation
{
    /// <summary>Changes a file.</summary>
    public static byte[] Apply(Random random, byte[] input)
    {
        var lines = Encoding.UTF8.GetString(input).TrimEnd('\n').Split('\n').ToList();
        var at = random.Next(lines.Count);
        switch (random.Next(12))
        {
            case 0:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.Insert(random.Next(lines.Count + 1), lines[at]);
                break;
            case 2:
                var other = random.Next(lines.Count);
                (lines[at], lines[other]) = (lines[other], lines[at]);
                break;
            case 3:
                lines.Insert(at, random.Next(3) switch { 0 => "", 1 => "   ", _ => "{}" });
                break;
            case 4 when at > 0:
                // A line feed that got lost.
                lines[at - 1] += lines[at];
                lines.RemoveAt(at);
                break;
            case 5:
                lines[at] = lines[at][..random.Next(lines[at].Length + 1)];
                break;
            case 6:
                return Encoding.UTF8.GetBytes(string.Join("\r\n", lines) + "\r\n");
            case 7:
                return Encoding.UTF8.GetBytes(string.Join('\n', lines));
            default:
                lines[at] = Encoding.UTF8.GetString(JsonMutation.Apply(random, Encoding.UTF8.GetBytes(lines[at])));
                break;
        }

        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
    }
}
