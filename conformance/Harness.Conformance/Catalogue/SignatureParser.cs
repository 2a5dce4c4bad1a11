using System.Reflection;
using System.Text.RegularExpressions;

namespace Harness.Conformance.Catalogue;

/// <summary>Reads the two strings of an <see cref="Architectures.EquationAttribute"/>; the grammar is described there.</summary>
internal static partial class SignatureParser
{
    public static (IReadOnlyList<TensorSpec> Inputs, IReadOnlyList<TensorSpec> Outputs) ParseTensors(string signature)
    {
        var sides = signature.Split("->");
        if (sides.Length != 2)
            throw new FormatException("expected inputs -> outputs");
        return (ParseSide(sides[0], Extent.Parse), ParseSide(sides[1], Extent.ParseFormula));
    }

    public static AttributeSpec ParseAttribute(string text, ParameterInfo parameter)
    {
        var match = AttributeForm().Match(text);
        if (!match.Success)
            throw new FormatException($"attribute '{text}': does not fit the grammar");
        string? Group(string name) => match.Groups[name].Success ? match.Groups[name].Value : null;

        var domain = Group("domain") ?? "";
        var type = TypeOf(parameter);
        if (type == AttributeType.Choice && !domain.Contains('|'))
            throw new FormatException($"attribute '{text}': expected words to choose from, such as in bank|retrieved");
        return new AttributeSpec(
            match.Groups["name"].Value,
            type,
            !parameter.HasDefaultValue,
            parameter.HasDefaultValue ? parameter.DefaultValue : null,
            Group("extent") is { } extent ? Extent.Parse(extent) : null,
            type == AttributeType.Choice || Group("upTo") is not null ? Domain.Any : Domain.Parse(domain),
            Group("upTo"),
            type == AttributeType.Choice ? domain["in ".Length..].Split('|') : [],
            Group("divides"),
            Group("needs")?.Split(' ') ?? [],
            ParseKind(match),
            Group("otherwise") is { } otherwise ? (ValueKindName.Parse(otherwise), ParseCondition(Group("when")!)) : null,
            WithoutKind(match));
    }

    /// <summary>Splits at commas outside brackets.</summary>
    public static IEnumerable<string> SplitList(string list)
    {
        var depth = 0;
        var start = 0;
        for (var i = 0; i < list.Length; i++)
        {
            switch (list[i])
            {
                // A domain such as [0,1) closes with the other bracket, so both kinds count as one.
                case '[' or '(':
                    depth++;
                    break;
                case ']' or ')':
                    depth--;
                    break;
                case ',' when depth == 0:
                    yield return list[start..i].Trim();
                    start = i + 1;
                    break;
            }
        }

        if (list[start..].Trim() is { Length: > 0 } last)
            yield return last;
    }

    private static IReadOnlyList<TensorSpec> ParseSide(string side, Func<string, Extent> parseExtent) =>
        [.. SplitList(side).Select(text => ParseTensor(text, parseExtent))];

    private static TensorSpec ParseTensor(string text, Func<string, Extent> parseExtent)
    {
        var match = TensorForm().Match(text);
        if (!match.Success)
            throw new FormatException($"tensor '{text}': does not fit the grammar");
        var shapes = match.Groups["shapes"].Value;
        var like = shapes.StartsWith("[like ", StringComparison.Ordinal) ? shapes["[like ".Length..^1] : null;
        return new TensorSpec(
            match.Groups["name"].Value,
            match.Groups["optional"].Success,
            like is null ? [.. shapes.Split('|').Select(shape => ParseShape(shape, parseExtent))] : [],
            like,
            Domain.Parse(match.Groups["domain"].Value),
            ParseKind(match),
            match.Groups["columns"].Success ? match.Groups["columns"].Value : null,
            match.Groups["with"].Success ? match.Groups["with"].Value : null,
            match.Groups["when"].Success ? ParseCondition(match.Groups["when"].Value) : null,
            WithoutKind(match));
    }

    private static ValueKind? ParseKind(Match match) => match.Groups["kind"].Success ? ValueKindName.Parse(match.Groups["kind"].Value) : null;

    private static string WithoutKind(Match match) => match.Value.Remove(match.Groups["kinds"].Index, match.Groups["kinds"].Length);

    private static ShapePattern ParseShape(string text, Func<string, Extent> parseExtent)
    {
        var conditional = text[1..^1].Split(" when ");
        var parts = conditional[0].Split(" where ");
        var extents = parts[0].Length == 0 ? [] : parts[0].Split(',').Select(parseExtent).ToArray();
        (string, Extent)? where = null;
        if (parts.Length == 2)
        {
            if (parts[1].Split('=') is not [var symbol, var value])
                throw new FormatException($"'where {parts[1]}': expected a symbol = an extent");
            where = (symbol, Extent.Parse(value));
        }

        return new ShapePattern(extents, where, conditional.Length == 2 ? ParseCondition(conditional[1]) : null, $"[{parts[0]}]");
    }

    private static WordCondition ParseCondition(string text) => text.Split(" is ") is [var attribute, var word]
        ? new WordCondition(attribute, word)
        : throw new FormatException($"'when {text}': expected an attribute is a word");

    private static AttributeType TypeOf(ParameterInfo parameter) =>
        (Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) switch
        {
            var type when type == typeof(int) => AttributeType.Integer,
            var type when type == typeof(double) => AttributeType.Number,
            var type when type == typeof(double[]) => AttributeType.Numbers,
            var type when type == typeof(bool) => AttributeType.Flag,
            var type when type == typeof(string) => AttributeType.Choice,
            var type => throw new FormatException($"attribute '{parameter.Name}': type {type} is not supported"),
        };

    [GeneratedRegex(@"^(?<name>\w+)(?<optional>\?)?(?<shapes>\[[^\]]*\](\|\[[^\]]*\])*)( columns (?<columns>\w+))?(?<domain>[^~]*?)(?<kinds> ~ (?<kind>\w+))?( with (?<with>\w+))?( when (?<when>.+))?$")]
    private static partial Regex TensorForm();

    [GeneratedRegex(
        @"^(?<name>\w+)(=(?<extent>\w+(\*\w+)?))?( in 0\.\.(?<upTo>\w+)| ?(?<domain>>=?0|even|in \S+))?( divides (?<divides>\w+))?( needs (?<needs>[^~]+?))?"
        + @"(?<kinds> ~ (?<kind>\w+)( or (?<otherwise>\w+) when (?<when>\w+ is \w+))?)?$")]
    private static partial Regex AttributeForm();
}
