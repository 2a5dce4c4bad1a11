using Harness.Conformance.Implementations;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Cli;

/// <summary>Each command says of each file of another what it is and who takes it.</summary>
public sealed class FileKindTests : IClassFixture<FileKindTests.Files>
{
    private const string Results = "results of 'harness verify'";
    private const string Perf = "results of 'harness perf'";
    private const string Export = "an export of 'harness perf export'";
    private const string Journal = "the journal of an interrupted 'harness verify --json PATH'";
    private const string Gate = "verdicts of 'harness perf gate' or 'harness perf compare'";
    private const string Report = "the report.json of 'harness report'";
    private const string Inputs = "the manifest of 'harness export-inputs'";
    private const string Golden = "the manifest of golden cases";
    private const string Case = "a golden case";
    private const string Store = "a store of 'harness perf record'";
    private const string Sizes = "sizes for 'harness perf'";

    private static readonly (string Taken, string[] Files, string[] Command)[] Commands =
    [
        (Results, ["results", "shard"], ["merge", "FILE"]),
        (Results, ["results", "shard"], ["explain", "lm2.gate.input/typical", "--results", "FILE"]),
        (Perf, ["perf"], ["perf", "record", "FILE", "--store", "STORE"]),
        (Perf, ["perf"], ["perf", "gate", "FILE", "--store", "STORE"]),
        (Perf, ["perf"], ["perf", "gate", "PERF", "--baseline", "FILE"]),
        (Export, ["export"], ["perf", "import", "FILE", "--store", "NEW"]),
        (Store, ["store"], ["perf", "history", "--store", "FILE"]),
        (Store, ["store"], ["perf", "record", "PERF", "--store", "FILE"]),
        (Sizes, ["sizes"], ["perf", "complexity", "--config", "FILE"]),
        ($"{Results} or 'harness perf'", ["results", "shard", "perf"], ["report", "FILE", "--out", "NEW"]),
        ($"{Results} or 'harness perf'", ["results", "shard", "perf"], ["report", "--compare", "FILE", "FILE"]),
    ];

    private static readonly (string File, string Name, string Remedy)[] Kinds =
    [
        ("results", Results, "'harness report', 'harness merge' and 'harness explain --results' read them"),
        ("shard", Results, "'harness report', 'harness merge' and 'harness explain --results' read them"),
        ("perf", Perf, "'harness report', 'harness perf record' and 'harness perf gate' read them"),
        ("export", Export, "'harness perf import' reads it"),
        ("journal", Journal, "the same command with --resume goes on from it"),
        ("gate", Gate, "no command reads them: take the results that were judged"),
        ("report", Report, "no command reads it: take the results that it was made from"),
        ("inputs", Inputs, "'harness verify --outputs FOLDER' reads the outputs beside it"),
        ("golden", Golden, "'harness verify --fixtures FOLDER' reads its folder"),
        ("case", Case, "'harness explain EQUATION/CASE' shows it"),
        ("store", Store, "--store PATH names it, and 'harness perf export' writes what it holds"),
        ("sizes", Sizes, "--config FILE names them"),
    ];

    private readonly Files _files;

    public FileKindTests(Files files) => _files = files;

    public static TheoryData<int, string> Pairs()
    {
        var pairs = new TheoryData<int, string>();
        foreach (var (number, (_, taken, _)) in Commands.Index())
        {
            foreach (var (file, _, _) in Kinds.Where(kind => !taken.Contains(kind.File)))
                pairs.Add(number, file);
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_file_of_another_kind_is_called_by_its_name(int command, string file)
    {
        var (expected, _, words) = Commands[command];
        var (_, name, remedy) = Kinds.Single(kind => kind.File == file);
        var before = File.ReadAllBytes(_files[file]);
        var (code, _, error) = CommandLine.Run([.. words.Select(word => word switch
        {
            "FILE" => _files[file],
            "PERF" => _files["perf"],
            "STORE" => _files["store"],
            "NEW" => _files["new"],
            _ => word,
        })]);
        code.Should().Be(expected == Store ? 3 : 2);
        error.Should().Contain($"{_files[file]}: found {name}, expected {expected}: {remedy}");
        error.TrimEnd('\n').Should().NotContain("\n");
        File.ReadAllBytes(_files[file]).Should().Equal(before);
        Path.Exists(_files["new"]).Should().BeFalse();
    }

    /// <summary>A file of each kind, as the harness itself writes it.</summary>
    public sealed class Files : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("kinds-").FullName;

        public Files()
        {
            string[] verify = ["verify", "--impl", "managed", "--case", "lm2.gate.input/typical", "--dtype", "f64,f32", "--json"];
            Run([.. verify, this["results"]]);
            Run([.. verify, this["shard"], "--shard", "1/2", "--seed", "1"]);
            Journal(this["journal"]);
            File.WriteAllText(this["sizes"], Small);
            Run(["perf", "complexity", "--config", this["sizes"], "--systems", "lm2", "--contexts", "8", "--json", this["perf"]]);
            Run(["perf", "complexity", "--config", this["sizes"], "--systems", "lm2", "--contexts", "16", "--json", this["more"]]);
            Run(["perf", "record", this["perf"], this["more"], "--store", this["store"]]);
            Run(["perf", "export", this["export"], "--store", this["store"]]);
            Run(["perf", "gate", this["perf"], "--baseline", this["perf"], "--json", this["gate"]]);
            Run(["report", this["results"], "--out", this["page"]]);
            File.Copy(Path.Combine(this["page"], "report.json"), this["report"]);
            Run(["export-inputs", this["exported"], "--case", "lm2.gate.input/typical"]);
            File.Copy(Path.Combine(this["exported"], "manifest.json"), this["inputs"]);
            File.Copy(Path.Combine(RepositoryFixtures.Folder, "manifest.json"), this["golden"]);
            File.Copy(Path.Combine(RepositoryFixtures.Folder, "lm2.gate.input", "typical.json"), this["case"]);
        }

        public string this[string name] => Path.Combine(_folder, name);

        public void Dispose() => Directory.Delete(_folder, recursive: true);

        private const string Small = """
            {
              "name": "eight", "source": "a test", "batch": 1, "segment": 8, "width": 8, "heads": 2, "kv_heads": 2, "feed_forward": 8,
              "lm2": { "slots": 8, "heads": 2 },
              "infinity_former": { "functions": 8, "widths": [0.1], "ridge": 1, "tau": 0.5, "samples": 8, "bins": 4, "variance_floor": 0.01 },
              "cache": 8, "compressive": { "length": 8, "rate": 4 }, "memory_tokens": 2
            }
            """;

        private static void Journal(string path)
        {
            var settings = RunSettings.Of(new VerifyOptions(), RepositoryFixtures.Set);
            var identity = ImplementationIdentity.Of("managed", new ImplementationDetails("managed", null, null, null, null));
            Harness.Conformance.Results.Journal.Start(path, settings, [identity]).Dispose();
            File.Move(Harness.Conformance.Results.Journal.PathFor(path), path);
        }

        private static void Run(string[] args)
        {
            var (code, _, error) = CommandLine.Run(args);
            (code is 0 or 5).Should().BeTrue($"{string.Join(' ', args)}: {error}");
        }
    }
}
