using Harness.Perf.Results;
using Microsoft.Data.Sqlite;

namespace Harness.Perf.History;

/// <summary>The tables of a store, and how one version of them becomes the next.</summary>
internal static class Schema
{
    /// <summary>What this harness writes; SQLite's user_version.</summary>
    public const int Version = 2;

    /// <summary>"HPRF": tells a store from any other database.</summary>
    public const int ApplicationId = 0x48505246;

    // Element v brings a store from version v to v + 1.
    private static readonly Action<SqliteConnection>[] Migrations = [CreateRuns, IndexFigures];

    /// <summary>Brings a store to <see cref="Version"/>, whole or not at all.</summary>
    /// <exception cref="StoreException">It is of a newer schema, or no store.</exception>
    public static void Upgrade(SqliteConnection connection, string path)
    {
        if (Check(connection, path) == Version)
            return;
        using var transaction = connection.BeginTransaction(deferred: false);
        // Another process may have been faster.
        for (var version = Check(connection, path); version < Version; version++)
            Migrations[version](connection);
        Execute(connection, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
        transaction.Commit();
    }

    private static long Check(SqliteConnection connection, string path)
    {
        var version = Number(connection, "PRAGMA user_version");
        var application = Number(connection, "PRAGMA application_id");
        if (application != ApplicationId && Number(connection, "SELECT count(*) FROM sqlite_master") > 0)
            throw new StoreException($"{path}: found another program's database, expected a store of 'harness perf record'; it was not changed");
        if (version > Version)
        {
            throw new StoreException(
                $"{path}: found schema version {version}, this harness knows {Version} and older: use the harness that wrote it, or a newer one; it was not changed");
        }

        return version;
    }

    // Version 1: runs as they are.
    private static void CreateRuns(SqliteConnection connection) => Execute(
        connection, "CREATE TABLE run (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, document TEXT NOT NULL)");

    // Version 2: their figures by series, so that reading one series need not read every run.
    private static void IndexFigures(SqliteConnection connection)
    {
        Execute(
            connection,
            """
            ALTER TABLE run ADD COLUMN created TEXT NOT NULL DEFAULT '';
            ALTER TABLE run ADD COLUMN machine TEXT NOT NULL DEFAULT '';
            ALTER TABLE run ADD COLUMN revision TEXT;
            CREATE TABLE series (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
            CREATE TABLE figure (
                series INTEGER NOT NULL REFERENCES series,
                run INTEGER NOT NULL REFERENCES run,
                unit TEXT NOT NULL, better TEXT, value REAL NOT NULL, low REAL, high REAL, exact TEXT,
                PRIMARY KEY (series, run)) WITHOUT ROWID;
            """);
        var runs = new List<(long Id, string Document)>();
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT id, document FROM run";
            using var reader = command.ExecuteReader();
            while (reader.Read())
                runs.Add((reader.GetInt64(0), reader.GetString(1)));
        }

        foreach (var (id, document) in runs)
            FigureIndex.Add(connection, id, PerfJson.Parse(System.Text.Encoding.UTF8.GetBytes(document), $"run {id}"));
    }

    public static void Execute(SqliteConnection connection, string sql)
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
