using System.Text;
using Harness.Perf.Results;
using Microsoft.Data.Sqlite;

namespace Harness.Perf.History;

/// <summary>
/// The results of many nights in one file: an SQLite database of one schema, which the next harness migrates. Several processes may read
/// and write it at once; a process that is killed leaves all of a recording or nothing.
/// </summary>
/// <remarks>
/// SQLite keeps its rollback journal here, not a write-ahead log: one writer a night gains nothing by the latter, which needs shared memory (no
/// network drive of a cluster has it) and leaves recent nights in a second file, where a job that keeps the store as an artifact loses them.
/// </remarks>
public sealed class HistoryStore : IDisposable
{
    /// <summary>How long to wait for another writer; a recording takes well under a second.</summary>
    private const int BusySeconds = 60;

    private const int NotADatabase = 26;
    private const int Corrupt = 11;
    private const int Busy = 5;

    private readonly SqliteConnection _connection;
    private readonly string _path;

    private HistoryStore(string path, SqliteConnection connection) => (_path, _connection) = (path, connection);

    /// <summary>Where a store is unless named: <c>.harness/perf.db</c> at the root of the repository that holds a folder, else in the folder.</summary>
    public static string DefaultPath(string folder)
    {
        var root = new DirectoryInfo(folder);
        while (root is not null && !Path.Exists(Path.Combine(root.FullName, ".git")))
            root = root.Parent;
        return Path.Combine(root?.FullName ?? folder, ".harness", "perf.db");
    }

    /// <summary>Opens a store that exists; one of an older schema is migrated.</summary>
    /// <exception cref="StoreException">There is none, it is damaged, of a newer schema, or no store.</exception>
    public static HistoryStore Open(string path) => File.Exists(path)
        ? Open(path, SqliteOpenMode.ReadWrite)
        : throw new StoreException($"{path}: found no store, expected one: 'harness perf record RESULTS.json' or 'harness perf import' creates it");

    /// <summary>Opens a store, and creates it where there is none.</summary>
    /// <exception cref="StoreException">It is damaged, of a newer schema, no store, or cannot be created.</exception>
    public static HistoryStore OpenOrCreate(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path}: the folder of the store cannot be created: {failure.Message}", failure);
        }

        return Open(path, SqliteOpenMode.ReadWriteCreate);
    }

    /// <summary>Adds runs, all of them or none; those that are there already, by their content, are left alone.</summary>
    /// <returns>How many were new.</returns>
    /// <exception cref="FormatException">A run has two figures of the same key.</exception>
    /// <exception cref="StoreException">The store cannot be written to.</exception>
    public int Record(params IReadOnlyList<PerfFile> runs)
    {
        foreach (var run in runs)
        {
            if (run.Figures.GroupBy(figure => figure.Key).FirstOrDefault(group => group.Count() > 1) is { } repeated)
                throw new FormatException($"found the figure {PerfLine.Write(repeated.Key)} twice in one run, expected once");
        }

        return Guarded(_path, () =>
        {
            using var transaction = _connection.BeginTransaction(deferred: false);
            var added = runs.Count(Add);
            transaction.Commit();
            return added;
        });
    }

    /// <summary>Every series of the keys wanted: one for each machine.</summary>
    public IReadOnlyList<Series> ReadSeries(Predicate<FigureKey>? isWanted = null) =>
        Guarded(_path, () => FigureIndex.Read(_connection, isWanted ?? (_ => true)));

    /// <summary>Every run as one line of JSON, the earliest first: the same runs give the same lines, in whatever order they were recorded.</summary>
    public IReadOnlyList<string> Export() => Guarded(_path, () =>
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT document FROM run ORDER BY created, hash";
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
            lines.Add(reader.GetString(0));
        return lines;
    });

    /// <summary>The runs whose commit has an id that begins so.</summary>
    public IReadOnlyList<PerfFile> RunsOf(string commit) => ReadRuns("substr(revision ->> 'id', 1, length($value)) = $value", commit);

    /// <summary>The runs of the newest night: those that <see cref="Record"/> would be handed together.</summary>
    public IReadOnlyList<PerfFile> NewestNight()
    {
        var runs = ReadRuns("created >= (SELECT strftime('%Y-%m-%dT%H:%M:%S', max(created), '-1 day') FROM run)", "");
        return runs.Count == 0 ? [] : [.. runs.Where(run => Night.Of(run) == Night.Of(runs[^1]))];
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static HistoryStore Open(string path, SqliteOpenMode mode) => Guarded(path, () =>
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = BusySeconds,
        }.ConnectionString);
        try
        {
            connection.Open();
            using (var check = connection.CreateCommand())
            {
                check.CommandText = "PRAGMA quick_check(1)";
                if (check.ExecuteScalar() is not "ok" and var damage)
                    throw Damaged(path, $"{damage}");
            }

            Schema.Upgrade(connection, path);
            return new HistoryStore(path, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    });

    private bool Add(PerfFile run)
    {
        var line = PerfLine.Write(run);
        using var command = _connection.CreateCommand();
        command.CommandText = "INSERT INTO run (hash, document) VALUES ($hash, $document) ON CONFLICT DO NOTHING RETURNING id";
        command.Parameters.AddWithValue("$hash", PerfLine.Hash(line));
        command.Parameters.AddWithValue("$document", line);
        if (command.ExecuteScalar() is not long id)
            return false;
        FigureIndex.Add(_connection, id, run);
        return true;
    }

    private List<PerfFile> ReadRuns(string condition, string value) => Guarded(_path, () =>
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The condition is one of two constants above; the value is a parameter.
        command.CommandText = $"SELECT document FROM run WHERE {condition} ORDER BY created, hash";
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$value", value);
        using var reader = command.ExecuteReader();
        var runs = new List<PerfFile>();
        while (reader.Read())
            runs.Add(PerfJson.Parse(Encoding.UTF8.GetBytes(reader.GetString(0)), _path));
        return runs;
    });

    private static T Guarded<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode is NotADatabase or Corrupt)
        {
            throw Damaged(path, failure.Message);
        }
        catch (FormatException failure)
        {
            throw Damaged(path, failure.Message);
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == Busy)
        {
            throw new StoreException($"{path}: another process has been writing for {BusySeconds} s; nothing was changed", failure);
        }
        catch (SqliteException failure)
        {
            throw new StoreException($"{path}: the store cannot be used: {failure.Message}", failure);
        }
    }

    private static StoreException Damaged(string path, string damage) => new(
        $"{path}: the store is damaged ({damage}); it was not changed. Move it away, and 'harness perf import' a copy or an export into a new one");
}
