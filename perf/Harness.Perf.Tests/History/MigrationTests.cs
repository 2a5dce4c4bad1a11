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
        CreateVersion1(transform: sql => sql);
        using var store = HistoryStore.Open(_folder.Store);
        Number("PRAGMA user_version").Should().Be(2);
        var series = store.ReadSeries();
        series.Should().HaveCount(2).And.OnlyContain(each => each.Nights.Count == 2);
        series.Single(each => each.Key.Metric == "segment_time").Nights.Select(night => night.Value).Should().Equal(0.5, 0.25);
        series.Single(each => each.Key.Metric == "state_bytes").Nights.Should().OnlyContain(night => night.Exact == "4096");
        // What it held is known by its content, though another harness wrote it.
        store.Record([.. store.Export().Select(line => PerfJson.Parse(Encoding.UTF8.GetBytes(line), "line"))]).Should().Be(0);
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_old_version()
    {
        CreateVersion1(transform: sql => sql.Replace("\"format\":1", "\"format\":7", StringComparison.Ordinal));
        FluentActions.Invoking(() => HistoryStore.Open(_folder.Store)).Should().Throw<StoreException>().WithMessage("*the store is damaged (run 1: \"format\": found 7*");
        Number("PRAGMA user_version").Should().Be(1);
        Number("SELECT count(*) FROM sqlite_master WHERE name = 'figure'").Should().Be(0);
        Number("SELECT count(*) FROM run").Should().Be(2);
    }

    private void CreateVersion1(Func<string, string> transform, [CallerFilePath] string source = "") =>
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
