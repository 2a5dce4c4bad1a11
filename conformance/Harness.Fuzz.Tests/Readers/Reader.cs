using Harness.Cli.Terminals;
using Harness.Conformance.Tests;
using Harness.Fuzz.Tests.Judging;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>One kind of file that the harness reads, with good ones of it in a folder of its own.</summary>
/// <param name="name">As it is called on the command line.</param>
internal abstract class Reader(string name) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Every reader by its name; what opens it is handed the name.</summary>
    public static IReadOnlyDictionary<string, Func<string, Reader>> All { get; } = new Dictionary<string, Func<string, Reader>>
    {
        ["results"] = called => new ResultsReader(called),
        ["shards"] = called => new ShardReader(called),
        ["journal"] = called => new JournalReader(called),
        ["perf"] = called => new PerfReader(called),
        ["lines"] = called => new PerfLinesReader(called),
        ["store"] = called => new StoreReader(called),
        ["cases"] = called => new CaseReader(called),
        ["tensors"] = called => new TensorReader(called),
        ["manifest"] = called => new ManifestReader(called),
        ["outputs"] = called => new OutputsReader(called),
        ["configuration"] = called => new ConfigurationReader(called),
        ["answers"] = called => new AnswerReader(called),
    };

    /// <summary>As it is called on the command line.</summary>
    public string Name => name;

    /// <summary>The last input.</summary>
    public byte[] Input { get; protected set; } = [];

    /// <summary>Told of every answer.</summary>
    public Action<Answer>? Said { get; set; }

    /// <summary>A path in the reader's folder.</summary>
    public string this[string file] => Path.Combine(_folder, file);

    /// <summary>Damages an input and has it read.</summary>
    /// <param name="random">Which input, and how it is damaged.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="FindingException">The answer is none that may be.</exception>
    public abstract int Try(Random random);

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Puts a damaged input where it is read.</summary>
    protected void Write(string path, byte[] input) => File.WriteAllBytes(path, Input = input);

    /// <summary>Runs a command.</summary>
    protected Answer Run(params string[] args) => Note(Answer.To(args));

    /// <summary>Runs what a command consists of.</summary>
    protected Answer Run(string command, Func<Terminal, int> run) => Note(Answer.To(command, run));

    private Answer Note(Answer answer)
    {
        Said?.Invoke(answer);
        return answer;
    }
}
