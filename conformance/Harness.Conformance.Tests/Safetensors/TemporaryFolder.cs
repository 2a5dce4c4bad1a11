namespace Harness.Conformance.Tests.Safetensors;

internal sealed class TemporaryFolder : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("safetensors-").FullName;

    public string this[string name] => Path.Combine(path, name);

    public IEnumerable<string?> Files => Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName);

    public void Dispose() => Directory.Delete(path, recursive: true);
}
