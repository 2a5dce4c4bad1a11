using System.Text;
using Harness.Conformance.Safetensors;

namespace Harness.Conformance.Tests.Safetensors;

/// <summary>
/// Thousands of damaged files from fixed seeds: each is read or refused with <see cref="SafetensorsException"/>, and costs no
/// more memory than its length justifies.
/// </summary>
public class FuzzTests
{
    private const int FilesPerKind = 2_000;

    private delegate byte[] Damage(Random random, byte[] valid);

    [Fact]
    public void Random_bytes_are_refused() => Try(11, (random, _) => RandomBytes(random, random.Next(64)));

    [Fact]
    public void Random_headers_of_a_plausible_length_are_refused() => Try(12, (random, _) =>
        RawFile.Of([(byte)'{', .. RandomBytes(random, random.Next(64))], RandomBytes(random, random.Next(16))));

    [Fact]
    public void Flipped_bits_are_survived() => Try(13, (random, valid) =>
    {
        for (int flips = random.Next(1, 5); flips > 0; flips--)
            valid[random.Next(valid.Length)] ^= (byte)(1 << random.Next(8));
        return valid;
    });

    [Fact]
    public void Truncations_are_survived() => Try(14, (random, valid) => valid[..random.Next(valid.Length)]);

    [Fact]
    public void Splices_are_survived() => Try(15, (random, valid) =>
    {
        byte[] other = Valid(random);
        return [.. valid[..random.Next(valid.Length)], .. other[random.Next(other.Length)..]];
    });

    [Fact]
    public void Wrong_header_lengths_are_survived() => Try(16, (random, valid) =>
    {
        ulong length = random.Next(4) switch
        {
            0 => (ulong)random.Next(2 * valid.Length),
            1 => 100_000_000ul - (ulong)random.Next(2),
            2 => 1ul << random.Next(64),
            _ => ulong.MaxValue - (ulong)random.Next(16),
        };
        return [.. RawFile.Length(length), .. valid[8..]];
    });

    [Fact]
    public void Edited_JSON_tokens_are_survived() => Try(17, (random, valid) =>
    {
        string[] replacements =
        [
            "{", "}", "[", "]", "\"", ",", ":", "null", "true", "-1", "0", "1.5", "1e99", "2147483647", "9223372036854775807",
            "18446744073709551616", "\"\\ud800\"", "\"__metadata__\"", "\"dtype\"", "\"a\"", "\"F64\"", "\"F4\"",
            "[[[[", "{}", "[]", "",
        ];
        string header = Header(valid);
        string[] tokens = [.. Tokens(header)];
        for (int edits = random.Next(1, 4); edits > 0; edits--)
        {
            tokens[random.Next(tokens.Length)] = random.Next(2) == 0
                ? replacements[random.Next(replacements.Length)]
                : tokens[random.Next(tokens.Length)];
        }

        byte[] data = valid[(8 + Encoding.UTF8.GetByteCount(header))..];
        return RawFile.Of(Encoding.UTF8.GetBytes(string.Concat(tokens)), data);
    });

    /// <summary>The densest headers there are: what one byte of file can make the reader allocate.</summary>
    [Theory]
    [InlineData("tensors")]
    [InlineData("metadata")]
    [InlineData("extents")]
    [InlineData("one long name")]
    [InlineData("one unpaired name")]
    public void Crowded_header_stays_within_the_memory_its_length_justifies(string crowd)
    {
        string header = crowd switch
        {
            "tensors" => string.Join(',', Enumerable.Range(0, 10_000).Select(i =>
                $$"""
                "{{i:x}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}
                """)),
            "metadata" => $"\"__metadata__\":{{{string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"{i:x}\":\"\""))}}}",
            "extents" => string.Join(',', Enumerable.Range(0, 5_000).Select(i =>
                $$"""
                "{{i:x}}":{"dtype":"U8","shape":[0{{string.Concat(Enumerable.Repeat(",1", 63))}}],"data_offsets":[0,0]}
                """)),
            "one long name" => $"\"{new string('n', 500_000)}\":1",
            _ => $"\"{new string('n', 500_000)}\\ud800\":1",
        };

        Outcome(RawFile.Of($"{{{header}}}"));
    }

    private static void Try(int seed, Damage damage)
    {
        var random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < FilesPerKind; i++)
        {
            byte[] file = damage(random, Valid(random));
            refused += Outcome(file) ? 0 : 1;
        }

        refused.Should().BeGreaterThan(FilesPerKind / 2, "damage that damages nothing would test nothing");
    }

    /// <summary>Whether the file was read; anything but reading or refusing it fails the test and prints the file.</summary>
    private static bool Outcome(byte[] file)
    {
        // Measured worst: 12 times the file, for the crowds of tensors and of metadata. A crowd that has just made the reader's
        // collections grow pays up to double. 64 KiB is for an exception, its stack trace and first-call costs.
        const int BytesPerByte = 24;
        const int Fixed = 1 << 16;

        bool read;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            SafetensorsFile.Read(file, "fuzz");
            read = true;
        }
        catch (SafetensorsException e)
        {
            e.Message.Should().StartWith("fuzz: ");
            read = false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"escaped from {Convert.ToBase64String(file)}", e);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        long bound = Fixed + (BytesPerByte * (long)file.Length);
        if (allocated > bound)
            throw new InvalidOperationException($"{allocated} > {bound} bytes allocated for {Convert.ToBase64String(file)}");
        return read;
    }

    private static byte[] Valid(Random random)
    {
        string[] dTypes = ["F64", "F32", "F16", "BF16"];
        StoredTensor[] tensors = [.. Enumerable.Range(0, random.Next(1, 4)).Select(i =>
        {
            int[] shape = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(4))];
            double[] values = new double[shape.Aggregate(1, (product, extent) => product * extent)];
            return StoredTensor.FromDoubles($"t{i}", dTypes[random.Next(4)], shape, values);
        })];
        byte[] header = HeaderWriter.Write(tensors, new Dictionary<string, string> { ["case"] = "fuzz" }, "valid");
        return [.. header, .. tensors.SelectMany(tensor => tensor.Bytes.ToArray())];
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Header(byte[] file) => Encoding.UTF8.GetString(file, 8, BitConverter.ToInt32(file));

    /// <summary>Strings, numbers, words and punctuation, which together are the text again.</summary>
    private static IEnumerable<string> Tokens(string json)
    {
        for (int start = 0, end; start < json.Length; start = end)
        {
            end = start + 1;
            if (json[start] == '"')
                end = json.IndexOf('"', end) + 1;
            while (char.IsLetterOrDigit(json[start]) && char.IsLetterOrDigit(json[end]))
                end++;
            yield return json[start..end];
        }
    }
}
