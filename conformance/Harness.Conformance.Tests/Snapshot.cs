using System.Runtime.CompilerServices;

namespace Harness.Conformance.Tests;

/// <summary>
/// Snapshot tests in Verify's file conventions: <c>Class.Method.verified.txt</c> beside the test, <c>*.received.*</c> on a mismatch.
/// </summary>
/// <remarks>The package is optional, because some feeds lack it: <c>-p:Verify=true</c> swaps it in.</remarks>
internal static class Snapshot
{
    public static async Task Verify(
        string text, string extension = "txt", [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "")
    {
#if VERIFY
        await VerifyXunit.Verifier.Verify(text, extension, sourceFile: sourceFile);
#else
        var stem = Path.Combine(Path.GetDirectoryName(sourceFile)!, $"{Path.GetFileNameWithoutExtension(sourceFile)}.{method}");
        var (verified, received) = ($"{stem}.verified.{extension}", $"{stem}.received.{extension}");
        var found = Normalise(text);
        var expected = File.Exists(verified) ? Normalise(await File.ReadAllTextAsync(verified)) : null;
        if (found == expected)
        {
            File.Delete(received);
            return;
        }

        await File.WriteAllTextAsync(received, found);
        found.Should().Be(expected, $"{received} is what came out; if it is right, rename it to {Path.GetFileName(verified)}");
#endif
    }

#if !VERIFY
    // Verify ignores line endings and the newline at the end, so that editors may differ.
    private static string Normalise(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n');
#endif
}
