using System.Text;

namespace Harness.Fuzz.Tests.Mutating;

/// <summary>What disks, networks and editors do to any file.</summary>
internal static class ByteMutation
{
    private const int LongestRun = 64;

    private static readonly Func<Random, byte[], byte[], byte[]>[] Kinds =
    [
        FlipBits, Overwrite, Insert, Delete, Duplicate, Truncate, Splice, ZeroRun, EditDigit, SwapRuns, Mark, Widen, Append, Replace,
    ];

    /// <summary>What comes in place of results when something else was downloaded, or saved, under the name.</summary>
    private static readonly byte[][] Foreign =
    [
        [], "\n"u8.ToArray(), " "u8.ToArray(), "null"u8.ToArray(), "true"u8.ToArray(), "0"u8.ToArray(), "[]"u8.ToArray(), "{}"u8.ToArray(), "\"\""u8.ToArray(),
        "{"u8.ToArray(), "[[]]"u8.ToArray(), "\0\0\0\0\0\0\0\0"u8.ToArray(),
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"u8.ToArray(),
        "<!DOCTYPE html><html><body>404</body></html>"u8.ToArray(), "\x93NUMPY\x01\x00v\x00{'descr': '<f8'}"u8.ToArray(), "PK\x03\x04\x14\x00\x00\x00"u8.ToArray(),
        "\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94."u8.ToArray(), "\x1f\x8b\x08\x00\x00\x00\x00\x00"u8.ToArray(), "SQLite format 3\0"u8.ToArray(),
    ];

    /// <summary>Damages an input in one way.</summary>
    /// <param name="random">Which way, and where.</param>
    /// <param name="input">The input; it stays as it is.</param>
    /// <param name="other">Another good input of the same reader, for splices.</param>
    public static byte[] Apply(Random random, byte[] input, byte[] other) =>
        input.Length == 0 ? Append(random, input, other) : Kinds[random.Next(Kinds.Length)](random, input, other);

    private static byte[] FlipBits(Random random, byte[] input, byte[] other)
    {
        var flipped = (byte[])input.Clone();
        for (var count = random.Next(1, 5); count > 0; count--)
            flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
        return flipped;
    }

    private static byte[] Overwrite(Random random, byte[] input, byte[] other)
    {
        var (at, length) = Run(random, input);
        var written = (byte[])input.Clone();
        random.NextBytes(written.AsSpan(at, length));
        return written;
    }

    private static byte[] Insert(Random random, byte[] input, byte[] other)
    {
        var inserted = new byte[random.Next(1, LongestRun)];
        random.NextBytes(inserted);
        return Insert(input, random.Next(input.Length + 1), inserted);
    }

    private static byte[] Delete(Random random, byte[] input, byte[] other)
    {
        var (at, length) = Run(random, input);
        return [.. input[..at], .. input[(at + length)..]];
    }

    private static byte[] Duplicate(Random random, byte[] input, byte[] other)
    {
        var (at, length) = Run(random, input);
        return Insert(input, random.Next(input.Length + 1), input[at..(at + length)]);
    }

    private static byte[] Truncate(Random random, byte[] input, byte[] other) => input[..random.Next(input.Length)];

    private static byte[] Splice(Random random, byte[] input, byte[] other) => [.. input[..random.Next(input.Length)], .. other[random.Next(other.Length)..]];

    private static byte[] ZeroRun(Random random, byte[] input, byte[] other)
    {
        var (at, length) = Run(random, input);
        var zeroed = (byte[])input.Clone();
        zeroed.AsSpan(at, length).Clear();
        return zeroed;
    }

    private static byte[] EditDigit(Random random, byte[] input, byte[] other)
    {
        var digits = Enumerable.Range(0, input.Length).Where(i => char.IsAsciiDigit((char)input[i])).ToArray();
        if (digits.Length == 0)
            return FlipBits(random, input, other);
        var edited = (byte[])input.Clone();
        edited[digits[random.Next(digits.Length)]] = (byte)('0' + random.Next(10));
        return edited;
    }

    private static byte[] SwapRuns(Random random, byte[] input, byte[] other)
    {
        var (at, length) = Run(random, input);
        byte[] rest = [.. input[..at], .. input[(at + length)..]];
        return Insert(rest, random.Next(rest.Length + 1), input[at..(at + length)]);
    }

    private static byte[] Mark(Random random, byte[] input, byte[] other) => [.. Encoding.UTF8.Preamble, .. input];

    private static byte[] Widen(Random random, byte[] input, byte[] other)
    {
        var wide = random.Next(2) == 0 ? Encoding.Unicode : Encoding.BigEndianUnicode;
        return [.. random.Next(2) == 0 ? wide.Preamble : default, .. wide.GetBytes(Encoding.UTF8.GetString(input))];
    }

    private static byte[] Append(Random random, byte[] input, byte[] other) =>
        [.. input, .. random.Next(4) switch { 0 => "\n"u8, 1 => "\0"u8, 2 => " garbage"u8, _ => other.AsSpan() }];

    private static byte[] Replace(Random random, byte[] input, byte[] other) => Foreign[random.Next(Foreign.Length)];

    private static byte[] Insert(byte[] input, int at, byte[] inserted) => [.. input[..at], .. inserted, .. input[at..]];

    private static (int At, int Length) Run(Random random, byte[] input)
    {
        var at = random.Next(input.Length);
        return (at, random.Next(1, Math.Min(LongestRun, input.Length - at) + 1));
    }
}
