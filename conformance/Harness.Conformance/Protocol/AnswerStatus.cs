namespace Harness.Conformance.Protocol;

/// <summary>What the <c>status</c> of an answer can be.</summary>
internal static class AnswerStatus
{
    public const string Ok = "ok";
    public const string Unsupported = "unsupported";
    public const string Error = "error";
}
