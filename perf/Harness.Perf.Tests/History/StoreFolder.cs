using Harness.Perf.History;

namespace Harness.Perf.Tests.History;

/// <summary>A folder of its own for a store.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("harness-perf-").FullName;

    public string Store => this["perf.db"];

    public string this[string name] => Path.Combine(_path, name);

    public IEnumerable<string?> Files => Directory.EnumerateFileSystemEntries(_path).Select(Path.GetFileName);

    public HistoryStore Open() => HistoryStore.OpenOrCreate(Store);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
