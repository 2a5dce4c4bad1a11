using System.Text.RegularExpressions;

namespace Harness.Conformance.Writing;

/// <summary>
/// What a file system refuses, in words: the runtime's own name the path or do not, end in a full stop or do not, and say the same of
/// what is put right in different ways.
/// </summary>
public static partial class FileFault
{
    /// <summary>Whether an exception is the file system's answer, that to a path which cannot be one included.</summary>
    public static bool IsOne(Exception failure) => failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    /// <summary>What was found and what was expected: a part of a sentence, without the path and without a full stop.</summary>
    /// <param name="failure">The file system's answer.</param>
    /// <param name="path">What it was asked for.</param>
    /// <param name="expected">What should be there.</param>
    public static string Describe(Exception failure, string path, string expected = "a file")
    {
        ArgumentNullException.ThrowIfNull(failure);
        ArgumentNullException.ThrowIfNull(path);
        return failure switch
        {
            _ when path.Length == 0 => $"found an empty path, expected that of {expected}",
            _ when path.Contains('\0', StringComparison.Ordinal) => $"found a path with the character NUL, expected that of {expected}",
            PathTooLongException => $"found a path too long for the file system, expected that of {expected}",
            FileNotFoundException or DirectoryNotFoundException => Missing(path, expected),
            UnauthorizedAccessException when Directory.Exists(path) && !expected.Contains("folder", StringComparison.Ordinal) => $"found a folder, expected {expected}",
            UnauthorizedAccessException { InnerException: { } inner } => Words(inner.Message),
            _ when IsFileInTheWay(failure.Message) => Missing(path, expected),
            _ when failure.Message.StartsWith("Too many levels", StringComparison.Ordinal) => $"found symbolic links that lead in a circle, expected {expected}",
            _ when failure.Message.StartsWith("No such device", StringComparison.Ordinal) && UnixFile.Find(path) is { } other => $"found {other.KindName}, expected {expected}",
            _ => Words(failure.Message),
        };
    }

    /// <summary>The same of what could not be made: nobody expects to find it.</summary>
    public static string DescribeMaking(Exception failure, string path, string expected = "a file") =>
        failure is FileNotFoundException or DirectoryNotFoundException && HasCurrentFolder() && Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path)))
            ? "found a folder that takes nothing new, expected one that does"
            : Describe(failure, path, expected);

    /// <summary>All that is known where nobody knows any more what was asked for.</summary>
    public static string Sentence(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return PathAtEnd().Match(failure.Message) is { Success: true } named
            ? $"{named.Groups["path"].Value}: {Describe(failure, named.Groups["path"].Value)}"
            : failure is FileNotFoundException or DirectoryNotFoundException ? Describe(failure, ".") : Words(failure.Message);
    }

    private static string Missing(string path, string expected)
    {
        if (!HasCurrentFolder())
            return "found no current folder any more: change to one that exists";
        if (new FileInfo(path).LinkTarget is { } target)
            return $"found a link to '{target}', where nothing is, expected {expected}";
        for (var above = Path.GetFullPath(path); above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
                return $"found {UnixFile.Find(above)?.KindName ?? "a file"} at '{above}', expected {(above == Path.GetFullPath(path) ? expected : "a folder")}";
        }

        return Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder)
            ? $"found no folder '{folder}', expected {expected} in it"
            : $"found nothing, expected {expected}";
    }

    private static bool IsFileInTheWay(string message) =>
        message.StartsWith("Not a directory", StringComparison.Ordinal) || message.EndsWith(" already exists.", StringComparison.Ordinal);

    private static bool HasCurrentFolder()
    {
        try
        {
            return Directory.Exists(Environment.CurrentDirectory);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Words(string message) => PathBehind().Replace(message, "").TrimEnd('.');

    [GeneratedRegex(@"'(?<path>[^']+)'( is denied)?\.?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex PathAtEnd();

    [GeneratedRegex(@" : '.*'\.?\z", RegexOptions.Singleline)]
    private static partial Regex PathBehind();
}
