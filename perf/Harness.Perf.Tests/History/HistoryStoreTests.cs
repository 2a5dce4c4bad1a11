using Harness.Perf.History;
using Harness.Perf.Results;
using Microsoft.Data.Sqlite;

namespace Harness.Perf.Tests.History;

/// <summary>What is recorded stays, once, whole, whoever else writes and whatever ends.</summary>
public sealed class HistoryStoreTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nights_come_back_in_order_however_they_were_recorded()
    {
        using (var store = _folder.Open())
            store.Record(Runs.Night(2, Runs.Time(3)), Runs.Night(0, Runs.Time(1)), Runs.Night(1, Runs.Time(2))).Should().Be(3);
        using var again = HistoryStore.Open(_folder.Store);
        var series = again.ReadSeries().Should().ContainSingle().Subject;
        series.Key.Should().Be(Runs.Key());
        series.Machine.Should().Be(Runs.Machine);
        series.Nights.Select(night => night.Value).Should().Equal(1, 2, 3);
        series.Nights[1].Should().Be(new SeriesNight(Runs.FirstNight.AddDays(1), Runs.Night(1).Commit, 2, 1.98, 2.02, null, Runs.Machine));
    }

    [Fact]
    public void A_run_that_is_there_already_is_recognised_by_its_content()
    {
        using var store = _folder.Open();
        store.Record(Runs.Night(0, Runs.Time(1))).Should().Be(1);
        store.Record(Runs.Night(0, Runs.Time(1)), Runs.Night(1, Runs.Time(1))).Should().Be(1);
        store.ReadSeries().Single().Nights.Should().HaveCount(2);
    }

    [Fact]
    public void Runs_between_two_noons_of_one_commit_are_one_night()
    {
        var late = Runs.Night(0, Runs.Time(4));
        var morning = late with { Created = new DateTimeOffset(2026, 1, 1, 11, 59, 59, TimeSpan.Zero), Figures = [Runs.Time(6)] };
        var noon = late with { Created = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero), Figures = [Runs.Time(7)] };
        using var store = _folder.Open();
        store.Record(late, morning, noon);
        store.ReadSeries().Single().Nights.Select(night => night.Value).Should().Equal(5, 7);
        store.NewestNight().Should().ContainSingle().Which.Created.Should().Be(noon.Created);
    }

    [Fact]
    public void Machines_have_series_of_their_own()
    {
        using var store = _folder.Open();
        store.Record(Runs.Night(0, Runs.Time(1)), Runs.Night(1, Runs.Time(9)) with { Machine = Runs.Machine with { Fingerprint = "other" } });
        store.ReadSeries().Select(series => series.Machine.Fingerprint).Should().Equal("0123456789ab", "other");
    }

    [Fact]
    public void A_figure_that_is_there_twice_is_refused_and_nothing_is_recorded()
    {
        using var store = _folder.Open();
        var record = () => store.Record(Runs.Night(0, Runs.Time(1)), Runs.Night(1, Runs.Time(1), Runs.Time(2)));
        record.Should().Throw<FormatException>().WithMessage("found the figure {*\"metric\":\"segment_time\"*} twice in one run, expected once");
        store.Export().Should().BeEmpty();
    }

    [Fact]
    public void Two_writers_wait_for_each_other_and_lose_nothing()
    {
        const int Each = 20;
        using var start = new Barrier(2);
        var writers = Enumerable.Range(0, 2).Select(writer => new Thread(() =>
        {
            start.SignalAndWait();
            for (var i = 0; i < Each; i++)
            {
                using var store = _folder.Open();
                store.Record(Runs.Night(writer * Each + i, Runs.Time(1)));
            }
        })).ToArray();
        foreach (var writer in writers)
            writer.Start();
        foreach (var writer in writers)
            writer.Join();
        using var all = HistoryStore.Open(_folder.Store);
        all.Export().Should().HaveCount(2 * Each);
    }

    // With almost no cache a transaction writes into the database before it ends. These files, copied then, are what a kill leaves.
    [Fact]
    public void What_a_kill_leaves_is_rolled_back_by_the_next_reader()
    {
        using (var store = _folder.Open())
            store.Record(Enumerable.Range(0, 40).Select(night => Runs.Night(night, Runs.Time(night + 1))).ToArray());
        string[] expected;
        using (var store = HistoryStore.Open(_folder.Store))
            expected = [.. store.Export()];

        var killed = Directory.CreateDirectory(_folder["killed"]).FullName;
        using (var connection = new SqliteConnection($"Data Source={_folder.Store};Pooling=False"))
        {
            connection.Open();
            Execute(connection, "PRAGMA cache_size = 1");
            Execute(connection, "BEGIN IMMEDIATE; UPDATE run SET document = 'half' || document");
            foreach (var file in new[] { "perf.db", "perf.db-journal" })
                File.Copy(_folder[file], Path.Combine(killed, file));
            Execute(connection, "ROLLBACK");
        }

        File.ReadAllBytes(Path.Combine(killed, "perf.db")).Should().NotEqual(File.ReadAllBytes(_folder.Store), "the transaction must have reached the file");
        using var survivor = HistoryStore.Open(Path.Combine(killed, "perf.db"));
        survivor.Export().Should().Equal(expected);
        survivor.ReadSeries().Single().Nights.Should().HaveCount(40);
    }

    [Fact]
    public void A_store_of_a_newer_schema_is_refused_by_name_and_version_and_left_alone()
    {
        _folder.Open().Dispose();
        Alter("PRAGMA user_version = 99");
        var before = File.ReadAllBytes(_folder.Store);
        FluentActions.Invoking(_folder.Open).Should().Throw<StoreException>()
            .WithMessage($"{_folder.Store}: found schema version 99, this harness knows 3 and older: *it was not changed");
        File.ReadAllBytes(_folder.Store).Should().Equal(before);
    }

    [Fact]
    public void Another_programs_database_is_refused_and_left_alone()
    {
        Alter("CREATE TABLE songs (name)");
        var before = File.ReadAllBytes(_folder.Store);
        FluentActions.Invoking(_folder.Open).Should().Throw<StoreException>().WithMessage("*found another program's database*it was not changed");
        File.ReadAllBytes(_folder.Store).Should().Equal(before);
    }

    public static TheoryData<string> Damages => ["not a database", "cut in half", "a page of noise"];

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_store_is_reported_and_never_overwritten(string damage)
    {
        using (var store = _folder.Open())
            store.Record(Enumerable.Range(0, 40).Select(night => Runs.Night(night, Runs.Time(1))).ToArray());
        var bytes = File.ReadAllBytes(_folder.Store);
        bytes.Length.Should().BeGreaterThan(4 * 4096);
        if (damage == "not a database")
            bytes = [.. "format: 1\nthis is text, and long enough to be looked at as a header of a hundred bytes, which it is not, at all, ever"u8];
        else if (damage == "cut in half")
            bytes = bytes[..(bytes.Length / 2)];
        else
            new Random(1).NextBytes(bytes.AsSpan(4096, 4096));
        File.WriteAllBytes(_folder.Store, bytes);
        FluentActions.Invoking(() => { using var store = _folder.Open(); store.Record(Runs.Night(50, Runs.Time(1))); }).Should().Throw<StoreException>()
            .WithMessage($"{_folder.Store}: the store is damaged (*); it was not changed. Move it away*");
        File.ReadAllBytes(_folder.Store).Should().Equal(bytes);
    }

    [Fact]
    public void A_store_that_is_not_there_is_not_created_for_a_reader()
    {
        FluentActions.Invoking(() => HistoryStore.Open(_folder.Store)).Should().Throw<StoreException>().WithMessage("*found no store, expected one: 'harness perf record*");
        _folder.Files.Should().BeEmpty();
    }

    [Fact]
    public void A_path_that_cannot_hold_a_store_is_named()
    {
        File.WriteAllText(_folder["file"], "");
        FluentActions.Invoking(() => HistoryStore.OpenOrCreate(_folder["file/perf.db"])).Should().Throw<StoreException>().WithMessage($"{_folder["file/perf.db"]}: *");
    }

    [Fact]
    public void The_default_is_at_the_root_of_the_repository_or_here()
    {
        var deep = Directory.CreateDirectory(_folder["repository/a/b"]).FullName;
        Directory.CreateDirectory(_folder["repository/.git"]);
        HistoryStore.DefaultPath(deep).Should().Be(_folder["repository/.harness/perf.db"]);
        HistoryStore.DefaultPath(_folder["elsewhere"]).Should().EndWith(".harness/perf.db");
    }

    [Fact]
    public void Exported_lines_read_back_to_the_same_lines()
    {
        var odd = Runs.Night(
            0,
            Runs.Time(1 / 3.0, samples: [5e-324, 1e100, 1 / 3.0, 1e-7, 123456789012345680]),
            Runs.Exact("123456789012345678901234567890", null),
            new FigureRecord(Runs.Key() with { Subject = "∞ \"quoted\" | 'pipe'\n", Dtype = null, Configuration = null, Axis = null, At = null }, "1", "higher", -0.0))
            with
        {
            Commit = null,
            Verdicts = [new VerdictRecord("scaling", "lm2", "managed", "cpu", null, null, "segment_time", "grows", "It <grows>.", 0.5, 0.25, 0.75)],
        };
        using var store = _folder.Open();
        store.Record(odd, Runs.Night(1, Runs.Time(2)));
        var lines = store.Export();
        using var copy = HistoryStore.OpenOrCreate(_folder["copy.db"]);
        copy.Record([.. lines.Reverse().Select(line => PerfJson.Parse(System.Text.Encoding.UTF8.GetBytes(line), "line"))]);
        copy.Export().Should().Equal(lines);
        PerfJson.Parse(System.Text.Encoding.UTF8.GetBytes(lines[0]), "line").Should().BeEquivalentTo(odd);
    }

    [Fact]
    public void Runs_of_a_commit_are_found_by_the_beginning_of_its_id()
    {
        using var store = _folder.Open();
        store.Record(Runs.Night(0xabc, Runs.Time(1)), Runs.Night(0xabd, Runs.Time(2)), Runs.Night(3, Runs.Time(3)) with { Commit = null });
        store.RunsOf($"{0xabd:x40}").Should().ContainSingle().Which.Figures.Single().Value.Should().Be(2);
        store.RunsOf($"{0xabd:x40}"[..39]).Should().HaveCount(2);
        store.RunsOf("%").Should().BeEmpty("a name is no pattern");
    }

    private void Alter(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Store};Pooling=False");
        connection.Open();
        Execute(connection, sql);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
