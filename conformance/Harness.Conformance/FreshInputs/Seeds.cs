namespace Harness.Conformance.FreshInputs;

/// <summary>Seeds that depend on what they are for and not on the order of the checks.</summary>
internal static class Seeds
{
    /// <summary>FNV-1a of the text: string.GetHashCode differs from run to run.</summary>
    public static int Of(string text)
    {
        var hash = 2166136261u;
        foreach (var letter in text)
            hash = (hash ^ letter) * 16777619u;
        return unchecked((int)hash);
    }
}
