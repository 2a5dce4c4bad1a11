using Harness.Perf.History;
using Harness.Perf.Results;
using Microsoft.Data.Sqlite;

namespace Harness.Perf.Tests.History;

/// <summary>A run is taken out by its number or the beginning of its hash, and by nothing that may mean another.</summary>
public sealed class ForgetTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly HistoryStore _store;

    public ForgetTests()
    {
        _store = _folder.Open();
        _store.Record([.. Enumerable.Range(0, 12).Select(night => Runs.Night(night, Runs.Time(night + 1)))]);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_run_is_forgotten_by_its_number()
    {
        _store.Forget("3").Should().Be(("run 3 (2026-01-03 02:00 UTC, commit 000000000000, machine 0123456789ab, 1 figures, 'perf scaling')", 11));
        _store.ReadSeries().Single().Nights.Select(night => night.Value).Should().Equal(1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    }

    [Fact]
    public void A_run_is_forgotten_by_the_beginning_of_its_hash_and_can_be_recorded_again()
    {
        var lines = _store.Export();
        var run = _store.Runs()[4];
        _store.Forget(run.Name.ToUpperInvariant()).Left.Should().Be(11);
        _store.Export().Should().HaveCount(11);
        _store.Record(run.Results).Should().Be(1);
        _store.Export().Should().Equal(lines);
    }

    [Theory]
    [InlineData("13")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("zzzz")]
    public void What_no_run_is_called_is_an_error(string name)
    {
        _store.Invoking(store => store.Forget(name)).Should().Throw<FormatException>()
            .WithMessage($"found no run '{name}' in {_folder.Store}, expected a number or a hash that 'harness perf history --runs' lists");
        _store.Export().Should().HaveCount(12);
    }

    [Fact]
    public void What_two_runs_may_be_called_is_an_error()
    {
        Alter("UPDATE run SET hash = 'abcdef' || id WHERE id IN (5, 6)");
        _store.Invoking(store => store.Forget("abcd")).Should().Throw<FormatException>()
            .WithMessage("found 2 runs that 'abcd' may mean (5: abcdef5, 6: abcdef6), expected more digits of one hash");
        _store.Forget("abcdef6").Left.Should().Be(11);
    }

    [Theory]
    [InlineData("UPDATE run SET document = replace(document, '\"value\":4', '\"value\":5') WHERE id = 4")]
    [InlineData("UPDATE run SET hash = 'lost' WHERE id = 4")]
    [InlineData("UPDATE run SET document = x'00ff' WHERE id = 4")]
    [InlineData("UPDATE run SET document = '' WHERE id = 4")]
    public void A_damaged_run_is_named_by_every_reading_and_can_be_forgotten(string damage)
    {
        var whole = _store.Export();
        Alter(damage);
        foreach (var read in new Action[] { () => _store.Export(), () => _store.ReadSeries(), () => _store.NewestNight(), () => _store.RunsOf("0"), () => _store.Runs() })
        {
            read.Should().Throw<StoreException>().WithMessage(
                $"{_folder.Store}: run 4: found *, expected *: 'harness perf forget 4' removes it; or move the store away, and 'harness perf import' an export into a new one");
        }

        _store.Forget("4").Removed.Should().Be("run 4 (damaged)");
        _store.Export().Should().Equal(whole.Where((_, i) => i != 3));
    }

    [Fact]
    public void A_hash_of_other_results_is_named_with_both()
    {
        Alter("UPDATE run SET document = replace(document, '\"value\":4', '\"value\":5') WHERE id = 4");
        var line = PerfLine.Write(Runs.Night(3, Runs.Time(4)));
        _store.Invoking(store => store.Export()).Should().Throw<StoreException>().WithMessage(
            $"*run 4: found results of hash {PerfLine.Hash(line.Replace("\"value\":4", "\"value\":5", StringComparison.Ordinal))}, expected {PerfLine.Hash(line)}, with which*");
        _store.Invoking(store => store.Record(Runs.Night(3, Runs.Time(4)))).Should().Throw<StoreException>("it is not there already")
            .WithMessage("*run 4: found other results than were recorded with hash *'harness perf forget 4' removes it*");
    }

    private void Alter(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Store};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery().Should().BePositive();
    }
}
