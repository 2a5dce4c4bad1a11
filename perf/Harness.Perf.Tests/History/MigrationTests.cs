using System.Runtime.CompilerServices;
using System.Text;
using Harness.Perf.History;
using Harness.Perf.Results;
using Microsoft.Data.Sqlite;

namespace Harness.Perf.Tests.History;

/// <summary>A store of an older schema becomes one of this harness, with all that it held.</summary>
public sealed class MigrationTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_store_of_version_1_is_migrated_with_all_its_runs()
    {
        Create(sql => sql);
        using var store = HistoryStore.Open(_folder.Store);
        Number("PRAGMA user_version").Should().Be(3);
        var series = store.ReadSeries();
        series.Should().HaveCount(2).And.OnlyContain(each => each.Nights.Count == 2);
        series.Single(each => each.Key.Metric == "segment_time").Nights.Select(night => night.Value).Should().Equal(0.5, 0.25);
        series.Single(each => each.Key.Metric == "state_bytes").Nights.Should().OnlyContain(night => night.Exact == "4096");
        // What it held is known by its content, though another harness wrote it.
        store.Record([.. store.Export().Select(line => PerfJson.Parse(Encoding.UTF8.GetBytes(line), "line"))]).Should().Be(0);
    }

    // Version 2 had figures beside the runs, which nothing held against what had been recorded.
    [Fact]
    public void A_store_of_version_2_is_migrated_by_what_was_recorded()
    {
        Create(sql => sql + Version2);
        using var store = HistoryStore.Open(_folder.Store);
        Number("SELECT count(*) FROM sqlite_master WHERE name IN ('figure', 'series')").Should().Be(0);
        store.ReadSeries().Single(each => each.Key.Metric == "segment_time").Nights.Select(night => night.Value).Should().Equal(0.5, 0.25);
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_old_version()
    {
        Create(sql => sql + Version2 + "PRAGMA foreign_keys = OFF; DELETE FROM run WHERE id = 2;");
        FluentActions.Invoking(() => HistoryStore.Open(_folder.Store)).Should().Throw<StoreException>()
            .WithMessage("*the store is damaged (figures of a run that is gone); it was not changed*");
        Number("PRAGMA user_version").Should().Be(2);
        Number("SELECT count(*) FROM figure").Should().Be(2);
        Number("SELECT count(*) FROM run").Should().Be(1);
    }

    [Fact]
    public void A_run_of_an_old_store_that_would_not_be_recorded_today_is_named_with_what_to_do()
    {
        Create(sql => sql.Replace("\"format\":1", "\"format\":7", StringComparison.Ordinal)
            .Replace("4c0a688ebb9a47287d0ad9032d8852cf0740facf88409a06bb8c334e9e2ae6cd", "HASH", StringComparison.Ordinal));
        using var store = HistoryStore.Open(_folder.Store);
        store.Invoking(each => each.ReadSeries()).Should().Throw<StoreException>()
            .WithMessage($"{_folder.Store}: run 1: found results of hash *, expected HASH, with which they were recorded: 'harness perf forget 1' removes it; *");
    }

    private const string Version2 = """
        PRAGMA user_version = 2;
        ALTER TABLE run ADD COLUMN created TEXT NOT NULL DEFAULT '';
        ALTER TABLE run ADD COLUMN machine TEXT NOT NULL DEFAULT '';
        ALTER TABLE run ADD COLUMN revision TEXT;
        CREATE TABLE series (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
        CREATE TABLE figure (
            series INTEGER NOT NULL REFERENCES series, run INTEGER NOT NULL REFERENCES run, unit TEXT NOT NULL, better TEXT, value REAL NOT NULL,
            low REAL, high REAL, exact TEXT, PRIMARY KEY (series, run)) WITHOUT ROWID;
        INSERT INTO series VALUES (1, '{}');
        INSERT INTO figure VALUES (1, 1, 's', 'lower', 17, NULL, NULL, NULL), (1, 2, 's', 'lower', 17, NULL, NULL, NULL);

        """;

    private void Create(Func<string, string> transform, [CallerFilePath] string source = "") =>
        Run(transform(File.ReadAllText(Path.Combine(Path.GetDirectoryName(source)!, "store-version-1.sql"))), command => command.ExecuteNonQuery());

    private long Number(string sql) => Run(sql, command => (long)command.ExecuteScalar()!);

    private T Run<T>(string sql, Func<SqliteCommand, T> use)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Store};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return use(command);
    }
}
