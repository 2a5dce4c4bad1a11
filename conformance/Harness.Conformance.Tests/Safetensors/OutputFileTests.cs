using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Conformance.Safetensors;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Safetensors;

/// <summary>Outputs as programs write them: what is there besides, and what is there instead.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Other_tensors_are_ignored_up_to_16_MiB()
    {
        Write(("debug", 3 << 20));
        Read().Keys.Should().Equal("g_in");

        Write(("debug", 5 << 20));
        Refusal().Should().MatchRegex(
            "^output: .*: file has 2097[0-9]{4} bytes; expected at most 16777232: 16 for the outputs, and 16777216 for the header and other tensors$");
    }

    [Fact]
    public void What_is_there_instead_is_named_without_its_values()
    {
        SafetensorsFile.Write(_folder["x"], [StoredTensor.FromDoubles("model.g_in", "F32", [2], [1, 2]), new StoredTensor("steps", "I64", [0], default)]);

        var found = Read();

        found.Keys.Should().BeEquivalentTo("model.g_in", "steps");
        found["model.g_in"].Values.Should().BeEmpty();
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Values_without_a_header_are_asked_about(int bytes)
    {
        // Numbers around −1.7e38, which are no text.
        File.WriteAllBytes(_folder["x"], [.. Enumerable.Repeat((byte)0xfe, bytes)]);

        Refusal().Should().EndWith(" (it is as long as the values alone: was the header left out?)");
    }

    private void Write(params (string Name, int Floats)[] others) => SafetensorsFile.Write(
        _folder["x"],
        [StoredTensor.FromDoubles("g_in", "F32", [2], [1, 2]), .. others.Select(other => new StoredTensor(other.Name, "F32", [other.Floats], new byte[4 * other.Floats]))]);

    private Dictionary<string, TensorData> Read() =>
        TensorFiles.ReadOutputs(_folder["x"], FloatFormat.Float32, new Dictionary<string, Shape> { ["g_in"] = [2] });

    private string Refusal()
    {
        Action read = () => Read();
        return read.Should().Throw<AdapterException>().Which.Message;
    }
}
