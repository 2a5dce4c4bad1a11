using System.Runtime.InteropServices;
using System.Text;

namespace Harness.Tensors.Torch;

/// <summary>Reads of a shared library of Linux what its loader takes on trust.</summary>
/// <remarks>
/// The loader maps what the header tells of, however long the file is, and who touches a page beyond the end is ended by SIGBUS. A library
/// for another processor it passes over as if it were missing. Whatever else is wrong with a file the loader says, so that nothing of
/// that is looked for here.
/// </remarks>
internal sealed class ElfFile
{
    private const int HeaderBytes = 64, SegmentBytes = 56, DynamicBytes = 16, LongestName = 4096;
    private const uint Load = 1, Dynamic = 2;
    private const long Needed = 1, Names = 5;

    // Of 64 bits, little-endian, version 1.
    private static readonly byte[] Magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];

    private readonly string _path;
    private readonly long _length;
    private readonly BinaryReader _reader;

    private ElfFile(string path, long length, BinaryReader reader) => (_path, _length, _reader) = (path, length, reader);

    /// <summary>The names of the libraries that a library needs; none if the loader will not have the file, and says so.</summary>
    /// <exception cref="InvalidDataException">It is empty, cut short, overwritten, or for another processor.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyList<string> Needs(string path)
    {
        // Opening a pipe waits for a writer. Pipes and devices have length 0, as no library has.
        var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        if (file.Length == 0)
            throw new InvalidDataException($"'{path}' is empty");
        using var reader = new BinaryReader(file.OpenRead());
        return file.Length < HeaderBytes || !reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic)
            ? []
            : new ElfFile(path, file.Length, reader).Needs();
    }

    private List<string> Needs()
    {
        _reader.BaseStream.Position = 18;
        var processor = Processor(_reader.ReadUInt16());
        var expected = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        if (processor != expected)
            throw new InvalidDataException($"'{_path}' is for {processor}, this process for {expected}");

        _reader.BaseStream.Position = 32;
        var (segmentsAt, sectionsAt) = (_reader.ReadUInt64(), _reader.ReadUInt64());
        _reader.BaseStream.Position = 54;
        var (segmentBytes, segmentCount) = (_reader.ReadUInt16(), _reader.ReadUInt16());
        var (sectionBytes, sectionCount) = (_reader.ReadUInt16(), _reader.ReadUInt16());
        if (segmentBytes != SegmentBytes)
            return [];

        RequireLength(segmentsAt, (ulong)segmentCount * SegmentBytes);
        var segments = Enumerable.Range(0, segmentCount).Select(i => ReadSegment((long)segmentsAt + i * SegmentBytes)).ToArray();

        // Tools that edit libraries append segments behind the table of sections, which the others end with.
        RequireLength(sectionsAt, (ulong)sectionCount * sectionBytes);
        foreach (var segment in segments.Where(each => each.Type is Load or Dynamic))
            RequireLength(segment.Offset, segment.Bytes);
        return ReadNames(segments);
    }

    private List<string> ReadNames(Segment[] segments)
    {
        var dynamic = Array.Find(segments, each => each.Type == Dynamic);
        var needed = new List<ulong>();
        ulong? names = null;
        _reader.BaseStream.Position = (long)dynamic.Offset;
        for (var left = dynamic.Bytes / DynamicBytes; left > 0; left--)
        {
            var (tag, value) = (_reader.ReadInt64(), _reader.ReadUInt64());
            if (tag == 0)
                break;
            if (tag == Needed)
                needed.Add(value);
            else if (tag == Names)
                names = value;
        }

        // An address; the segment that is mapped there has the text.
        var holder = Array.Find(segments, each => each.Type == Load && names - each.Address < each.Bytes);
        if (names is null || holder.Bytes == 0)
            throw Overwritten();
        return needed.ConvertAll(name => ReadName(holder.Offset + (names.Value - holder.Address) + name));
    }

    private string ReadName(ulong at)
    {
        if (at >= (ulong)_length)
            throw Overwritten();
        _reader.BaseStream.Position = (long)at;
        var bytes = _reader.ReadBytes(LongestName);
        return Array.IndexOf(bytes, (byte)0) is var end and > 0 ? Encoding.UTF8.GetString(bytes, 0, end) : throw Overwritten();
    }

    private Segment ReadSegment(long at)
    {
        _reader.BaseStream.Position = at;
        var (type, _) = (_reader.ReadUInt32(), _reader.ReadUInt32());
        var (offset, address, _, bytes) = (_reader.ReadUInt64(), _reader.ReadUInt64(), _reader.ReadUInt64(), _reader.ReadUInt64());
        return new Segment(type, offset, address, bytes);
    }

    private void RequireLength(ulong offset, ulong bytes)
    {
        var end = (UInt128)offset + bytes;
        if (end > (UInt128)_length)
        {
            throw new InvalidDataException(
                $"'{_path}' is cut short: found {_length:N0} bytes, expected at least the {end:N0} that its header tells of");
        }
    }

    // As after a copy that was interrupted, where the file system had made room for the whole.
    private InvalidDataException Overwritten() => new($"'{_path}' is damaged: found no names where it lists the libraries that it needs");

    // Named as .NET names them.
    private static string Processor(ushort machine) => machine switch
    {
        3 => "x86",
        21 => "ppc64le",
        22 => "s390x",
        40 => "arm",
        62 => "x64",
        183 => "arm64",
        243 => "riscv64",
        258 => "loongarch64",
        _ => $"processor {machine}",
    };

    private readonly record struct Segment(uint Type, ulong Offset, ulong Address, ulong Bytes);
}
