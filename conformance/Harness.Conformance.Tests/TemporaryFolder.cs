namespace Harness.Conformance.Tests;

/// <summary>A folder of a test's own, gone with the test. Where a path is expected, it is its path.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public IEnumerable<string?> Files => Directory.EnumerateFileSystemEntries(_path).Select(Path.GetFileName);

    public static implicit operator string(TemporaryFolder folder) => folder._path;

    public override string ToString() => _path;

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
