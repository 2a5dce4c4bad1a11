using System.Text;
using Harness.Perf.Results;
using Microsoft.Data.Sqlite;

namespace Harness.Perf.History;

/// <summary>The runs of a store as they lie there, each held against the hash that it was recorded with.</summary>
internal static class RunTable
{
    /// <summary>Every run's line, in the order in which they were recorded.</summary>
    /// <exception cref="StoreException">A run is not what was recorded; the message names it.</exception>
    public static IEnumerable<(long Id, string Hash, string Line)> Lines(SqliteConnection connection, string path)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, hash, document FROM run ORDER BY id";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var id = reader.GetInt64(0);
            if (reader.GetValue(1) is not string hash || reader.GetValue(2) is not string line)
                throw new StoreException($"{path}: run {id}: found no text, expected a hash and the results it is of: {Remedy(id)}");
            if (PerfLine.Hash(line) is var found && found != hash)
                throw new StoreException($"{path}: run {id}: found results of hash {found}, expected {Shown(hash)}, with which they were recorded: {Remedy(id)}");
            yield return (id, hash, line);
        }
    }

    /// <summary>Every run, in the same order.</summary>
    /// <exception cref="StoreException">As for lines; or a run is not such as would be recorded today.</exception>
    public static IEnumerable<StoredRun> Runs(SqliteConnection connection, string path)
    {
        foreach (var (id, hash, line) in Lines(connection, path))
        {
            PerfFile results;
            try
            {
                results = PerfJson.Parse(Encoding.UTF8.GetBytes(line), $"run {id}");
            }
            catch (FormatException failure)
            {
                throw new StoreException($"{path}: {failure.Message}: {Remedy(id)}", failure);
            }

            yield return new StoredRun(id, hash, results, results.Created);
        }
    }

    /// <summary>Adds a run.</summary>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="StoreException">It is there, but is not what was recorded.</exception>
    public static bool Add(SqliteConnection connection, string path, PerfFile run)
    {
        var line = PerfLine.Write(run);
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO run (hash, document) VALUES ($hash, $document) ON CONFLICT DO NOTHING RETURNING id";
        command.Parameters.AddWithValue("$hash", PerfLine.Hash(line));
        command.Parameters.AddWithValue("$document", line);
        if (command.ExecuteScalar() is long)
            return true;
        command.CommandText = "SELECT id FROM run WHERE hash = $hash AND document IS NOT $document";
        return command.ExecuteScalar() is not long id
            ? false
            : throw new StoreException($"{path}: run {id}: found other results than were recorded with hash {PerfLine.Hash(line)}: {Remedy(id)}");
    }

    /// <summary>The runs that a person may mean by a number or by the beginning of a hash, whatever state they are in.</summary>
    public static IReadOnlyList<(long Id, string Hash)> Named(SqliteConnection connection, string name)
    {
        // Shorter digits are a number: a store has hundreds of runs, and some hash begins with any one or two of them.
        const int FewestDigits = 4;
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, hash FROM run ORDER BY id";
        using var reader = command.ExecuteReader();
        var found = new List<(long, string)>();
        while (reader.Read())
        {
            var (id, hash) = (reader.GetInt64(0), reader.GetValue(1) as string ?? "");
            if (name == $"{id}" || (name.Length >= FewestDigits && hash.StartsWith(name, StringComparison.OrdinalIgnoreCase)))
                found.Add((id, hash));
        }

        return found;
    }

    /// <summary>Takes a run out.</summary>
    /// <returns>Its line, as far as it is one.</returns>
    public static string? Remove(SqliteConnection connection, long id)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM run WHERE id = $id RETURNING document";
        command.Parameters.AddWithValue("$id", id);
        return command.ExecuteScalar() as string;
    }

    private static string Remedy(long id) =>
        $"'harness perf forget {id}' removes it; or move the store away, and 'harness perf import' an export into a new one";

    private static string Shown(string hash) => Harness.Conformance.Writing.VisibleText.Of(hash.Length <= 64 ? hash : $"{hash[..64]}…");
}
