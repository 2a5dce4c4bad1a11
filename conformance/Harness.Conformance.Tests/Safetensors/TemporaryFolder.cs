namespace Harness.Conformance.Tests.Safetensors;

internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("safetensors-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public IEnumerable<string?> Files => Directory.EnumerateFileSystemEntries(_path).Select(Path.GetFileName);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
