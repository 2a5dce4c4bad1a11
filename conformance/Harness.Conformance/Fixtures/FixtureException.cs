namespace Harness.Conformance.Fixtures;

/// <summary>A fixture file that cannot be trusted. The message names the file and what is wrong with it.</summary>
/// <param name="file">The file.</param>
/// <param name="reason">What was found and what was expected.</param>
/// <param name="cause">The exception behind it, if any.</param>
public sealed class FixtureException(string file, string reason, Exception? cause = null)
    : Exception($"{file}: {reason}", cause)
{
    /// <summary>The file.</summary>
    public string File { get; } = file;
}
