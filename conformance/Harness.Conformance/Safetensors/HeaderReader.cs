using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Harness.Conformance.Safetensors;

/// <summary>
/// Reads the header:
/// <c>{"name": {"dtype": …, "shape": […], "data_offsets": [begin, end]}, …, "__metadata__": {"key": "text"}}</c>.
/// It goes token by token, because a deserializer drops all but the last of duplicate names, and two parsers of one file must
/// not see different tensors. For the same reason a field it does not know is refused, which also catches misspelt ones.
/// </summary>
internal ref struct HeaderReader
{
    public const string MetadataName = "__metadata__";

    private const string ExpectedFields = "expected dtype, shape and data_offsets";

    private readonly string _file;
    private readonly List<HeaderEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = [];

    // The tensor being read, for messages.
    private string? _tensor;
    private Utf8JsonReader _json;

    private HeaderReader(ReadOnlySpan<byte> header, string file)
    {
        _file = file;
        _json = new Utf8JsonReader(header);
    }

    public static (List<HeaderEntry> Entries, Dictionary<string, string> Metadata) Read(ReadOnlySpan<byte> header, string file)
    {
        if (!Utf8.IsValid(header))
            throw new SafetensorsException(file, null, "header is not UTF-8; expected a JSON object in UTF-8");
        if (header.IsEmpty || header[0] != '{')
        {
            string found = header.IsEmpty ? "is empty" : $"begins with byte 0x{header[0]:x2}";
            throw new SafetensorsException(file, null, $"header {found}; expected a JSON object, beginning with '{{'");
        }

        var reader = new HeaderReader(header, file);
        try
        {
            reader.ReadHeader();
        }
        catch (JsonException e)
        {
            string reason = $"header is not JSON at or after byte {reader._json.BytesConsumed}; expected one JSON object";
            throw new SafetensorsException(file, reader._tensor, reason, e);
        }

        return (reader._entries, reader._metadata);
    }

    private void ReadHeader()
    {
        var names = new HashSet<string>();
        _json.Read();
        while (NextName() is { } name)
        {
            if (!names.Add(name))
                throw new SafetensorsException(_file, name, "header has the name twice; expected distinct names");
            if (name == MetadataName)
                ReadMetadata();
            else
                ReadTensor(name);
        }

        _json.Read(); // nothing but white space may follow; anything else is a JsonException
    }

    private void ReadMetadata()
    {
        if (_json.TokenType != JsonTokenType.StartObject)
            throw Fault($"{MetadataName} is {Found()}; expected an object of strings");
        while (NextName() is { } key)
        {
            if (_json.TokenType != JsonTokenType.String)
                throw Fault($"{MetadataName}[{SafetensorsException.Quote(key)}] is {Found()}; expected a string");
            if (!_metadata.TryAdd(key, Text()))
                throw Fault($"{MetadataName} has the key {SafetensorsException.Quote(key)} twice; expected distinct keys");
        }
    }

    private void ReadTensor(string name)
    {
        _tensor = name;
        if (_json.TokenType != JsonTokenType.StartObject)
            throw Fault($"is {Found()}; expected an object with dtype, shape and data_offsets");

        string? dType = null;
        int[]? shape = null;
        (long Begin, long End)? offsets = null;
        while (NextName() is { } field)
        {
            switch (field)
            {
                case "dtype" when dType is null:
                    if (_json.TokenType != JsonTokenType.String)
                        throw Fault($"dtype is {Found()}; expected a string");
                    dType = Text();
                    break;
                case "shape" when shape is null:
                    shape = ReadShape();
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadOffsets();
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Fault($"has {field} twice; expected it once");
                default:
                    throw Fault($"has the field {SafetensorsException.Quote(field)}; {ExpectedFields} only");
            }
        }

        _entries.Add(new HeaderEntry(
            name,
            dType ?? throw Missing("dtype"),
            shape ?? throw Missing("shape"),
            offsets?.Begin ?? throw Missing("data_offsets"),
            offsets.Value.End));
        _tensor = null;
    }

    private int[] ReadShape()
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            throw Fault($"shape is {Found()}; expected an array of whole numbers");
        Span<int> extents = stackalloc int[ElementType.MaxRank];
        int rank = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (rank == extents.Length)
                throw Fault($"shape has more than {ElementType.MaxRank} extents; expected at most {ElementType.MaxRank}");
            extents[rank] = (int)WholeNumber("shape", rank, int.MaxValue);
            rank++;
        }

        return extents[..rank].ToArray();
    }

    private (long Begin, long End) ReadOffsets()
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            throw Fault($"data_offsets is {Found()}; expected [begin, end]");
        Span<long> offsets = stackalloc long[2];
        int count = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (count == offsets.Length)
                throw Fault("data_offsets has more than 2 numbers; expected [begin, end]");
            offsets[count] = WholeNumber("data_offsets", count, long.MaxValue);
            count++;
        }

        return count == offsets.Length
            ? (offsets[0], offsets[1])
            : throw Fault($"data_offsets has length {count}; expected [begin, end]");
    }

    private readonly long WholeNumber(string array, int index, long max) =>
        _json.TokenType == JsonTokenType.Number && _json.ValueSpan[0] != '-' && _json.TryGetInt64(out long number) && number <= max
            ? number
            : throw Fault($"{array}[{index}] is {Found()}; expected a whole number from 0 to {max}");

    /// <summary>Steps to the next property's value and returns its name, or null at the end of the object.</summary>
    private string? NextName()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject)
            return null;
        string name = Text();
        _json.Read();
        return name;
    }

    private readonly string Text()
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // Valid JSON by its grammar, but half of a surrogate pair is no text.
            throw Fault($"header has an unpaired surrogate at byte {_json.TokenStartIndex}; expected Unicode text", e);
        }
    }

    private readonly string Found() => _json.TokenType switch
    {
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => "a string",
        // A number can be as long as the header.
        JsonTokenType.Number when _json.ValueSpan.Length > 40 => $"a number of {_json.ValueSpan.Length} characters",
        _ => Encoding.UTF8.GetString(_json.ValueSpan),
    };

    private readonly SafetensorsException Missing(string field) =>
        Fault($"has no {field}; {ExpectedFields}");

    private readonly SafetensorsException Fault(string reason, Exception? inner = null) => new(_file, _tensor, reason, inner);
}
