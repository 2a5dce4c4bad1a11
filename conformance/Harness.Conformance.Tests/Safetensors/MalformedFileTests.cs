using System.Text;
using Harness.Conformance.Safetensors;

namespace Harness.Conformance.Tests.Safetensors;

/// <summary>Every way a file can be wrong, and what the reader says about it.</summary>
public class MalformedFileTests
{
    private const string WholeTensor = "expected dtype, shape and data_offsets";
    private const string Contiguous = "expected contiguous, non-overlapping data";

    [Theory]
    [InlineData(0, "was anything written?")]
    [InlineData(1, "is the file truncated?")]
    [InlineData(7, "is the file truncated?")]
    public void File_shorter_than_the_header_length_is_rejected(int length, string question) =>
        Reading(new byte[length]).Should().Be(
            $"x.safetensors: file has {length} bytes; expected at least 8, the header's length ({question})");

    [Fact]
    public void File_shorter_than_its_header_is_rejected() =>
        Reading(RawFile.Of("{}")[..^1]).Should().Be(
            "x.safetensors: header length is 2, but 1 bytes follow; expected the whole header (is the file truncated?)");

    [Fact]
    public void File_shorter_than_its_data_is_rejected() =>
        Reading(RawFile.Of("""{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}""", 15)).Should().Be(
            "x.safetensors: tensor \"a\": offsets 0..16 reach beyond the data, which has 15 bytes; "
            + "expected the whole tensor (is the file truncated?)");

    [Theory]
    [InlineData(100_000_001)]
    [InlineData(ulong.MaxValue)]
    public void Header_length_over_the_formats_limit_is_rejected(ulong length) =>
        Reading([.. RawFile.Length(length), .. "{}"u8]).Should().Be(
            $"x.safetensors: header length is {length}; expected at most 100000000");

    [Fact]
    public void Header_length_beyond_the_file_is_rejected() =>
        Reading([.. RawFile.Length(100_000_000), .. "{}"u8]).Should().Be(
            "x.safetensors: header length is 100000000, but 2 bytes follow; expected the whole header (is the file truncated?)");

    [Fact]
    public void Header_that_is_not_UTF8_is_rejected() =>
        Reading(RawFile.Of([(byte)'{', (byte)'"', 0xC3, (byte)'"', (byte)'}'], [])).Should().Be(
            "x.safetensors: header is not UTF-8; expected a JSON object in UTF-8");

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("[]", "begins with byte 0x5b")]
    [InlineData(" {}", "begins with byte 0x20")]
    [InlineData("\ufeff{}", "begins with byte 0xef")]
    public void Header_that_does_not_begin_an_object_is_rejected(string header, string found) =>
        Reading(RawFile.Of(header)).Should().Be(
            $"x.safetensors: header {found}; expected a JSON object, beginning with '{{'");

    [Theory]
    [InlineData("{", 1)]
    [InlineData("{}{}", 2)]
    [InlineData("{}\0\0", 2)]
    [InlineData("{a:1}", 1)]
    [InlineData("{/**/}", 1)]
    public void Header_that_is_not_JSON_is_rejected(string header, int at) =>
        Reading(RawFile.Of(header)).Should().Be(
            $"x.safetensors: header is not JSON at or after byte {at}; expected one JSON object");

    [Fact]
    public void JSON_that_breaks_off_inside_a_tensor_is_rejected_at_that_tensor() =>
        Reading(RawFile.Of("""{"a":{"dtype":"F64","shape":[2""")).Should().Match(
            "x.safetensors: tensor \"a\": header is not JSON at or after byte *; expected one JSON object");

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "\\u0061")]
    public void Duplicate_names_are_rejected_however_they_are_spelt(string first, string second)
    {
        string entry = """{"dtype":"U8","shape":[],"data_offsets":[0,1]}""";
        Reading(RawFile.Of($$"""{"{{first}}":{{entry}},"{{second}}":{{entry}}}""", 1)).Should().Be(
            "x.safetensors: tensor \"a\": header has the name twice; expected distinct names");
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("null", "null")]
    [InlineData("\"F64\"", "a string")]
    [InlineData("[]", "an array")]
    public void Entry_that_is_not_an_object_is_rejected(string entry, string found) =>
        ReadingEntry(entry).Should().Be($"""is {found}; expected an object with dtype, shape and data_offsets""");

    [Theory]
    [InlineData("""{"shape":[],"data_offsets":[0,8]}""", "dtype")]
    [InlineData("""{"dtype":"F64","data_offsets":[0,8]}""", "shape")]
    [InlineData("""{"dtype":"F64","shape":[]}""", "data_offsets")]
    public void Missing_field_is_rejected(string entry, string field) =>
        ReadingEntry(entry).Should().Be($"has no {field}; {WholeTensor}");

    [Theory]
    [InlineData("""{"dtype":"F64","dtype":"F64","shape":[],"data_offsets":[0,8]}""", "dtype")]
    [InlineData("""{"dtype":"F64","shape":[],"shape":[],"data_offsets":[0,8]}""", "shape")]
    [InlineData("""{"dtype":"F64","shape":[],"data_offsets":[0,8],"data_offsets":[0,8]}""", "data_offsets")]
    public void Field_given_twice_is_rejected(string entry, string field) =>
        ReadingEntry(entry).Should().Be($"has {field} twice; expected it once");

    [Fact]
    public void Unknown_field_is_rejected() =>
        ReadingEntry("""{"dtype":"F64","shape":[],"offsets":[0,8]}""").Should().Be(
            $"has the field \"offsets\"; {WholeTensor} only");

    [Fact]
    public void Unknown_dtype_is_rejected_with_the_known_ones() =>
        Reading(Entry("F128", "[]", 0, 16), 16).Should().Be(
            "dtype \"F128\" is unknown; expected one of BF16, BOOL, C64, F16, F32, F4, F64, F6_E2M3, F6_E3M2, F8_E4M3, "
            + "F8_E4M3FNUZ, F8_E5M2, F8_E5M2FNUZ, F8_E8M0, I16, I32, I64, I8, U16, U32, U64, U8");

    [Theory]
    [InlineData("f32", "F32")]
    [InlineData("float64", "F64")]
    [InlineData("bfloat16", "BF16")]
    [InlineData("torch.float16", "F16")]
    [InlineData("Int64", "I64")]
    [InlineData("uint8", "U8")]
    public void Dtype_by_another_name_is_rejected_with_the_one_that_is_meant(string dType, string meant) =>
        Reading(Entry(dType, "[]", 0, 8), 8).Should().StartWith($"dtype \"{dType}\" is unknown (is {meant} meant?); expected one of BF16, BOOL, ");

    [Fact]
    public void Dtype_that_is_not_a_string_is_rejected() =>
        ReadingEntry("""{"dtype":64,"shape":[],"data_offsets":[0,8]}""").Should().Be("dtype is 64; expected a string");

    [Theory]
    [InlineData("[-1]", 0, "-1")]
    [InlineData("[1,-0]", 1, "-0")]
    [InlineData("[1.0]", 0, "1.0")]
    [InlineData("[1e3]", 0, "1e3")]
    [InlineData("[2147483648]", 0, "2147483648")]
    [InlineData("[99999999999999999999]", 0, "99999999999999999999")]
    [InlineData("[11111111112222222222333333333344444444445]", 0, "a number of 41 characters")]
    [InlineData("[\"2\"]", 0, "a string")]
    [InlineData("[true]", 0, "true")]
    [InlineData("[[2]]", 0, "an array")]
    public void Extent_that_is_not_a_whole_number_is_rejected(string shape, int index, string found) =>
        Reading(Entry("F64", shape, 0, 8), 8).Should().Be(
            $"shape[{index}] is {found}; expected a whole number from 0 to 2147483647");

    [Fact]
    public void Shape_that_is_not_an_array_is_rejected() =>
        Reading(Entry("F64", "{}", 0, 8), 8).Should().Be("shape is an object; expected an array of whole numbers");

    [Fact]
    public void Shape_of_more_than_64_extents_is_rejected() =>
        Reading(Entry("F64", $"[{string.Join(',', Enumerable.Repeat(1, 65))}]", 0, 8), 8).Should().Be(
            "shape has more than 64 extents; expected at most 64");

    // 2⁶⁴ and 2⁶¹·8 bits: the second overflows only with the element's size. A zero does not excuse the others.
    [Theory]
    [InlineData("U8", "[65536, 65536, 65536, 65536]")]
    [InlineData("F64", "[2147483647, 2147483647]")]
    [InlineData("U8", "[0, 2147483647, 2147483647, 2147483647]")]
    [InlineData("U8", "[2147483647, 2147483647, 2147483647, 0]")]
    public void Shape_whose_product_overflows_is_rejected(string dType, string shape) =>
        Reading(Entry(dType, shape, 0, 0), 0).Should().Be(
            $"shape {shape} of {dType} overflows 64 bits; expected a tensor that fits into a file");

    [Theory]
    [InlineData("F64", "[2, 3]", 40, 48)]
    [InlineData("F16", "[]", 0, 2)]
    [InlineData("BOOL", "[0]", 1, 0)]
    [InlineData("F4", "[2, 3]", 6, 3)]
    public void Shape_that_does_not_fill_its_bytes_is_rejected(string dType, string shape, int bytes, int expected) =>
        Reading(Entry(dType, shape, 0, bytes), bytes).Should().Be(
            $"data has {bytes} bytes; expected {expected} for {dType} of shape {shape}");

    [Fact]
    public void Shape_of_a_fraction_of_a_byte_is_rejected() =>
        Reading(Entry("F4", "[3]", 0, 2), 2).Should().Be("shape [3] of F4 takes 12 bits; expected whole bytes");

    [Theory]
    [InlineData("8", "data_offsets is 8; expected [begin, end]")]
    [InlineData("[]", "data_offsets has length 0; expected [begin, end]")]
    [InlineData("[0]", "data_offsets has length 1; expected [begin, end]")]
    [InlineData("[0,8,8]", "data_offsets has more than 2 numbers; expected [begin, end]")]
    [InlineData("[-8,0]", "data_offsets[0] is -8; expected a whole number from 0 to 9223372036854775807")]
    [InlineData("[0,8.5]", "data_offsets[1] is 8.5; expected a whole number from 0 to 9223372036854775807")]
    [InlineData("[0,9223372036854775808]",
        "data_offsets[1] is 9223372036854775808; expected a whole number from 0 to 9223372036854775807")]
    public void Offsets_that_are_not_two_whole_numbers_are_rejected(string offsets, string reason) =>
        ReadingEntry($$"""{"dtype":"F64","shape":[],"data_offsets":{{offsets}}}""").Should().Be(reason);

    [Fact]
    public void Offsets_that_run_backwards_are_rejected() =>
        Reading(Entry("F64", "[]", 8, 0), 8).Should().Be("offsets 8..0 run backwards; expected begin ≤ end");

    [Fact]
    public void Offsets_far_beyond_the_file_are_rejected() =>
        Reading(Entry("U8", "[2147483647]", 9223372034707292160, long.MaxValue), 8).Should().Be(
            "offsets 9223372034707292160..9223372036854775807 reach beyond the data, which has 8 bytes; "
            + "expected the whole tensor (is the file truncated?)");

    [Theory]
    [InlineData(0, 80, 0, 40, "golden.A", "golden.B", "0..80")]
    [InlineData(0, 80, 72, 96, "golden.B", "golden.A", "72..96")]
    [InlineData(0, 80, 0, 80, "golden.B", "golden.A", "0..80")]
    [InlineData(0, 80, 8, 8, "golden.B", "golden.A", "8..8")]
    public void Overlapping_tensors_are_rejected(
        int beginA, int endA, int beginB, int endB, string wrong, string other, string offsets)
    {
        string a = Entry("U8", $"[{endA - beginA}]", beginA, endA);
        string b = Entry("U8", $"[{endB - beginB}]", beginB, endB);
        Reading(RawFile.Of($$"""{"golden.A":{{a}},"golden.B":{{b}}}""", 96)).Should().Be(
            $"x.safetensors: tensor \"{wrong}\": offsets {offsets} overlap tensor \"{other}\"; {Contiguous}");
    }

    [Theory]
    [InlineData(8, 16, "0..8")]
    [InlineData(16, 24, "0..16")]
    public void Hole_before_the_first_tensor_is_rejected(int begin, int end, string hole) =>
        Reading(Entry("F64", "[1]", begin, end), end).Should().Be(
            $"offsets {begin}..{end} leave a hole at {hole}; {Contiguous}");

    [Fact]
    public void Hole_between_tensors_is_rejected() =>
        Reading(RawFile.Of($$"""{"b":{{Entry("U8", "[1]", 9, 10)}},"a":{{Entry("F64", "[]", 0, 8)}}}""", 10)).Should().Be(
            $"x.safetensors: tensor \"b\": offsets 9..10 leave a hole at 8..9; {Contiguous}");

    [Theory]
    [InlineData("{}", 3, 0)]
    [InlineData("""{"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}""", 11, 8)]
    public void Trailing_data_are_rejected(string header, int dataLength, int end) =>
        Reading(RawFile.Of(header, dataLength)).Should().Be(
            $"x.safetensors: data has 3 bytes after the last tensor; expected it to end at {end}");

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void Deeply_nested_JSON_is_rejected_without_descending(string open, string close)
    {
        string nested = string.Concat(Enumerable.Repeat(open, 100_000)) + string.Concat(Enumerable.Repeat(close, 100_000));
        ReadingEntry(nested).Should().BeOneOf(
            "is an array; expected an object with dtype, shape and data_offsets",
            $"has the field \"a\"; {WholeTensor} only");
    }

    [Theory]
    [InlineData("[]", "__metadata__ is an array; expected an object of strings")]
    [InlineData("null", "__metadata__ is null; expected an object of strings")]
    [InlineData("""{"step":3}""", "__metadata__[\"step\"] is 3; expected a string")]
    [InlineData("""{"a":{"b":"c"}}""", "__metadata__[\"a\"] is an object; expected a string")]
    [InlineData("""{"a":"1","a":"2"}""", "__metadata__ has the key \"a\" twice; expected distinct keys")]
    public void Metadata_other_than_strings_by_distinct_keys_are_rejected(string metadata, string reason) =>
        Reading(RawFile.Of($$"""{"__metadata__":{{metadata}}}""")).Should().Be($"x.safetensors: {reason}");

    [Theory]
    [InlineData("""{"\ud800":1}""", 1)]
    [InlineData("""{"__metadata__":{"a":"\udc00"}}""", 21)]
    public void Half_a_surrogate_pair_is_rejected(string header, int at) =>
        Reading(RawFile.Of(header)).Should().Be(
            $"x.safetensors: header has an unpaired surrogate at byte {at}; expected Unicode text");

    [Theory]
    [InlineData("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF0, 0x7F }, "Infinity")]
    [InlineData("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0xFF }, "NaN")]
    [InlineData("F32", new byte[] { 0, 0, 0x80, 0xFF }, "-Infinity")]
    [InlineData("F16", new byte[] { 1, 0x7C }, "NaN")]
    [InlineData("BF16", new byte[] { 0x80, 0x7F }, "Infinity")]
    public void Value_that_is_not_finite_is_rejected_when_asked(string dType, byte[] last, string found)
    {
        byte[] header = Encoding.UTF8.GetBytes($$"""{"a":{{Entry(dType, "[3]", 0, 3 * last.Length)}}}""");
        byte[] file = RawFile.Of(header, [.. new byte[2 * last.Length], .. last]);

        Reading(file, new() { RequireFinite = true }).Should().Be(
            $"x.safetensors: tensor \"a\": value 2 in row-major order is {found}; expected finite values");
        SafetensorsFile.Read(file, "x.safetensors")["a"].ToDoubles()[2].ToString().Should().Be(found);
    }

    [Fact]
    public void Integers_are_finite_whatever_their_bits_are()
    {
        byte[] header = Encoding.UTF8.GetBytes($$"""{"a":{{Entry("I64", "[]", 0, 8)}}}""");
        byte[] file = RawFile.Of(header, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);

        SafetensorsFile.Read(file, "x", new() { RequireFinite = true })["a"].Bytes.Length.Should().Be(8);
    }

    [Fact]
    public void File_beyond_the_callers_limit_is_rejected() =>
        Reading(RawFile.Of("{}"), new() { MaxFileBytes = 9 }).Should().Be("x.safetensors: file has 10 bytes; expected at most 9");

    [Fact]
    public void Missing_tensor_is_named_with_those_present()
    {
        var nine = Enumerable.Range(0, 9).Select(i => new StoredTensor($"t{i}", "F64", [0], default)).ToArray();
        string header = string.Join(',', nine.Select(t => $"\"{t.Name}\":{Entry("F64", "[0]", 0, 0)}"));

        Message(() => SafetensorsFile.Read(RawFile.Of("{}"), "x")["a"]).Should().Be(
            "x: tensor \"a\": is not in the file; expected it beside no tensors");
        Message(() => SafetensorsFile.Read(RawFile.Of($"{{{header}}}"), "x")["a"]).Should().Be(
            "x: tensor \"a\": is not in the file; "
            + "expected it beside \"t0\", \"t1\", \"t2\", \"t3\", \"t4\", \"t5\", \"t6\", \"t7\" and 1 more");
    }

    [Fact]
    public void Tensor_of_integers_does_not_pretend_to_be_doubles() =>
        Message(() => SafetensorsFile.Read(RawFile.Of($$"""{"a":{{Entry("I64", "[]", 0, 8)}}}""", 8), "x")["a"].ToDoubles())
            .Should().Be("x: tensor \"a\": dtype is I64; expected F64, F32, F16 or BF16");

    [Fact]
    public void Name_from_a_stranger_stays_short_and_on_one_line()
    {
        string name = "new\nline\u2028 \"quoted\" " + new string('a', 1000);
        string json = name.Replace("\n", "\\n").Replace("\"", "\\\"");

        Action read = () => SafetensorsFile.Read(RawFile.Of($$"""{"{{json}}":1}"""), "x");

        SafetensorsException e = read.Should().Throw<SafetensorsException>().Which;
        e.Message.Should().StartWith("""x: tensor "new\u000aline\u2028 \u0022quoted\u0022 aaa""").And.Contain("a…\": is 1;");
        e.Message.Length.Should().BeLessThan(200);
        e.Tensor.Should().Be(name);
    }

    private static string Entry(string dType, string shape, long begin, long end) =>
        $$"""{"dtype":"{{dType}}","shape":{{shape}},"data_offsets":[{{begin}},{{end}}]}""";

    /// <summary>The reason given for a file whose only tensor, "a", has this entry.</summary>
    private static string Reading(string entry, int dataLength)
    {
        string message = Reading(RawFile.Of($$"""{"a":{{entry}}}""", dataLength));
        message.Should().StartWith("x.safetensors: tensor \"a\": ");
        return message["x.safetensors: tensor \"a\": ".Length..];
    }

    private static string ReadingEntry(string entry) => Reading(entry, 8);

    private static string Reading(byte[] file, SafetensorsLimits? limits = null) =>
        Message(() => SafetensorsFile.Read(file, "x.safetensors", limits));

    private static string Message(Func<object> action) => action.Should().Throw<SafetensorsException>().Which.Message;
}
