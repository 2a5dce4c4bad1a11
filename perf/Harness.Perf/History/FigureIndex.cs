using System.Globalization;
using Harness.Perf.Results;
using Microsoft.Data.Sqlite;

namespace Harness.Perf.History;

/// <summary>The figures of the runs, by series.</summary>
internal static class FigureIndex
{
    /// <summary>Sorts as the instants do.</summary>
    private const string Instant = "yyyy-MM-ddTHH:mm:ss.fffffffZ";

    /// <summary>Adds the figures of a stored run.</summary>
    public static void Add(SqliteConnection connection, long run, PerfFile file)
    {
        Execute(
            connection, "UPDATE run SET created = $created, machine = $machine, revision = $revision WHERE id = $id",
            ("$created", file.Created.UtcDateTime.ToString(Instant, CultureInfo.InvariantCulture)), ("$machine", PerfLine.Write(file.Machine)),
            ("$revision", file.Commit is null ? null : PerfLine.Write(file.Commit)), ("$id", run));
        foreach (var figure in file.Figures)
        {
            var key = PerfLine.Write(figure.Key);
            Execute(connection, "INSERT INTO series (key) VALUES ($key) ON CONFLICT DO NOTHING", ("$key", key));
            Execute(
                connection,
                """
                INSERT INTO figure (series, run, unit, better, value, low, high, exact)
                VALUES ((SELECT id FROM series WHERE key = $key), $run, $unit, $better, $value, $low, $high, $exact)
                """,
                ("$key", key), ("$run", run), ("$unit", figure.Unit), ("$better", figure.Better), ("$value", figure.Value), ("$low", figure.Low),
                ("$high", figure.High), ("$exact", figure.Exact));
        }
    }

    /// <summary>Every series of the keys wanted, its nights in order.</summary>
    public static IReadOnlyList<Series> Read(SqliteConnection connection, Predicate<FigureKey> isWanted)
    {
        var keys = new List<(long Id, FigureKey Key)>();
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT id, key FROM series ORDER BY id";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var key = PerfLine.ReadKey(reader.GetString(1));
                if (isWanted(key))
                    keys.Add((reader.GetInt64(0), key));
            }
        }

        var (machines, commits) = (new Dictionary<string, MachineRecord>(), new Dictionary<string, CommitRecord>());
        return [.. keys.SelectMany(key => Read(connection, key.Id, key.Key, machines, commits))];
    }

    // A series of its own for every machine, those with the newest nights last.
    private static IEnumerable<Series> Read(
        SqliteConnection connection, long id, FigureKey key, Dictionary<string, MachineRecord> machines, Dictionary<string, CommitRecord> commits)
    {
        var rows = new List<(Night Night, MachineRecord Machine, string Unit, string? Better, SeriesNight Run)>();
        using (var command = connection.CreateCommand())
        {
            command.CommandText =
                """
                SELECT run.created, run.machine, run.revision, unit, better, value, low, high, exact
                FROM figure JOIN run ON run.id = figure.run WHERE series = $id ORDER BY run.created, run.hash
                """;
            command.Parameters.AddWithValue("$id", id);
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var created = DateTimeOffset.ParseExact(reader.GetString(0), Instant, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
                var machine = Once(machines, reader.GetString(1), PerfLine.ReadMachine);
                var commit = reader.IsDBNull(2) ? null : Once(commits, reader.GetString(2), PerfLine.ReadCommit);
                rows.Add((
                    Night.Of(machine, commit, created), machine, reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4),
                    new SeriesNight(created, commit, reader.GetDouble(5), Real(6), Real(7), reader.IsDBNull(8) ? null : reader.GetString(8))));
            }

            double? Real(int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);
        }

        foreach (var machine in rows.GroupBy(row => row.Machine.Fingerprint).OrderBy(group => group.Last().Run.Created))
        {
            var last = machine.Last();
            yield return new Series(
                key, last.Machine, last.Unit, last.Better, [.. machine.GroupBy(row => row.Night).Select(night => Merge([.. night.Select(row => row.Run)]))]);
        }
    }

    private static SeriesNight Merge(SeriesNight[] runs) => runs is [var single]
        ? single
        : runs[0] with { Value = Statistics.Robust.Median([.. runs.Select(run => run.Value)]), Low = null, High = null, Exact = runs[^1].Exact };

    private static T Once<T>(Dictionary<string, T> known, string text, Func<string, T> read) =>
        known.TryGetValue(text, out var value) ? value : known[text] = read(text);

    private static void Execute(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        command.ExecuteNonQuery();
    }
}
