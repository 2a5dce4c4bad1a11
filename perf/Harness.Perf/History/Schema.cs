using Microsoft.Data.Sqlite;

namespace Harness.Perf.History;

/// <summary>The tables of a store, and how one version of them becomes the next.</summary>
internal static class Schema
{
    /// <summary>What this harness writes; SQLite's user_version.</summary>
    public const int Version = 3;

    /// <summary>"HPRF": tells a store from any other database.</summary>
    public const int ApplicationId = 0x48505246;

    /// <summary>Brings a store to <see cref="Version"/>, whole or not at all.</summary>
    /// <exception cref="StoreException">It is of a newer schema, or no store.</exception>
    public static void Upgrade(SqliteConnection connection, string path, bool mayCreate)
    {
        var found = Check(connection, path);
        if (found == Version)
            return;
        // A store that was cut off is as empty as one that never was: nothing read from it would be no answer.
        if (found == 0 && !mayCreate)
            throw new StoreException($"{path}: found an empty file, expected a store: move it away, and 'harness perf import' a copy or an export into a new one");
        using var transaction = connection.BeginTransaction(deferred: false);
        // Another process may have been faster.
        switch (Check(connection, path))
        {
            case 0:
                CreateRuns(connection);
                break;
            case 1 or 2:
                KeepRuns(connection, path);
                break;
        }

        Execute(connection, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
        transaction.Commit();
    }

    private static long Check(SqliteConnection connection, string path)
    {
        var version = Number(connection, "PRAGMA user_version");
        var application = Number(connection, "PRAGMA application_id");
        if (application != ApplicationId && Number(connection, "SELECT count(*) FROM sqlite_master") > 0)
            throw new StoreException($"{path}: found another program's database, expected a store of 'harness perf record'; it was not changed");
        if (version is < 0 or > Version)
        {
            throw new StoreException(
                $"{path}: found schema version {version}, this harness knows {Version} and older: use the harness that wrote it, or a newer one; it was not changed");
        }

        return version;
    }

    // Versions 1 and 3: runs as they are, and nothing that could say otherwise.
    private static void CreateRuns(SqliteConnection connection) => Execute(
        connection, "CREATE TABLE run (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, document TEXT NOT NULL)");

    // Version 2 had their figures beside them, by series, where no hash told whether they were still what had been recorded.
    private static void KeepRuns(SqliteConnection connection, string path)
    {
        using (var check = connection.CreateCommand())
        {
            check.CommandText = "PRAGMA foreign_key_check";
            using var orphans = check.ExecuteReader();
            if (orphans.Read())
                throw HistoryStore.Damaged(path, "figures of a run that is gone");
        }

        Execute(connection, "DROP TABLE IF EXISTS figure; DROP TABLE IF EXISTS series; ALTER TABLE run RENAME TO old");
        CreateRuns(connection);
        Execute(connection, "INSERT INTO run SELECT id, hash, document FROM old ORDER BY id; DROP TABLE old");
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
