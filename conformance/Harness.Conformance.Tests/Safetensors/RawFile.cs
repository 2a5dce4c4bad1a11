using System.Buffers.Binary;
using System.Text;

namespace Harness.Conformance.Tests.Safetensors;

/// <summary>Assembles a file by hand, so that the writer is not its own judge and malformed files can be made.</summary>
internal static class RawFile
{
    public static byte[] Of(string header, int dataLength = 0) => Of(Encoding.UTF8.GetBytes(header), new byte[dataLength]);

    public static byte[] Of(byte[] header, byte[] data) => [.. Length((ulong)header.Length), .. header, .. data];

    public static byte[] Length(ulong length)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        return bytes;
    }
}
