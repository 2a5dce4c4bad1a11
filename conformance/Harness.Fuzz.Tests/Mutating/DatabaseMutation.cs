using Microsoft.Data.Sqlite;

namespace Harness.Fuzz.Tests.Mutating;

/// <summary>What other programs, older and newer harnesses, and people with a database browser do to a store.</summary>
internal static class DatabaseMutation
{
    // What version 2 had beside the runs.
    private const string Indexed =
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
        PRAGMA user_version = 2;
        """;

    private static readonly string[] Columns = ["hash", "document"];

    private static readonly string[] Values =
    [
        "NULL", "''", "'x'", "0", "-1", "1e999", "x'00ff'", "'{}'", "'null'", "'[]'", "9223372036854775807", "char(27) || '[31m'", "cast(zeroblob(3) AS TEXT)", "1.5",
        "{0} || ' '", "{0} || char(10)", "substr({0}, 2)", "replace({0}, '1', '2')", "replace({0}, '2025', '2099')", "upper({0})", "CAST({0} AS BLOB)", "hash", "document",
        "(SELECT {0} FROM run ORDER BY id DESC LIMIT 1)", "(SELECT {0} || 'x' FROM run LIMIT 1)",
    ];

    private static readonly string[] Statements =
    [
        "DROP TABLE run", "DELETE FROM run", "PRAGMA user_version = 0", "PRAGMA user_version = 1", "PRAGMA user_version = 2", "PRAGMA user_version = 4", "PRAGMA user_version = -1",
        "PRAGMA user_version = 2147483647", "PRAGMA application_id = 0", "PRAGMA application_id = 1", "PRAGMA journal_mode = WAL", "ALTER TABLE run RENAME TO runs",
        "ALTER TABLE run RENAME COLUMN document TO text", "ALTER TABLE run ADD COLUMN note TEXT", "CREATE TABLE other (a)", "CREATE VIEW v AS SELECT * FROM run", "UPDATE run SET id = 100 - id",
        "CREATE TRIGGER t BEFORE INSERT ON run BEGIN SELECT RAISE(ABORT, 'no'); END", "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END",
        "ALTER TABLE run RENAME TO old; CREATE VIEW run AS SELECT * FROM old", Indexed,
        $"{Indexed} INSERT INTO series VALUES (1, '{{}}'); INSERT INTO figure VALUES (1, 99, 's', NULL, 1, NULL, NULL, NULL)", "INSERT INTO run (hash, document) VALUES ('x', '{}')",
        "INSERT INTO run (hash, document) SELECT hash || '0', document FROM run LIMIT 1",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'TEXT', 'REAL') WHERE name = 'run'",
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'run'", "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 2",
        "PRAGMA encoding = 'UTF-16le'; VACUUM", "PRAGMA page_size = 512; VACUUM", "PRAGMA auto_vacuum = 1; VACUUM",
    ];

    /// <summary>Changes a good store in one way, by SQL.</summary>
    /// <param name="random">Which way.</param>
    /// <param name="path">The store; it is changed.</param>
    /// <returns>Whether every run is still there, unless it has become another.</returns>
    public static bool Apply(Random random, string path)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, ForeignKeys = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        var isEdit = random.Next(2) == 0;
        var row = random.Next(1, 9);
        command.CommandText = isEdit ? Edit(random, row) : random.Next(8) == 0 ? $"DELETE FROM run WHERE id = {row}" : Statements[random.Next(Statements.Length)];
        try
        {
            command.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // The table does not allow it; the store stays good.
        }

        return isEdit;
    }

    private static string Edit(Random random, int row)
    {
        var column = Columns[random.Next(Columns.Length)];
        return $"UPDATE run SET {column} = {Values[random.Next(Values.Length)].Replace("{0}", column, StringComparison.Ordinal)} WHERE id = {row}";
    }
}
