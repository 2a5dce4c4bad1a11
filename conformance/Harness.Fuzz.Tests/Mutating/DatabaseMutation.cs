using Microsoft.Data.Sqlite;

namespace Harness.Fuzz.Tests.Mutating;

/// <summary>What other programs, older and newer harnesses, and people with a database browser do to a store.</summary>
internal static class DatabaseMutation
{
    private static readonly string[] Values =
    [
        "NULL", "''", "'x'", "0", "-1", "1e999", "-0.0", "x'00ff'", "'{}'", "'null'", "'[]'", "9223372036854775807", "char(27) || '[31m'", "'2027-13-40T00:00:00.0000000Z'",
        "'9999-12-31T23:59:59.9999999Z'", "cast(zeroblob(3) AS TEXT)", "hex(randomblob(0)) || 'a'", "1.5", "'12'", "{0} || ' '", "substr({0}, 2)", "replace({0}, '1', '2')", "upper({0})",
        "(SELECT {0} FROM {1} ORDER BY rowid DESC LIMIT 1)", "CAST({0} AS BLOB)",
    ];

    private static readonly (string Table, string[] Columns)[] Tables =
    [
        ("run", ["id", "hash", "document", "created", "machine", "revision"]),
        ("series", ["id", "key"]),
        ("figure", ["series", "run", "unit", "better", "value", "low", "high", "exact"]),
    ];

    private static readonly string[] Statements =
    [
        "DROP TABLE figure", "DROP TABLE series", "DROP TABLE run", "DELETE FROM series", "DELETE FROM figure", "DELETE FROM run", "PRAGMA user_version = 0", "PRAGMA user_version = 1",
        "PRAGMA user_version = 3", "PRAGMA user_version = -1", "PRAGMA user_version = 2147483647", "PRAGMA application_id = 0", "PRAGMA application_id = 1", "PRAGMA journal_mode = WAL",
        "ALTER TABLE run RENAME TO runs", "ALTER TABLE run RENAME COLUMN document TO text", "ALTER TABLE run DROP COLUMN revision", "ALTER TABLE run ADD COLUMN note TEXT",
        "ALTER TABLE figure ADD COLUMN extra REAL", "CREATE TABLE other (a)", "CREATE VIEW v AS SELECT * FROM run",
        "CREATE TRIGGER t BEFORE INSERT ON run BEGIN SELECT RAISE(ABORT, 'no'); END", "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END",
        "DROP TABLE figure; CREATE VIEW figure AS SELECT 1 AS series, 1 AS run, 's' AS unit, NULL AS better, 1.0 AS value, NULL AS low, NULL AS high, NULL AS exact",
        // What a harness before the figures had tables of their own would have written.
        "DROP TABLE figure; DROP TABLE series; ALTER TABLE run DROP COLUMN created; ALTER TABLE run DROP COLUMN machine; ALTER TABLE run DROP COLUMN revision; PRAGMA user_version = 1",
        "INSERT INTO run (hash, document) VALUES ('x', '{}')", "INSERT INTO run (hash, document, created) SELECT hash || '0', document, created FROM run LIMIT 1",
        "INSERT INTO series (key) VALUES ('{}')", "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'TEXT', 'REAL') WHERE name = 'run'",
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
        command.CommandText = isEdit ? Edit(random) : random.Next(4) == 0 ? Deletion(random) : Statements[random.Next(Statements.Length)];
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

    private static string Edit(Random random)
    {
        var (table, columns) = Tables[random.Next(Tables.Length)];
        var column = columns[random.Next(columns.Length)];
        var value = string.Format(null, Values[random.Next(Values.Length)].Replace("{}", "{{}}", StringComparison.Ordinal), column, table);
        return $"UPDATE {table} SET {column} = {value} WHERE {Row(random, table)}";
    }

    private static string Deletion(Random random)
    {
        var (table, _) = Tables[random.Next(Tables.Length)];
        return $"DELETE FROM {table} WHERE {Row(random, table)}";
    }

    // figure has no rowid.
    private static string Row(Random random, string table) => table == "figure" ? $"run = {random.Next(1, 9)} AND series = {random.Next(1, 4)}" : $"id = {random.Next(1, 9)}";
}
