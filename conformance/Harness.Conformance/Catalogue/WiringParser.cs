using System.Text.RegularExpressions;

namespace Harness.Conformance.Catalogue;

/// <summary>Reads the wiring of an <see cref="Architectures.EquationAttribute"/>; the grammar is described there.</summary>
internal sealed partial class WiringParser
{
    private const int IndentWidth = 2;

    private readonly string[] _lines;
    private int _next;

    private WiringParser(string text) => _lines = Lines(text);

    /// <exception cref="FormatException">A line does not fit the grammar; the message quotes it.</exception>
    public static Wiring Parse(string text)
    {
        var parser = new WiringParser(text);
        var statements = parser.Block(depth: 0);
        if (parser._next < parser._lines.Length)
            throw Failure(parser._lines[parser._next], "an indentation of two blanks below for, if and else alone");
        return new Wiring(text, statements);
    }

    /// <summary>The statements, a line each: a call goes on until its parenthesis closes.</summary>
    /// <exception cref="FormatException">One does not.</exception>
    public static string[] Lines(string text) => [.. Joined(text.Split('\n'))];

    private static IEnumerable<string> Joined(string[] lines)
    {
        var open = "";
        foreach (var line in lines)
        {
            var joined = open.Length == 0 ? line : $"{open} {line.Trim()}";
            open = joined.Contains('(') && !joined.Contains(')') ? joined : "";
            if (open.Length == 0)
                yield return joined;
        }

        if (open.Length > 0)
            throw Failure(open, "a closing parenthesis");
    }

    private List<WiringStatement> Block(int depth)
    {
        var indent = new string(' ', depth * IndentWidth);
        var statements = new List<WiringStatement>();
        while (_next < _lines.Length && _lines[_next].StartsWith(indent, StringComparison.Ordinal) && _lines[_next][indent.Length..] is [not ' ', ..] line)
        {
            if (line == "else:")
                break;
            _next++;
            statements.Add(Statement(line, depth));
        }

        return statements.Count > 0 ? statements : throw Failure(_lines[Math.Max(_next - 1, 0)], "statements");
    }

    private WiringStatement Statement(string line, int depth)
    {
        if (LoopForm().Match(line) is { Success: true } loop)
            return new WiringLoop(loop.Groups["variable"].Value, loop.Groups["extent"].Value, Block(depth + 1));
        if (BranchForm().Match(line) is { Success: true } branch)
        {
            var then = Block(depth + 1);
            if (_next >= _lines.Length || _lines[_next] != new string(' ', depth * IndentWidth) + "else:")
                return new WiringBranch(Condition(branch), then, []);
            _next++;
            return new WiringBranch(Condition(branch), then, Block(depth + 1));
        }

        var sides = line.Split(" = ", 2);
        if (sides.Length != 2)
            throw Failure(line, "for, if, or names = a value");
        WiringTarget[] targets = [.. SignatureParser.SplitList(sides[0]).Select(text => Tensor(text) is var (name, index) ? new WiringTarget(name, index) : null!)];
        if (CallForm().Match(sides[1]) is not { Success: true } call)
            return targets is [var target] ? new WiringAssignment(target, Operand(sides[1])) : throw Failure(line, "one name = one value");
        return new WiringCall(
            targets,
            call.Groups["equation"].Value,
            [.. SignatureParser.SplitList(call.Groups["arguments"].Value).Select(Operand)],
            [.. SignatureParser.SplitList(call.Groups["attributes"].Value).Select(Attribute)]);
    }

    private static WiringCondition Condition(Match branch)
    {
        var (shape, word) = (branch.Groups["shape"], branch.Groups["word"]);
        var test = branch.Groups["absent"].Success ? WiringTest.IsAbsent : shape.Success ? WiringTest.HasShape : word.Success ? WiringTest.IsWord : WiringTest.IsTrue;
        return new WiringCondition(branch.Groups["name"].Value, test, shape.Success ? shape.Value : word.Success ? word.Value : null);
    }

    private static WiringOperand Operand(string text)
    {
        if (text.Split(" ‖ ") is [var first, var second])
            return new WiringConcatenation(Tensor(first), Tensor(second));
        if (text.Split(" + ") is [var left, var right])
            return new WiringSum(Tensor(left), Tensor(right));
        if (text.Split(" · ") is [var rows, var matrix])
            return new WiringProduct(Tensor(rows), Tensor(matrix));
        if (text.Split(" at ") is [var table, var ids])
            return new WiringRows(Tensor(table), Tensor(ids));
        if (FunctionForm().Match(text) is { Success: true } function)
            return new WiringFunction(function.Groups["function"].Value, Tensor(function.Groups["x"].Value));
        if (PartForm().Match(text) is { Success: true } part)
            return new WiringPart(Tensor(part.Groups["whole"].Value), Extent.Parse(part.Groups["start"].Value), Tensor(part.Groups["like"].Value));
        return text.Split(" like ") is [var entries, var like]
            ? new WiringReshape(entries == "0" ? null : Tensor(entries), Tensor(like))
            : Tensor(text);
    }

    private static WiringTensor Tensor(string text) =>
        TensorForm().Match(text) is { Success: true } match
            ? new WiringTensor(match.Groups["name"].Value, match.Groups["index"].Success ? match.Groups["index"].Value : null)
            : throw Failure(text, "a tensor");

    private static WiringParameter Attribute(string text) => text.Split('=') switch
    {
        [var name] => new WiringParameter(name, name),
        [var name, var value] => new WiringParameter(name, value),
        _ => throw Failure(text, "an attribute"),
    };

    private static FormatException Failure(string found, string expected) => new($"wiring: found '{found.Trim()}', expected {expected}");

    [GeneratedRegex(@"^for (?<variable>\w+) in (?<extent>\w+):$")]
    private static partial Regex LoopForm();

    [GeneratedRegex(@"^if (?<name>\w+)( is (?<absent>absent)| is (?<shape>\[[^\]]*\])| is (?<word>\w+))?:$")]
    private static partial Regex BranchForm();

    [GeneratedRegex(@"^(?<equation>[\w-]+(\.\w+)+)\((?<arguments>[^;)]*)(; ?(?<attributes>[^)]*))?\)$")]
    private static partial Regex CallForm();

    [GeneratedRegex(@"^(?<function>[a-z]\w*)\((?<x>[^()]*)\)$")]
    private static partial Regex FunctionForm();

    [GeneratedRegex(@"^(?<whole>\S+) from (?<start>\S+) like (?<like>\S+)$")]
    private static partial Regex PartForm();

    [GeneratedRegex(@"^(?<name>[A-Za-z]\w*)(\[(?<index>\w+)\])?$")]
    private static partial Regex TensorForm();
}
