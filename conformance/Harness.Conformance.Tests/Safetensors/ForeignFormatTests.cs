using System.Text;
using Harness.Conformance.Safetensors;

namespace Harness.Conformance.Tests.Safetensors;

/// <summary>What stands where a safetensors file belongs is called by its name.</summary>
public sealed class ForeignFormatTests
{
    private const string Npy = "safetensors.numpy.save_file writes one";

    // Bytes as Latin-1, and what the reader says of them.
    private static readonly Dictionary<string, (string Bytes, string Reason)> Files = new()
    {
        ["Git LFS pointer"] = ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 72\n", "is a Git LFS pointer; expected a safetensors file ('git lfs pull' fetches the file)"),
        ["git-annex pointer"] = ("/annex/objects/SHA256E-s72--4d7a\n", "is a git-annex pointer; expected a safetensors file ('git annex get' fetches the file)"),
        ["HTML"] = ("<!DOCTYPE html><html><body>404</body></html>", "is a web page (HTML); expected a safetensors file (did a download fail?)"),
        ["HTML after a byte order mark"] = ("\u00ef\u00bb\u00bf\r\n<HTML lang=\"en\">", "is a web page (HTML); expected a safetensors file (did a download fail?)"),
        ["XML"] = ("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "is XML text; expected a safetensors file (did a download fail?)"),
        ["JSON"] = ("{\"g_in\": [0.5, 0.73]}", "is JSON text; expected a safetensors file"),
        ["JSON list"] = ("[[0.5, 0.73], [1, 2]]", "is JSON text; expected a safetensors file"),
        ["text"] = ("0.5 0.73105857863000487\n", "is text that begins with \"0.5 0.73105857863000487\"; expected a safetensors file"),
        ["npy"] = ("\u0093NUMPY\u0001\0v\0{'descr': '<f4'}", $"is a NumPy array (.npy); expected a safetensors file ({Npy})"),
        ["npz"] = (Zip("g_in.npy"), $"is a NumPy archive (.npz); expected a safetensors file ({Npy})"),
        ["torch.save"] = (Zip("archive/data.pkl"), "is a PyTorch archive (torch.save); expected a safetensors file (safetensors.torch.save_file writes one)"),
        ["zip"] = (Zip("README"), "is a zip archive; expected a safetensors file (torch.save and numpy.savez write those)"),
        ["cut zip"] = ("PK\u0003\u0004\u0014\0\0\0\0\0", "is a zip archive; expected a safetensors file (torch.save and numpy.savez write those)"),
        ["pickle"] = ("\u0080\u0004\u0095\u0017\0\0\0\0\0\0\0}\u0094", "is a Python pickle; expected a safetensors file (torch.save and pickle.dump write those, safetensors.torch.save_file a safetensors file)"),
        ["gzip without a time"] = ("\u001f\u008b\u0008\0\0\0\0\0\u0002\u00ff\u00ab", "is compressed (gzip); expected a safetensors file (unpack it)"),
        ["zstd"] = ("\u0028\u00b5\u002f\u00fd\u0024\u000b\u0059\0\0", "is compressed (zstd); expected a safetensors file (unpack it)"),
        ["GGUF"] = ("GGUF\u0003\0\0\0\u0001\0\0\0", "is a GGUF model; expected a safetensors file"),
        ["HDF5"] = ("\u0089HDF\r\n\u001a\n\0\0\0\0", "is an HDF5 file; expected a safetensors file"),
        ["ONNX"] = ("\u0008\u0008\u0012\u0007pytorch\u001a", "is an ONNX model; expected a safetensors file"),
        ["TensorFlow Lite"] = ("\u001c\0\0\0TFL3\u0014\0", "is a TensorFlow Lite model; expected a safetensors file"),
        ["program"] = ("\u007f\u0045LF\u0002\u0001\u0001\0\0", "is a program or library (ELF); expected a safetensors file"),
        ["tar"] = ("g_in.bin" + new string('\0', 249) + "ustar", "is a tar archive; expected a safetensors file (unpack it)"),
        ["header's length in big-endian order"] = ("\0\0\0\0\0\0\0\u0002{}", "has its header's length in big-endian order; expected little-endian"),
        ["header's length in 4 bytes"] = ("\u0007\0\0\0{\"a\":1}", "has its header's length in 4 bytes; expected 8"),
        ["header without its length"] = ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}\0\0\0\0", "begins with its header; expected the header's length, in 8 bytes, before it"),
    };

    public static TheoryData<string> Names => [.. Files.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_of_another_format_is_called_by_its_name(string name)
    {
        var (bytes, reason) = Files[name];

        Action read = () => SafetensorsFile.Read(Encoding.Latin1.GetBytes(bytes), "x.safetensors");

        read.Should().Throw<SafetensorsException>().Which.Message.Should().Be($"x.safetensors: {reason}");
    }

    [Fact]
    public void A_file_of_another_format_is_named_however_large_it_is()
    {
        var file = new byte[1000];
        Encoding.Latin1.GetBytes("GGUF\u0003\0\0\0", file);

        Action read = () => SafetensorsFile.Read(file, "x", new SafetensorsLimits { MaxFileBytes = 100 });

        read.Should().Throw<SafetensorsException>().WithMessage("x: is a GGUF model*");
    }

    // 0x0280 and 0x088b1f: the marks of a pickle and of gzip, as the lengths of headers.
    [Theory]
    [InlineData(0x0280)]
    [InlineData(0x088b1f)]
    public void A_header_s_length_that_looks_like_a_mark_is_none(int length)
    {
        var header = "{}".PadRight(length);

        SafetensorsFile.Read(RawFile.Of(header), "x").Should().BeEmpty();
    }

    // A local header: its signature, 22 bytes, the length of the name, that of an extra field, and the name.
    private static string Zip(string name) => $"PK\u0003\u0004{new string('\0', 22)}{(char)name.Length}\0\0\0{name}";
}
