namespace Harness.Conformance.Implementations;

/// <summary>An implementation that keeps notes for the report on what is odd about it and no fault.</summary>
internal interface INoting
{
    /// <summary>Keeps a sentence, the first on its subject.</summary>
    void Note(string subject, string sentence);
}
