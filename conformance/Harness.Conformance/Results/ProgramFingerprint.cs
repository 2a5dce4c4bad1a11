using System.Security.Cryptography;
using System.Text;
using Harness.Conformance.Exchange;
using Harness.Conformance.Writing;

namespace Harness.Conformance.Results;

/// <summary>Finds that what is checked was changed since, though it is still called the same.</summary>
/// <remarks>
/// Of a command, every word that is a file counts with its content, and every other word as it stands: <c>python3 my_adapter.py</c> is
/// another program once <c>my_adapter.py</c> was edited; what that imports is not looked at, nor is what the search path makes of
/// <c>python3</c>. Of an assembly the file counts, of a folder of outputs every output. Where files lie makes no difference, so that
/// the same program on two machines is the same.
/// </remarks>
public static class ProgramFingerprint
{
    // Weights that are named on a command line may be larger than is worth reading: length and beginning tell most of them apart.
    private const int MostBytes = 1 << 26;

    /// <summary>The fingerprint of what was named.</summary>
    /// <param name="kind">How it is reached, as in <see cref="Implementations.ImplementationDetails"/>.</param>
    /// <param name="source">Command, assembly or folder.</param>
    /// <returns>Null if there are no files behind it.</returns>
    /// <exception cref="FormatException">The command has an open quote.</exception>
    public static string? Of(string kind, string? source) => (kind, source) switch
    {
        ("exec", { } command) => Hash(CommandWords.Split(command).Select(word => OfFile(word) ?? word)),
        ("assembly", { } assembly) when assembly.Split('#', 2) is [var path, ..] => Hash([OfFile(path) ?? "", assembly[path.Length..]]),
        ("outputs", { } folder) => Hash(OutputsImplementation.FindOutputs(folder).SelectMany(path => new[] { path, OfFile(Path.Combine(folder, path)) ?? "" })),
        _ => null,
    };

    private static string Hash(IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))));

    // Null for what is no file: a pipe would be emptied, or waited for.
    private static string? OfFile(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if ((file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is not FileInfo { Exists: true, Length: > 0 and var length })
                return null;
            using var stream = file.OpenRead();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var chunk = new byte[1 << 16];
            for (int count, total = 0; total < MostBytes && (count = stream.Read(chunk)) > 0; total += count)
                hash.AppendData(chunk, 0, count);
            return $"{length} {Convert.ToHexStringLower(hash.GetCurrentHash())}";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
