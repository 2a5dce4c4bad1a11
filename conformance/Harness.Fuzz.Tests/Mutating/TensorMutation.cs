using System.Buffers.Binary;
using System.Text;

namespace Harness.Fuzz.Tests.Mutating;

/// <summary>What is wrong with safetensors files that are written by hand: length, header, offsets, types, values.</summary>
internal static class TensorMutation
{
    private const int LengthBytes = sizeof(long);

    private static readonly string[] Types = ["\"F64\"", "\"F32\"", "\"F16\"", "\"BF16\"", "\"I64\"", "\"U8\"", "\"BOOL\"", "\"F8_E4M3\"", "\"F4\"", "\"C64\"", "\"f64\"", "\"\""];

    private static readonly double[] Values =
        [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0, 0, double.Epsilon, double.MaxValue, 1, -1, 1e300];

    /// <summary>Changes a good file.</summary>
    public static byte[] Apply(Random random, byte[] input)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(input);
        var (header, data) = (input[LengthBytes..(LengthBytes + length)], input[(LengthBytes + length)..]);
        switch (random.Next(7))
        {
            case 0:
                return WithLength(random.Next(4) switch
                {
                    0 => (ulong)random.Next(2 * input.Length),
                    1 => 100_000_000ul - (ulong)random.Next(2),
                    2 => 1ul << random.Next(64),
                    _ => ulong.MaxValue - (ulong)random.Next(16),
                }, header, data);
            case 1:
                return WithLength((ulong)header.Length, header, ChangeValue(random, data));
            case 2:
                return WithHeader(header, data, root => Shift(random, root));
            case 3:
                return WithHeader(header, data, root => Members(root, "\"dtype\"").ForEach(type => type.Text = Types[random.Next(Types.Length)]));
            case 4:
                return WithHeader(header, data, root => Reshape(random, root));
            case 5:
                return WithHeader(header, [.. data, .. new byte[random.Next(1, 64)]], _ => { });
            default:
                return WithHeader(header, data, root => JsonMutation.Apply(random, root));
        }
    }

    private static byte[] ChangeValue(Random random, byte[] data)
    {
        var changed = (byte[])data.Clone();
        if (changed.Length >= sizeof(double))
        {
            var at = random.Next(changed.Length / sizeof(double)) * sizeof(double);
            BinaryPrimitives.WriteDoubleLittleEndian(changed.AsSpan(at), Values[random.Next(Values.Length)]);
        }

        return changed;
    }

    // Holes, overlaps, ends before beginnings.
    private static void Shift(Random random, JsonTree root)
    {
        foreach (var offsets in Members(root, "\"data_offsets\"").Where(_ => random.Next(2) == 0))
        {
            foreach (var offset in offsets.Children ?? [])
                offset.Text = random.Next(3) == 0 ? AwkwardValues.Number(random) : $"{long.Parse(offset.Text) + 8 * random.Next(-3, 4)}";
        }
    }

    private static void Reshape(Random random, JsonTree root)
    {
        var shapes = Members(root, "\"shape\"");
        if (shapes.Count == 0 || shapes[random.Next(shapes.Count)].Children is not { } extents)
            return;
        switch (random.Next(4))
        {
            case 0:
                extents.Add(new JsonTree { Text = "1" });
                break;
            case 1:
                extents.Reverse();
                break;
            case 2 when extents.Count > 0:
                extents[random.Next(extents.Count)].Text = AwkwardValues.Number(random);
                break;
            default:
                extents.AddRange(Enumerable.Range(0, 70).Select(_ => new JsonTree { Text = "1" }));
                break;
        }
    }

    private static List<JsonTree> Members(JsonTree root, string name) => [.. root.All().Where(value => value.Name == name)];

    private static byte[] WithHeader(byte[] header, byte[] data, Action<JsonTree> change)
    {
        var root = JsonTree.Parse(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(header).TrimEnd(' ')));
        change(root);
        var text = root.ToBytes();
        byte[] padded = [.. text, .. Enumerable.Repeat((byte)' ', (LengthBytes - text.Length % LengthBytes) % LengthBytes)];
        return WithLength((ulong)padded.Length, padded, data);
    }

    private static byte[] WithLength(ulong length, byte[] header, byte[] data)
    {
        var prefix = new byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length);
        return [.. prefix, .. header, .. data];
    }
}
