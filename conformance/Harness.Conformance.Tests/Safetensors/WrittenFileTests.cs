using System.Text;
using Harness.Conformance.Safetensors;

namespace Harness.Conformance.Tests.Safetensors;

public sealed class WrittenFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Assembled by hand from the format's description, bytes of the values included.</summary>
    [Fact]
    public void File_has_the_bytes_the_format_prescribes()
    {
        // 210 bytes, padded with 6 spaces to 216 = 0xD8.
        byte[] expected =
        [
            0xD8, 0, 0, 0, 0, 0, 0, 0,
            .. """{"__metadata__":{"case":"tiny","éq":"a<b"}"""u8,
            .. ""","w":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}"""u8,
            .. ""","s":{"dtype":"BF16","shape":[],"data_offsets":[16,18]}"""u8,
            .. ""","0":{"dtype":"F32","shape":[3,0],"data_offsets":[18,18]}}"""u8,
            .. "      "u8,
            0, 0, 0, 0, 0, 0, 0xF0, 0x3F, // 1
            0, 0, 0, 0, 0, 0, 0x04, 0xC0, // −2.5
            0x49, 0x40, // π = 3.140625 in bfloat16
        ];

        string path = _folder["golden.safetensors"];
        SafetensorsFile.Write(
            path,
            [
                StoredTensor.FromDoubles("w", "F64", [2], [1, -2.5]),
                StoredTensor.FromDoubles("s", "BF16", [], [Math.PI]),
                StoredTensor.FromDoubles("0", "F32", [3, 0], []),
            ],
            new Dictionary<string, string> { ["éq"] = "a<b", ["case"] = "tiny" });

        Encoding.Latin1.GetString(File.ReadAllBytes(path)).Should().Be(Encoding.Latin1.GetString(expected));
        SafetensorsFile file = SafetensorsFile.Read(expected, "golden");
        file.Keys.Should().Equal("w", "s", "0");
        file.Metadata.Should().Equal(new Dictionary<string, string> { ["case"] = "tiny", ["éq"] = "a<b" });
        file["w"].ToDoubles().Should().Equal(1, -2.5);
        file["s"].ToDoubles().Should().Equal(3.140625);
        file["s"].Shape.Should().BeEmpty();
        file["0"].Shape.Should().Equal(3, 0);
        file["0"].ToDoubles().Should().BeEmpty();
    }

    /// <summary>Other writers order entries and their fields as they like, and pad with what JSON allows.</summary>
    [Fact]
    public void Header_may_list_tensors_in_another_order_than_their_data()
    {
        byte[] header =
        [
            .. """{"b":{"data_offsets":[4,6],"shape":[2],"dtype":"U8"}"""u8,
            .. """,  "e":{"dtype":"F64","shape":[0],"data_offsets":[4,4]}"""u8,
            .. """,  "a":{"shape":[1,4],"dtype":"I8","data_offsets":[0,4]}}"""u8,
            .. "\n  "u8,
        ];

        SafetensorsFile file = SafetensorsFile.Read(RawFile.Of(header, [1, 2, 3, 4, 5, 6]), "x");

        file.Keys.Should().Equal("b", "e", "a");
        file["a"].Bytes.ToArray().Should().Equal(1, 2, 3, 4);
        file["b"].Bytes.ToArray().Should().Equal(5, 6);
        file["e"].Bytes.Length.Should().Be(0);
    }

    [Fact]
    public void File_without_tensors_is_valid()
    {
        SafetensorsFile.Write(_folder["empty"], []);

        File.ReadAllBytes(_folder["empty"]).Should().Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8]);
        SafetensorsFile.Read(_folder["empty"]).Should().BeEmpty();
    }

    [Theory]
    [InlineData("F4", 4)]
    [InlineData("F6_E2M3", 6)]
    [InlineData("F6_E3M2", 6)]
    [InlineData("BOOL", 8)]
    [InlineData("U8", 8)]
    [InlineData("I8", 8)]
    [InlineData("F8_E5M2", 8)]
    [InlineData("F8_E4M3", 8)]
    [InlineData("F8_E8M0", 8)]
    [InlineData("F8_E4M3FNUZ", 8)]
    [InlineData("F8_E5M2FNUZ", 8)]
    [InlineData("I16", 16)]
    [InlineData("U16", 16)]
    [InlineData("F16", 16)]
    [InlineData("BF16", 16)]
    [InlineData("I32", 32)]
    [InlineData("U32", 32)]
    [InlineData("F32", 32)]
    [InlineData("I64", 64)]
    [InlineData("U64", 64)]
    [InlineData("F64", 64)]
    [InlineData("C64", 64)]
    public void Every_dtype_of_the_format_keeps_its_bytes(string dType, int bits)
    {
        byte[] bytes = new byte[3 * 4 * bits / 8];
        new Random(3).NextBytes(bytes);

        SafetensorsFile.Write(_folder["x"], [new StoredTensor("a", dType, [3, 4], bytes)]);

        StoredTensor back = SafetensorsFile.Read(_folder["x"])["a"];
        back.DType.Should().Be(dType);
        back.Shape.Should().Equal(3, 4);
        back.Bytes.ToArray().Should().Equal(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("lm2.bank.update/M_next")]
    [InlineData("quote \" backslash \\ tab \t nul \0")]
    [InlineData("μ² 𝔼[x] 記憶")]
    public void Any_text_is_a_name(string name)
    {
        SafetensorsFile.Write(_folder["x"], [StoredTensor.FromDoubles(name, "F32", [1], [4])]);

        SafetensorsFile.Read(_folder["x"])[name].ToDoubles().Should().Equal(4);
    }

    [Fact]
    public void Data_begin_at_a_multiple_of_8_bytes()
    {
        for (int length = 0; length < 9; length++)
        {
            SafetensorsFile.Write(_folder["x"], [StoredTensor.FromDoubles(new string('n', length), "F64", [1], [7])]);

            byte[] bytes = File.ReadAllBytes(_folder["x"]);
            (bytes.Length % 8).Should().Be(0);
            BitConverter.ToDouble(bytes, bytes.Length - 8).Should().Be(7);
        }
    }

    [Fact]
    public void Writing_twice_gives_the_same_bytes_and_replaces_the_file()
    {
        StoredTensor[] tensors = [StoredTensor.FromDoubles("a", "F16", [3], [1, 2, 3])];
        File.WriteAllText(_folder["x"], new string('x', 10_000));

        SafetensorsFile.Write(_folder["x"], tensors, new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" });
        SafetensorsFile.Write(_folder["y"], tensors, new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" });

        File.ReadAllBytes(_folder["x"]).Should().Equal(File.ReadAllBytes(_folder["y"]));
        _folder.Files.Should().BeEquivalentTo("x", "y");
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "__metadata__")]
    public void Names_that_clash_are_not_written(string first, string second)
    {
        StoredTensor[] tensors = [.. new[] { first, second }.Select(name => StoredTensor.FromDoubles(name, "F64", [], [1]))];

        Action write = () => SafetensorsFile.Write(_folder["x"], tensors);

        write.Should().Throw<SafetensorsException>().Which.Reason.Should().Be(
            "the name is taken; expected distinct names other than __metadata__");
        _folder.Files.Should().BeEmpty();
    }

    [Fact]
    public void Text_with_half_a_surrogate_pair_is_not_written()
    {
        Action name = () => SafetensorsFile.Write(_folder["x"], [StoredTensor.FromDoubles("a\ud800", "F64", [], [1])]);
        Action key = () => SafetensorsFile.Write(_folder["x"], [], new Dictionary<string, string> { ["\udc00"] = "" });
        Action value = () => SafetensorsFile.Write(_folder["x"], [], new Dictionary<string, string> { [""] = "\ud800a" });

        name.Should().Throw<SafetensorsException>().Which.Reason.Should().Be(
            """
            "a\ud800" has an unpaired surrogate; expected Unicode text
            """);
        key.Should().Throw<SafetensorsException>().WithMessage("*\\udc00*");
        value.Should().Throw<SafetensorsException>().WithMessage("*\\ud800a*");
        _folder.Files.Should().BeEmpty();
    }

    [Fact]
    public void Header_over_the_formats_limit_is_not_written()
    {
        string megabyte = new('t', 1_000_000);
        var metadata = Enumerable.Range(100, 100).ToDictionary(i => $"{i}", _ => megabyte);

        Action write = () => SafetensorsFile.Write(_folder["x"], [], metadata);

        write.Should().Throw<SafetensorsException>().Which.Reason.Should().Be(
            "header would have 100000920 bytes; expected at most 100000000");
        _folder.Files.Should().BeEmpty();
    }

    [Fact]
    public void Tensor_that_is_not_one_cannot_be_made()
    {
        Action count = () => StoredTensor.FromDoubles("a", "F64", [2, 3], new double[5]);
        Action dType = () => StoredTensor.FromDoubles("a", "I64", [], [1]);
        Action negative = () => _ = new StoredTensor("a", "U8", [-1, -1], new byte[1]);
        Action rank = () => _ = new StoredTensor("a", "U8", [.. Enumerable.Repeat(1, 65)], new byte[1]);

        count.Should().Throw<ArgumentException>()
            .WithMessage("tensor \"a\": data has 40 bytes; expected 48 for F64 of shape [2, 3]");
        dType.Should().Throw<ArgumentException>().WithMessage("tensor \"a\": dtype is \"I64\"; expected F64, F32, F16 or BF16");
        negative.Should().Throw<ArgumentException>()
            .WithMessage("*shape [-1, -1] has a negative extent; expected whole numbers from 0");
        rank.Should().Throw<ArgumentException>().WithMessage("*shape has 65 extents; expected at most 64");
    }
}
