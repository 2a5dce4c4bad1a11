using Harness.Conformance.Reading;
using Harness.Conformance.Writing;
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

    /// <summary>How long until it is asked what keeps it waiting.</summary>
    private const int ImpatientSeconds = 1;

    private const int NotADatabase = 26;
    private const int Corrupt = 11;
    private const int Busy = 5;
    private const int InputOutput = 10;
    private const int ReadOnly = 8;
    private const int CannotOpen = 14;

    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly string? _copy;

    private HistoryStore(string path, SqliteConnection connection, string? copy = null) => (_path, _connection, _copy) = (path, connection, copy);

    /// <summary>Where a store is unless named: <c>.harness/perf.db</c> at the root of the repository that holds a folder, else in the folder.</summary>
    public static string DefaultPath(string folder)
    {
        var root = new DirectoryInfo(folder);
        while (root is not null && !Path.Exists(Path.Combine(root.FullName, ".git")))
            root = root.Parent;
        return Path.Combine(root?.FullName ?? folder, ".harness", "perf.db");
    }

    /// <summary>Opens a store that exists, to read it; one of an older schema is migrated, where the folder cannot be written to in a copy.</summary>
    /// <exception cref="StoreException">There is none, it is damaged, of a newer schema, or no store.</exception>
    public static HistoryStore Open(string path)
    {
        RequireExisting(path);
        return Guarded(path, () =>
        {
            try
            {
                return new HistoryStore(path, Connect(path, path, SqliteOpenMode.ReadWrite, FileLocks.AreMissing));
            }
            catch (SqliteException failure) when (failure.SqliteErrorCode is ReadOnly or CannotOpen or InputOutput)
            {
                return OpenCopy(path);
            }
        });
    }

    /// <summary>Opens a store that exists, to change it.</summary>
    /// <exception cref="StoreException">There is none, it is damaged, of a newer schema, or no store.</exception>
    public static HistoryStore OpenExisting(string path)
    {
        RequireExisting(path);
        RequireWritable(path);
        return Open(path, SqliteOpenMode.ReadWrite);
    }

    /// <summary>Opens a store, and creates it where there is none; of folders none but that of <see cref="DefaultPath"/>.</summary>
    /// <exception cref="StoreException">It is damaged, of a newer schema, no store, or cannot be created.</exception>
    public static HistoryStore OpenOrCreate(string path)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            if (path == DefaultPath(Environment.CurrentDirectory))
                Directory.CreateDirectory(folder);
            else if (!Directory.Exists(folder))
                throw new StoreException($"{path}: found no folder '{folder}', expected that of the store: create it, or name another (--store PATH)");
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            throw new StoreException($"{path}: the folder of the store cannot be created: {FileFault.Describe(failure, path, "a store")}", failure);
        }

        RequireWritable(path);
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
            // What is recorded at once came in the order of its dates, whatever order files were named in.
            var added = runs.OrderBy(run => run.Created).Count(run => RunTable.Add(_connection, _path, run));
            transaction.Commit();
            return added;
        });
    }

    /// <summary>Removes a run, whatever state it is in.</summary>
    /// <param name="name">Its number, or at least four digits that its hash begins with.</param>
    /// <returns>What was removed, for people, and how many runs are left.</returns>
    /// <exception cref="FormatException">No run is called so, or several are.</exception>
    /// <exception cref="StoreException">The store cannot be written to.</exception>
    public (string Removed, long Left) Forget(string name)
    {
        var found = Guarded(_path, () => RunTable.Named(_connection, name));
        if (found.Count == 0)
            throw new FormatException($"found no run '{name}' in {_path}, expected a number or a hash that 'harness perf history --runs' lists");
        if (found.Count > 1)
        {
            throw new FormatException(
                $"found {found.Count} runs that '{name}' may mean ({string.Join(", ", found.Select(run => $"{run.Id}: {run.Hash}"))}), expected more digits of one hash");
        }

        return Guarded(_path, () =>
        {
            using var transaction = _connection.BeginTransaction(deferred: false);
            var line = RunTable.Remove(_connection, found[0].Id);
            using var count = _connection.CreateCommand();
            count.CommandText = "SELECT count(*) FROM run";
            var left = (long)count.ExecuteScalar()!;
            transaction.Commit();
            return ($"run {found[0].Id} ({Describe(line, found[0].Hash)})", left);
        });
    }

    /// <summary>Every run, in the order of the nights.</summary>
    public IReadOnlyList<StoredRun> Runs() => Guarded(_path, () => StoredRun.InOrder(RunTable.Runs(_connection, _path), DateTimeOffset.UtcNow));

    /// <summary>Every series of the keys wanted: one for each machine.</summary>
    public IReadOnlyList<Series> ReadSeries(Predicate<FigureKey>? isWanted = null) => SeriesReader.Read(Runs(), isWanted ?? (_ => true));

    /// <summary>Every run as one line of JSON, the earliest first: the same runs give the same lines, in whatever order they were recorded.</summary>
    public IReadOnlyList<string> Export() => Guarded(_path, () => RunTable.Lines(_connection, _path)
        .Select(run => (run.Line, run.Hash, Created: PerfLine.ReadCreated(run.Line)))
        .OrderBy(run => run.Created).ThenBy(run => run.Hash, StringComparer.Ordinal)
        .Select(run => run.Line).ToArray());

    /// <summary>The runs whose commit has an id that begins so.</summary>
    public IReadOnlyList<PerfFile> RunsOf(string commit) =>
        [.. Runs().Select(run => run.Results).Where(run => run.Commit?.Id.StartsWith(commit, StringComparison.Ordinal) == true)];

    /// <summary>
    /// The runs of the night that was recorded last: those that <see cref="Record"/> would be handed together. Not of the one that is dated last:
    /// a date that lies would be the newest night for as long as it is to come.
    /// </summary>
    public IReadOnlyList<PerfFile> NewestNight()
    {
        var runs = Runs();
        return runs.MaxBy(run => run.Id) is { } newest
            ? [.. runs.Select(run => run.Results).Where(run => Night.Of(run) == Night.Of(newest.Results))]
            : [];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        if (_copy is not null)
            Directory.Delete(_copy, recursive: true);
    }

    /// <summary>Opens as <see cref="Open(string)"/> does, asking otherwise whether a file system has locks.</summary>
    internal static HistoryStore Open(string path, SqliteOpenMode mode, Predicate<string>? lacksLocks = null) =>
        Guarded(path, () => new HistoryStore(path, Connect(path, path, mode, lacksLocks ?? FileLocks.AreMissing)));

    // A store that needs writing before it can be read (a log to be played back, an older schema), where nothing can be written.
    private static HistoryStore OpenCopy(string path)
    {
        var folder = Directory.CreateTempSubdirectory("harness-store-").FullName;
        try
        {
            var copy = Path.Combine(folder, "perf.db");
            foreach (var part in new[] { "", "-wal", "-journal" })
            {
                if (!File.Exists(path + part))
                    continue;
                File.Copy(path + part, copy + part);
                if (OperatingSystem.IsWindows())
                    File.SetAttributes(copy + part, FileAttributes.Normal);
                else
                    File.SetUnixFileMode(copy + part, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return new HistoryStore(path, Connect(copy, path, SqliteOpenMode.ReadWrite, FileLocks.AreMissing), folder);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private static void RequireExisting(string path)
    {
        if (!File.Exists(path))
            throw new StoreException($"{path}: found no store, expected one: 'harness perf record RESULTS.json' or 'harness perf import' creates it");
    }

    // SQLite would take it for a lock of somebody else's, or for a broken disk.
    private static void RequireWritable(string path)
    {
        try
        {
            FileLocks.Trial(path).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path}: nothing can be written beside it, as a store that is changed needs: {FileFault.DescribeMaking(failure, path, "a store")}", failure);
        }
    }

    // Messages call it by its path, wherever the file is.
    private static SqliteConnection Connect(string file, string path, SqliteOpenMode mode, Predicate<string> lacksLocks)
    {
        if (FileKind.Store.Mistaken(FileKind.OfFile(file)) is { } mistaken)
            throw new StoreException($"{path}: {mistaken.Message}", mistaken);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            // In full: ':memory:' and 'file:' mean something else to SQLite.
            DataSource = Path.GetFullPath(file),
            Mode = mode,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = ImpatientSeconds,
        }.ConnectionString);
        try
        {
            connection.Open();
            try
            {
                RequireWhole(connection, path);
            }
            catch (SqliteException failure) when (failure.SqliteErrorCode is Busy or InputOutput)
            {
                // SQLite takes "there are no locks" for "somebody else has it", or for a broken disk.
                if (lacksLocks(file))
                    throw new StoreException($"{path}: this file system has no locks: put the store on a local disk (--store PATH)", failure);
                connection.DefaultTimeout = BusySeconds;
                RequireWhole(connection, path);
            }

            LeaveLog(connection);
            connection.DefaultTimeout = BusySeconds;
            Schema.Upgrade(connection, path, mayCreate: mode == SqliteOpenMode.ReadWriteCreate);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void RequireWhole(SqliteConnection connection, string path)
    {
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA integrity_check(1)";
        if (check.ExecuteScalar() is not "ok" and var damage)
            throw Damaged(path, $"{damage}");
    }

    // Viewers of databases leave a store with a write-ahead log behind. While one is open it stays so; that works too.
    private static void LeaveLog(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode";
        if (command.ExecuteScalar() is not "wal")
            return;
        try
        {
            command.CommandText = "PRAGMA journal_mode = DELETE";
            command.ExecuteScalar();
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode is Busy or ReadOnly)
        {
        }
    }

    private static string Describe(string? line, string hash)
    {
        try
        {
            return line is not null && PerfLine.Hash(line) == hash
                ? StoredRun.Describe(PerfLine.ReadFile(line))
                : "damaged";
        }
        catch (System.Text.Json.JsonException)
        {
            return "unreadable";
        }
    }

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
        catch (Exception failure) when (failure is InvalidCastException or InvalidOperationException or FormatException or System.Text.Json.JsonException)
        {
            throw Damaged(path, failure.Message);
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == Busy)
        {
            throw new StoreException($"{path}: another process has been writing for {BusySeconds} s; nothing was changed", failure);
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == CannotOpen)
        {
            throw new StoreException($"{path}: the store cannot be used: found nothing that can be opened or made there, expected a file", failure);
        }
        catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path}: the store cannot be used: {(failure is SqliteException ? failure.Message.TrimEnd('.') : FileFault.Describe(failure, path))}", failure);
        }
    }

    internal static StoreException Damaged(string path, string damage) => new(
        $"{path}: the store is damaged ({damage.ReplaceLineEndings(" ")}); it was not changed. Move it away, and 'harness perf import' a copy or an export into a new one");
}
