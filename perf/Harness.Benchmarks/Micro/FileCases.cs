using Harness.Conformance.Safetensors;

namespace Harness.Benchmarks.Micro;

/// <summary>Writing and reading tensors as the protocol hands them over: one of [512,512] and one of [2048,2048].</summary>
internal static class FileCases
{
    private static readonly int[] Sizes = [512, 2048];

    public static IEnumerable<MicroCase> All => Sizes.SelectMany(size => new[] { Write(size), Read(size) });

    private static MicroCase Write(int size) => new("safetensors.write", $"{size}", "f32", () =>
    {
        var (path, tensors) = Stored(size);
        return () =>
        {
            SafetensorsFile.Write(path, tensors);
            return path;
        };
    });

    private static MicroCase Read(int size) => new("safetensors.read", $"{size}", "f32", () =>
    {
        var (path, tensors) = Stored(size);
        SafetensorsFile.Write(path, tensors);
        return () => SafetensorsFile.Read(path)["M"].ToDoubles();
    });

    private static (string Path, StoredTensor[] Tensors) Stored(int size)
    {
        var values = SquareMatrix.Random<double>(size, seed: 1);
        return (Path.Combine(MicroRun.Scratch, $"{size}.safetensors"), [StoredTensor.FromDoubles("M", "F32", [size, size], values)]);
    }
}
