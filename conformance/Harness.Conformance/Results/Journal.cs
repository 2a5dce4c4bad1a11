using System.Text.Json;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Results;

/// <summary>
/// What a run has found so far, beside the file that it will write: a JSON object a line, the first with the run's settings. If the run
/// is killed, another one goes on from here.
/// </summary>
public sealed class Journal : IDisposable
{
    // Unlike in results files there is one entry a line.
    private static readonly ResultsContext Lines = new(new JsonSerializerOptions(ResultsContext.Default.Options) { WriteIndented = false });

    private readonly Lock _gate = new();
    private readonly StreamWriter _writer;
    private readonly string _path;

    private Journal(string path, IReadOnlyDictionary<string, IReadOnlyDictionary<(string Id, FloatFormat Format), CheckResult>> known, bool isNew)
    {
        _path = path;
        Known = known;
        _writer = new StreamWriter(path, append: !isNew) { AutoFlush = true };
    }

    /// <summary>What an interrupted run found, by implementation.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<(string Id, FloatFormat Format), CheckResult>> Known { get; }

    // How every journal begins.
    private static ReadOnlySpan<byte> Opening => "{\"settings\":"u8;

    /// <summary>Where the journal of a results file is.</summary>
    public static string PathFor(string results) => $"{results}.partial";

    /// <summary>Starts a journal.</summary>
    /// <exception cref="FormatException">There is one already, of a run that was interrupted.</exception>
    public static Journal Start(string results, RunSettings settings)
    {
        var path = PathFor(results);
        if (File.Exists(path))
            throw new FormatException($"found {path} of an interrupted run, expected none: --resume continues it; delete it to start anew");
        return StartAt(path, settings);
    }

    /// <summary>The settings of an interrupted run; null if there is none, or it had not even noted them.</summary>
    /// <exception cref="FormatException">The journal is damaged.</exception>
    public static RunSettings? FindSettings(string results) => Read(PathFor(results))?.Settings;

    /// <summary>Goes on with a journal, or starts one where nothing has been noted.</summary>
    /// <exception cref="FormatException">It belongs to another run, or is damaged.</exception>
    public static Journal Resume(string results, RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var path = PathFor(results);
        if (Read(path) is not var (found, entries, length))
            return StartAt(path, settings);
        if (settings.DifferenceFrom(found) is { } difference)
            throw new FormatException($"{path} belongs to another run: {difference}");
        if (found.Shard != settings.Shard)
            throw new FormatException($"{path} belongs to another run: shard: found {found.Shard}, expected {settings.Shard}");
        var known = entries.GroupBy(entry => entry.Implementation!).ToDictionary(
            group => group.Key,
            group => (IReadOnlyDictionary<(string, FloatFormat), CheckResult>)group.Select(entry => ResultsJson.ToCheck(entry.Check!))
                .DistinctBy(check => (check.Id, check.Format)).ToDictionary(check => (check.Id, check.Format)));

        // The line that a kill has torn is asked again.
        using (var stream = File.OpenWrite(path))
            stream.SetLength(length);
        return new Journal(path, known, isNew: false);
    }

    /// <summary>Adds a result; from any thread.</summary>
    public void Add(string implementation, CheckResult check) => Write(new JournalEntry(null, implementation, ResultsJson.FromCheck(check)));

    /// <summary>The run is complete, and its results are written: the journal has done its work.</summary>
    public void Remove()
    {
        Dispose();
        File.Delete(_path);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private static Journal StartAt(string path, RunSettings settings)
    {
        var journal = new Journal(path, new Dictionary<string, IReadOnlyDictionary<(string, FloatFormat), CheckResult>>(), isNew: true);
        journal.Write(new JournalEntry(settings, null, null));
        return journal;
    }

    private void Write(JournalEntry entry)
    {
        var line = JsonSerializer.Serialize(entry, Lines.JournalEntry);
        lock (_gate)
            _writer.WriteLine(line);
    }

    // Only the last line can be torn; where it is the first, nothing has been noted. Anything else is damage, which nobody should go on
    // from.
    private static (RunSettings Settings, List<JournalEntry> Entries, long Length)? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        var bytes = File.ReadAllBytes(path);
        var length = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (length == 0 && (Opening.StartsWith(bytes) || bytes.AsSpan().StartsWith(Opening)))
            return null;
        var entries = new List<JournalEntry>();
        try
        {
            var rest = bytes.AsSpan(0, length);
            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
                entries.Add(JsonSerializer.Deserialize(rest[..end], Lines.JournalEntry)!);
        }
        catch (JsonException failure)
        {
            throw new FormatException($"{path}: line {entries.Count + 1} is damaged: {failure.Message}", failure);
        }

        return entries.Count > 0 && entries[0].Settings is { } settings && entries.Skip(1).All(entry => entry is { Implementation: not null, Check: not null })
            ? (settings, entries[1..], length)
            : throw new FormatException($"{path}: found no settings in its first line, expected the journal of an interrupted run");
    }
}

/// <summary>One line of a journal: the settings, or a check of an implementation.</summary>
/// <param name="Settings">In the first line.</param>
/// <param name="Implementation">In the others.</param>
/// <param name="Check">In the others.</param>
internal sealed record JournalEntry(RunSettings? Settings, string? Implementation, CheckRecord? Check);
