using System.Text;
using System.Text.Json;

namespace Harness.Conformance.Reading;

/// <summary>
/// The kinds of files that the harness writes or reads, told apart by the members that all of a kind have: what is given to the wrong command is
/// called by its name, with the command that takes it.
/// </summary>
/// <param name="Name">What it is.</param>
/// <param name="Remedy">What to do with it.</param>
public sealed record FileKind(string Name, string Remedy)
{
    // The members that tell kinds apart come before anything long; the second line of an export comes after all of a run.
    private const int LongestBeginning = 1 << 22;

    /// <summary>What <c>harness verify --json</c> writes.</summary>
    public static FileKind Verify { get; } = new("results of 'harness verify'", "'harness report', 'harness merge' and 'harness explain --results' read them");

    /// <summary>What <c>harness perf … --json</c> writes.</summary>
    public static FileKind Perf { get; } = new("results of 'harness perf'", "'harness report', 'harness perf record' and 'harness perf gate' read them");

    /// <summary>Several of those, one a line.</summary>
    public static FileKind Export { get; } = new("an export of 'harness perf export'", "'harness perf import' reads it");

    /// <summary>An SQLite database.</summary>
    public static FileKind Store { get; } = new("a store of 'harness perf record'", "--store PATH names it, and 'harness perf export' writes what it holds");

    /// <summary>Sizes.</summary>
    public static FileKind Configuration { get; } = new("sizes for 'harness perf'", "--config FILE names them");

    private static readonly (FileKind Kind, string[] Members)[] ByMembers =
    [
        (new("the journal of an interrupted 'harness verify --json PATH'", "the same command with --resume goes on from it"), ["settings", "check", "harness"]),
        (Verify, ["settings", "summary", "damage"]),
        (Perf, ["machine", "command", "seconds"]),
        (new("verdicts of 'harness perf gate' or 'harness perf compare'", "no command reads them: take the results that were judged"), ["baseline", "machine", "findings"]),
        (new("the report.json of 'harness report'", "no command reads it: take the results that it was made from"), ["banners", "conformance", "performance"]),
        (Configuration, ["segment", "width", "heads"]),
        (new("the manifest of 'harness export-inputs'", "'harness verify --outputs FOLDER' reads the outputs beside it"), ["fixtures", "seed", "cases"]),
        (new("the manifest of golden cases", "'harness verify --fixtures FOLDER' reads its folder"), ["format", "catalogue", "cases"]),
        (new("a golden case", "'harness explain EQUATION/CASE' shows it"), ["equation", "note", "judged"]),
    ];

    /// <summary>What a text is.</summary>
    /// <param name="text">All of it, or its beginning.</param>
    /// <returns>Null for what is of no known kind.</returns>
    public static FileKind? Of(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("SQLite format 3\0"u8))
            return Store;
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        var names = new HashSet<string>();
        var reader = new Utf8JsonReader(text, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { AllowMultipleValues = true }));
        FileKind? kind = null;
        try
        {
            while (reader.Read())
            {
                if (reader is { TokenType: JsonTokenType.StartObject, CurrentDepth: 0 } && kind == Perf)
                    return Export;
                if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 } && kind is null && names.Add(reader.GetString()!))
                    kind = ByMembers.FirstOrDefault(each => each.Members.All(names.Contains)).Kind;
                if (kind is not null && kind != Perf)
                    return kind;
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // What comes before it may have said enough.
        }

        return kind;
    }

    /// <summary>What a file is, from its beginning; null also where there is none, or it cannot be read.</summary>
    public static FileKind? OfFile(string path)
    {
        try
        {
            // A pipe can be read once, by whoever takes it.
            if (!File.Exists(path) || new FileInfo(path).Length == 0)
                return null;
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var beginning = new byte[LongestBeginning];
            return Of(beginning.AsSpan(0, stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with a text that may be of another kind than this.</summary>
    /// <returns>Null where it is of this kind, or of none that is known.</returns>
    public FormatException? Mistaken(ReadOnlySpan<byte> text) => Mistaken(Of(text));

    /// <summary>What is wrong with a file that may be of another kind than this.</summary>
    /// <returns>As for a text.</returns>
    public FormatException? Mistaken(FileKind? found) => found is null || found == this ? null : new($"found {found.Name}, expected {Name}: {found.Remedy}");
}
