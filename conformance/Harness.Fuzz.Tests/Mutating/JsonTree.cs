using System.Text;
using System.Text.Json;

namespace Harness.Fuzz.Tests.Mutating;

/// <summary>A value of JSON that can be made into what is none: members twice, numbers beyond double, halves of characters.</summary>
internal sealed class JsonTree
{
    /// <summary>The member's name as it is spelled, quotes and all; null in lists and at the root.</summary>
    public string? Name { get; set; }

    /// <summary>How the value is spelled, where it has no children.</summary>
    public string Text { get; set; } = "";

    /// <summary>Members or items; null where it has none by its kind.</summary>
    public List<JsonTree>? Children { get; set; }

    /// <summary>Whether the children are members.</summary>
    public bool IsObject { get; set; }

    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonTree Parse(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text);
        return Of(document.RootElement, null);
    }

    /// <summary>A copy under a name.</summary>
    public JsonTree Copy(string? name) => new()
    {
        Name = name,
        Text = Text,
        IsObject = IsObject,
        Children = Children?.ConvertAll(child => child.Copy(child.Name)),
    };

    /// <summary>Takes over the value of another, the name apart.</summary>
    public void Become(JsonTree other) => (Text, IsObject, Children) = (other.Text, other.IsObject, other.Children);

    /// <summary>The value and all within it.</summary>
    public IEnumerable<JsonTree> All() => (Children ?? []).SelectMany(child => child.All()).Prepend(this);

    /// <summary>As UTF-8.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Write(StringBuilder text)
    {
        if (Name is not null)
            text.Append(Name).Append(':');
        if (Children is null)
        {
            text.Append(Text);
            return;
        }

        text.Append(IsObject ? '{' : '[');
        for (var i = 0; i < Children.Count; i++)
        {
            if (i > 0)
                text.Append(',');
            Children[i].Write(text);
        }

        text.Append(IsObject ? '}' : ']');
    }

    private static JsonTree Of(JsonElement value, string? name) => value.ValueKind switch
    {
        JsonValueKind.Object => new JsonTree
        {
            Name = name,
            IsObject = true,
            Children = [.. value.EnumerateObject().Select(member => Of(member.Value, $"\"{JsonEncodedText.Encode(member.Name)}\""))],
        },
        JsonValueKind.Array => new JsonTree { Name = name, Children = [.. value.EnumerateArray().Select(item => Of(item, null))] },
        _ => new JsonTree { Name = name, Text = value.GetRawText() },
    };
}
