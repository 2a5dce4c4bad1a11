using Harness.Cli;
using Harness.Cli.Terminals;
using Harness.Perf.History;
using Harness.Perf.Results;
using Microsoft.Data.Sqlite;

namespace Harness.Perf.Tests.History;

/// <summary>Whatever happens to the file of a store: what is read from it is what was recorded, or nothing is.</summary>
public sealed class CorruptionTests : IDisposable
{
    private const int Pages = 512;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2000, 1)]
    public void A_corrupted_store_is_refused_or_exported_as_it_was(int corruptions, int seed)
    {
        var whole = Create();
        var bytes = File.ReadAllBytes(_folder.Store);
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < corruptions; i++)
        {
            var damaged = Corrupt(random, bytes);
            File.WriteAllBytes(_folder.Store, damaged);
            foreach (var trace in new[] { "-wal", "-shm", "-journal" })
                File.Delete(_folder.Store + trace);
            try
            {
                using var store = HistoryStore.Open(_folder.Store);
                store.Export().Should().Equal(whole, $"corruption {i} of seed {seed}");
                store.ReadSeries().Sum(series => series.Nights.Count).Should().Be(24, $"corruption {i} of seed {seed}");
            }
            catch (StoreException)
            {
                refused++;
            }
        }

        refused.Should().BeInRange(corruptions / 2, corruptions - 1);
    }

    // Two of each kind, as a person would meet them; all of it is in words.
    [Theory]
    [InlineData("UPDATE run SET document = replace(document, '\"value\":3', '\"value\":30') WHERE id = 3")]
    [InlineData("UPDATE run SET document = NULL WHERE id = 3")]
    [InlineData("UPDATE run SET document = 'null', hash = '74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b' WHERE id = 3")]
    [InlineData("UPDATE run SET document = '7' WHERE id = 3")]
    [InlineData("UPDATE run SET document = x'' WHERE id = 3")]
    [InlineData("UPDATE run SET hash = upper(hash)")]
    [InlineData("UPDATE run SET hash = 12 WHERE id = 3")]
    [InlineData("ALTER TABLE run DROP COLUMN document")]
    [InlineData("DROP TABLE run")]
    [InlineData("PRAGMA user_version = 1")]
    [InlineData("PRAGMA user_version = 2")]
    [InlineData("PRAGMA user_version = -1")]
    [InlineData("PRAGMA user_version = 0")]
    public void An_edited_store_is_exit_code_3_or_what_it_was(string sql)
    {
        var whole = Create();
        Alter("PRAGMA writable_schema = ON; " + sql.Replace("document = NULL", "document = x'00'", StringComparison.Ordinal));
        foreach (var command in new string[][] { ["export", "-"], ["history"], ["history", "--runs"], ["gate"], ["gate", "--baseline", "0000"], ["record", Write(Runs.Night(50, Runs.Time(1)))] })
        {
            var (code, output, error) = Run([.. command, "--store", _folder.Store]);
            if (code == 3)
                error.Should().StartWith($"harness: {_folder.Store}: ").And.NotContain("   at ").And.HaveLength(error.TrimEnd().Length + 1);
            else if (command[0] == "export")
                output.Should().Be(string.Concat(whole.Select(line => line + "\n")));
        }
    }

    [Fact]
    public void A_store_that_was_cut_off_at_its_beginning_is_not_an_empty_one()
    {
        Create();
        File.WriteAllBytes(_folder.Store, []);
        foreach (var command in new string[][] { ["export", "-"], ["history"], ["gate"], ["forget", "1"] })
        {
            Run([.. command, "--store", _folder.Store]).Should().Be(
                (3, "", $"harness: {_folder.Store}: found an empty file, expected a store: move it away, and 'harness perf import' a copy or an export into a new one\n"));
        }
    }

    [Fact]
    public void A_name_that_means_something_else_to_SQLite_is_a_file()
    {
        const string Name = ":memory:";
        try
        {
            using (var store = HistoryStore.OpenOrCreate(Name))
                store.Record(Runs.Night(0, Runs.Time(1)));
            using var again = HistoryStore.Open(Name);
            again.Export().Should().ContainSingle();
        }
        finally
        {
            File.Delete(Name);
        }
    }

    private IReadOnlyList<string> Create()
    {
        using (var connection = new SqliteConnection($"Data Source={_folder.Store};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA page_size = {Pages}";
            command.ExecuteNonQuery();
        }

        using var store = _folder.Open();
        store.Record([.. Enumerable.Range(0, 12).Select(night => Runs.Night(night, Runs.Time(night + 1, samples: [.. Enumerable.Range(1, 19).Select(i => (night + 1) * i / 10.0)]), Runs.Exact("4096")))]);
        return store.Export();
    }

    private static byte[] Corrupt(Random random, byte[] bytes)
    {
        var damaged = (byte[])bytes.Clone();
        int Page() => random.Next(bytes.Length / Pages);
        switch (random.Next(6))
        {
            case 0:
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                for (var i = random.Next(1, 30); i > 0; i--)
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                break;
            case 2:
                return damaged[..random.Next(damaged.Length)];
            case 3:
                damaged.AsSpan(Page() * Pages, Pages).Clear();
                break;
            case 4:
                var (one, other) = (Page(), Page());
                bytes.AsSpan(one * Pages, Pages).CopyTo(damaged.AsSpan(other * Pages));
                bytes.AsSpan(other * Pages, Pages).CopyTo(damaged.AsSpan(one * Pages));
                break;
            default:
                // The header and the schema, where every byte means something.
                damaged[random.Next(Pages)] = (byte)random.Next(256);
                break;
        }

        return damaged;
    }

    private string Write(PerfFile file)
    {
        PerfJson.Write(file, _folder["run.json"]);
        return _folder["run.json"];
    }

    private void Alter(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Store};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(["perf", .. args], new Terminal(output, error, isInteractive: false));
        return (code, output.ToString(), error.ToString());
    }
}
