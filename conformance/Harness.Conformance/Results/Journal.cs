using System.Text.Json;
using Harness.Architectures;
using Harness.Conformance.Checks;
using Harness.Conformance.Reading;
using Harness.Conformance.Running;
using Harness.Conformance.Writing;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Results;

/// <summary>
/// What a run has found so far, beside the file that it will write: a JSON object a line, the first with the run's settings and with what
/// it checks. If the run is killed, another one goes on from here.
/// </summary>
public sealed class Journal : IDisposable
{
    // Programs may say much at every case, and half a run that was kept must not be lost for that.
    private const int MostBytes = 1 << 30;

    // Unlike in results files there is one entry a line.
    private static readonly ResultsContext Lines = new(new JsonSerializerOptions(ResultsContext.Default.Options) { WriteIndented = false });

    // The managed engine has no version but this: another build may compute something else, or judge otherwise.
    private static readonly string Build = string.Join('-', new[] { typeof(FloatFormat), typeof(EquationAttribute), typeof(Journal) }
        .Select(type => type.Assembly.ManifestModule.ModuleVersionId.ToString("N")[..8]));

    private readonly Lock _gate = new();
    private readonly FileStream _stream;
    private readonly string _path;
    private IOException? _failure;

    private Journal(string path, FileMode mode, IReadOnlyDictionary<string, IReadOnlyDictionary<(string Id, FloatFormat Format), CheckResult>> known)
    {
        _path = path;
        Known = known;
        _stream = new FileStream(path, mode, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>What an interrupted run found, by implementation.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<(string Id, FloatFormat Format), CheckResult>> Known { get; }

    // How every journal begins.
    private static ReadOnlySpan<byte> Opening => "{\"settings\":"u8;

    /// <summary>Where the journal of a results file is.</summary>
    public static string PathFor(string results) => $"{results}.partial";

    /// <summary>Starts a journal.</summary>
    /// <exception cref="FormatException">There is one already, of a run that was interrupted or is still going on; or it cannot be written.</exception>
    public static Journal Start(string results, RunSettings settings, IReadOnlyList<ImplementationIdentity> implementations)
    {
        var path = PathFor(results);
        if (Path.Exists(path))
        {
            RequireUnused(path);
            throw new FormatException($"found {path} of an interrupted run, expected none: --resume continues it; delete it to start anew");
        }

        return StartAt(path, FileMode.CreateNew, settings, implementations);
    }

    /// <summary>The settings of an interrupted run; null if there is none, or it had not even noted them.</summary>
    /// <exception cref="FormatException">The journal is damaged.</exception>
    public static RunSettings? FindSettings(string results) => Read(PathFor(results))?.Start.Settings;

    /// <summary>Goes on with a journal, or starts one where nothing has been noted.</summary>
    /// <exception cref="FormatException">It belongs to another run, or to one that is still going on; or is damaged, or cannot be written.</exception>
    public static Journal Resume(string results, RunSettings settings, IReadOnlyList<ImplementationIdentity> implementations)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(implementations);
        var path = PathFor(results);
        if (Path.Exists(path))
            RequireUnused(path);
        if (Read(path) is not var (start, entries, length))
            return StartAt(path, FileMode.Create, settings, implementations);
        if (settings.DifferenceFrom(start.Settings!) is { } difference)
            throw Foreign(path, difference);
        if (start.Settings!.Shard != settings.Shard)
            throw Foreign(path, $"shard: found {start.Settings.Shard}, expected {settings.Shard}");
        RequireSame(path, start, implementations);
        var known = entries.GroupBy(entry => entry.Implementation!).ToDictionary(
            group => group.Key,
            group => (IReadOnlyDictionary<(string, FloatFormat), CheckResult>)group.Select(entry => ResultsJson.ToCheck(entry.Check!))
                .DistinctBy(check => (check.Id, check.Format)).ToDictionary(check => (check.Id, check.Format)));
        return Opened(path, () =>
        {
            // The line that a kill has torn is asked again.
            using (var stream = File.OpenWrite(path))
                stream.SetLength(length);
            return new Journal(path, FileMode.Append, known);
        });
    }

    /// <summary>Adds a result; from any thread.</summary>
    /// <exception cref="IOException">It cannot be written, now or at an earlier one: what is there can still be gone on from.</exception>
    public void Add(string implementation, CheckResult check) => Write(new JournalEntry(null, implementation, ResultsJson.FromCheck(check)));

    /// <summary>The run is complete, and its results are written: the journal has done its work.</summary>
    /// <exception cref="IOException">It cannot be deleted.</exception>
    public void Remove()
    {
        Dispose();
        File.Delete(_path);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static Journal StartAt(string path, FileMode mode, RunSettings settings, IReadOnlyList<ImplementationIdentity> implementations)
    {
        return Opened(path, () =>
        {
            var journal = new Journal(path, mode, new Dictionary<string, IReadOnlyDictionary<(string, FloatFormat), CheckResult>>());
            try
            {
                journal.Write(new JournalEntry(settings, null, null, Build, implementations));
                return journal;
            }
            catch (IOException)
            {
                journal.Remove();
                throw;
            }
        });
    }

    private static Journal Opened(string path, Func<Journal> open)
    {
        try
        {
            return open();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{path}: cannot be written: {FileFault.Describe(failure, path)}", failure);
        }
    }

    // Who writes a journal holds it, so that nobody else can have it alone.
    private static void RequireUnused(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            if (!stream.CanSeek)
                throw new FormatException($"found a pipe or a device at {path}, expected the journal of an interrupted run, or nothing");
        }
        catch (IOException failure)
        {
            throw new FormatException($"{path} is being written by another run: wait for its end, or name another --json PATH", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new FormatException($"{path}: cannot be written: {FileFault.Describe(failure, path)}", failure);
        }
    }

    private static void RequireSame(string path, JournalEntry start, IReadOnlyList<ImplementationIdentity> implementations)
    {
        var found = start.Implementations!;
        var (names, expected) = (string.Join(", ", found.Select(each => each.Name)), string.Join(", ", implementations.Select(each => each.Name)));
        if (names != expected)
            throw Foreign(path, $"implementations: found {names}, expected {expected}");
        foreach (var (before, now) in found.Zip(implementations))
        {
            if (now.DifferenceFrom(before) is { } difference)
                throw Foreign(path, $"{now.Name} is another program than it was: {difference}");
        }

        if (start.Harness != Build)
            throw Foreign(path, $"harness: found build {start.Harness}, expected {Build}");
    }

    private static FormatException Foreign(string path, string difference) => new($"{path} belongs to another run: {difference}");

    // After half a line there must not be another one: what is torn is the last.
    private void Write(JournalEntry entry)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, Lines.JournalEntry), (byte)'\n'];
        lock (_gate)
        {
            if (_failure is not null)
                throw new IOException(_failure.Message, _failure);
            try
            {
                _stream.Write(line);
            }
            catch (IOException failure)
            {
                _failure = failure;
                throw;
            }
        }
    }

    // Only the last line can be torn; where it is the first, nothing has been noted. Anything else is damage, which nobody should go on
    // from.
    private static (JournalEntry Start, List<JournalEntry> Entries, long Length)? Read(string path)
    {
        if (!Path.Exists(path) || new FileInfo(path) is { Exists: true, Length: 0, LinkTarget: null })
            return null;
        var bytes = ReadBytes(path);
        var length = bytes.Span.LastIndexOf((byte)'\n') + 1;
        if (length == 0 && (Opening.StartsWith(bytes.Span) || bytes.Span.StartsWith(Opening)))
            return null;
        var entries = new List<JournalEntry>();
        ReadOnlySpan<byte> line = default;
        try
        {
            var rest = ForeignFile.Text(bytes[..length]).Span;
            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
            {
                line = rest[..end];
                var entry = JsonSerializer.Deserialize(line, Lines.JournalEntry);
                if (entries.Count > 0)
                    Check(entry, entries[0]);
                else if (entry?.Settings is null)
                    break;
                else
                    CheckStart(entry);
                entries.Add(entry!);
            }
        }
        catch (JsonException failure)
        {
            throw new FormatException($"{path}: line {entries.Count + 1} is damaged: {JsonFault.Describe(failure, line)}", failure);
        }
        catch (Exception failure) when (failure is FormatException or IOException)
        {
            throw new FormatException($"{path}: line {entries.Count + 1} is damaged: {failure.Message}", failure);
        }

        return entries.Count > 0
            ? (entries[0], entries[1..], length)
            : throw new FormatException($"{path}: found no settings in its first line, expected the journal of an interrupted run");
    }

    private static void CheckStart(JournalEntry start)
    {
        ResultsRules.Check(start.Settings!);
        if (start.Harness is null || start.Implementations is not { Count: > 0 } implementations || implementations.Contains(null!))
            throw new FormatException("it does not say what was checked, as an older harness wrote it: delete the journal to start anew");
    }

    private static void Check(JournalEntry? entry, JournalEntry start)
    {
        if (entry is not { Settings: null, Implementation: { } name, Check: { } check })
            throw new FormatException("found no check, expected one");
        if (!start.Implementations!.Any(implementation => implementation.Name == name))
            throw new FormatException($"\"implementation\": found \"{name}\", expected one of the first line");
        ResultsRules.Check(check, start.Settings!, "check");
    }

    private static ReadOnlyMemory<byte> ReadBytes(string path)
    {
        try
        {
            return ForeignFile.ReadRegular(path, MostBytes);
        }
        catch (IOException failure)
        {
            throw new FormatException($"{path}: cannot be read: {failure.Message}", failure);
        }
    }
}

/// <summary>One line of a journal: what the run is, or a check of an implementation.</summary>
/// <param name="Settings">In the first line.</param>
/// <param name="Implementation">In the others.</param>
/// <param name="Check">In the others.</param>
/// <param name="Harness">In the first line: the build.</param>
/// <param name="Implementations">In the first line.</param>
internal sealed record JournalEntry(
    RunSettings? Settings,
    string? Implementation,
    CheckRecord? Check,
    string? Harness = null,
    IReadOnlyList<ImplementationIdentity>? Implementations = null);
