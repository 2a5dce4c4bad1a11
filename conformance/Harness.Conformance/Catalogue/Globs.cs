using System.IO.Enumeration;

namespace Harness.Conformance.Catalogue;

/// <summary>Patterns for ids, such as <c>lm2.gate.*</c>, several of them separated by commas.</summary>
public static class Globs
{
    /// <summary>Whether one of the patterns matches.</summary>
    public static bool Match(string globs, string id)
    {
        ArgumentNullException.ThrowIfNull(globs);
        foreach (var glob in globs.AsSpan().Split(','))
        {
            if (FileSystemName.MatchesSimpleExpression(globs.AsSpan(glob), id, ignoreCase: false))
                return true;
        }

        return false;
    }
}
