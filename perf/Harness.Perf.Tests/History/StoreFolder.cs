using Harness.Conformance.Tests;
using Harness.Perf.History;

namespace Harness.Perf.Tests.History;

/// <summary>A folder of its own for a store.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Store => this["perf.db"];

    public string this[string name] => _folder[name];

    public IEnumerable<string?> Files => _folder.Files;

    public HistoryStore Open() => HistoryStore.OpenOrCreate(Store);

    public void Dispose() => _folder.Dispose();
}
