using Harness.Perf.History;
using Microsoft.Data.Sqlite;

namespace Harness.Perf.Tests.History;

/// <summary>A store that a viewer left with a write-ahead log, that lies where nothing can be written, or on a file system without locks.</summary>
public sealed class StoreModeTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_store_with_a_log_has_none_after_the_next_opening()
    {
        var whole = Create();
        Execute("PRAGMA journal_mode = WAL");
        using (var store = HistoryStore.Open(_folder.Store))
            store.Export().Should().Equal(whole);
        Execute("PRAGMA journal_mode").Should().Be("delete");
        _folder.Files.Should().Equal("perf.db");
    }

    [Fact]
    public void A_store_that_a_viewer_has_open_with_a_log_is_read_all_the_same()
    {
        var whole = Create();
        using var viewer = Connect();
        Execute(viewer, "PRAGMA journal_mode = WAL; BEGIN; SELECT count(*) FROM run");
        using var store = HistoryStore.Open(_folder.Store);
        store.Export().Should().Equal(whole);
    }

    // No shared memory can be made beside it, as in a folder that cannot be written to.
    [Fact]
    public void Where_nothing_can_be_written_a_copy_is_read_with_its_log()
    {
        var whole = Create();
        var (copy, log) = (_folder["copy.db"], _folder["copy.db-wal"]);
        using (var writer = Connect())
        {
            Execute(writer, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; UPDATE run SET id = id + 100");
            File.Copy(_folder.Store, copy);
            File.Copy(_folder.Store + "-wal", log);
        }

        File.CreateSymbolicLink(copy + "-shm", _folder["nowhere/at-all"]);
        var before = (File.ReadAllBytes(copy), File.ReadAllBytes(log));
        using (var store = HistoryStore.Open(copy))
        {
            store.Export().Should().Equal(whole);
            store.Runs()[0].Id.Should().BeGreaterThan(100, "the log has the last word");
        }

        File.ReadAllBytes(copy).Should().Equal(before.Item1);
        File.ReadAllBytes(log).Should().Equal(before.Item2);
    }

    [Fact]
    public void What_cannot_be_changed_is_not_changed_in_a_copy()
    {
        Create();
        Execute("PRAGMA journal_mode = WAL");
        File.CreateSymbolicLink(_folder["perf.db-shm"], _folder["nowhere/at-all"]);
        FluentActions.Invoking(() => HistoryStore.OpenExisting(_folder.Store)).Should().Throw<StoreException>().WithMessage($"{_folder.Store}: the store cannot be used: *");
        FluentActions.Invoking(_folder.Open).Should().Throw<StoreException>().WithMessage($"{_folder.Store}: the store cannot be used: *");
    }

    // A file system in which not even root makes files.
    [Fact]
    public void Where_nothing_can_be_written_no_store_is_waited_for() =>
        FluentActions.Invoking(() => HistoryStore.OpenOrCreate("/proc/perf.db")).Should().Throw<StoreException>()
            .WithMessage("/proc/perf.db: nothing can be written beside it, as a store that is changed needs: *");

    // To SQLite, "there are no locks" and "somebody else has it" are one.
    [Fact]
    public void A_file_system_without_locks_says_so_at_once()
    {
        Create();
        using var other = Connect();
        Execute(other, "BEGIN EXCLUSIVE");
        FluentActions.Invoking(() => HistoryStore.Open(_folder.Store, SqliteOpenMode.ReadWrite, lacksLocks: _ => true)).Should().Throw<StoreException>()
            .WithMessage($"{_folder.Store}: this file system has no locks: put the store on a local disk (--store PATH)");
    }

    [Fact]
    public void A_file_system_with_locks_is_waited_for()
    {
        var whole = Create();
        using var other = Connect();
        Execute(other, "BEGIN EXCLUSIVE");
        var isAsked = false;
        using var store = HistoryStore.Open(_folder.Store, SqliteOpenMode.ReadWrite, path =>
        {
            isAsked = true;
            Execute(other, "ROLLBACK");
            return FileLocks.AreMissing(path);
        });
        store.Export().Should().Equal(whole);
        isAsked.Should().BeTrue();
        _folder.Files.Should().Equal("perf.db");
    }

    private IReadOnlyList<string> Create()
    {
        using var store = _folder.Open();
        store.Record([.. Enumerable.Range(0, 12).Select(night => Runs.Night(night, Runs.Time(night + 1)))]);
        return store.Export();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={_folder.Store};Pooling=False");
        connection.Open();
        return connection;
    }

    private object? Execute(string sql)
    {
        using var connection = Connect();
        return Execute(connection, sql);
    }

    private static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
