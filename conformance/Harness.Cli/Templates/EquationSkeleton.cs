using System.Text.RegularExpressions;
using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Writing;

namespace Harness.Cli.Templates;

/// <summary>What <c>harness new-equation</c> writes: an equation that returns its input, wherever an equation has to be written down.</summary>
/// <remarks>It is whole from the beginning: it builds, its case can be computed, every implementation passes it and its mistake is rejected.</remarks>
/// <param name="id">The new id.</param>
/// <param name="place">Where its family is at home.</param>
internal sealed partial class EquationSkeleton(string id, EquationSkeleton.Place place)
{
    private static readonly HashSet<string> PythonKeywords =
    [
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from",
        "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];

    private static readonly Dictionary<string, Place> Places = new()
    {
        ["block"] = new("Blocks", "blocks", "blocks", "Baselines/BlockMistakes"),
        ["base"] = new("Baselines", "baselines", "baselines", "Baselines/BaselineMistakes"),
        ["lm2"] = new("Lm2", "lm2", "lm2", "Lm2/Lm2MemoryMistakes"),
        ["inf"] = new("InfinityFormer", "infinity_former", "inf", "InfinityFormer/InfMemoryMistakes"),
    };

    /// <summary>Where the equations of a family are.</summary>
    /// <param name="Folder">Of <c>impl/Architectures</c>.</param>
    /// <param name="Module">Of the oracle and of the Python adapters.</param>
    /// <param name="Alias">What that is called where it is imported.</param>
    /// <param name="Mistakes">The class of its mistakes.</param>
    internal sealed record Place(string Folder, string Module, string Alias, string Mistakes);

    // block.attention.causal → attention_causal, AttentionCausal.
    private string Function => id[(id.IndexOf('.', StringComparison.Ordinal) + 1)..].Replace('.', '_');

    private string Class => string.Concat(Function.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private string FamilyPrefix => $"    \"{id[..(id.IndexOf('.', StringComparison.Ordinal) + 1)]}";

    /// <summary>The skeleton of an equation.</summary>
    /// <exception cref="UsageException">The id is none, is taken, or belongs to no family that equations are added to.</exception>
    public static EquationSkeleton For(string id)
    {
        if (!Id().IsMatch(id))
            throw new UsageException($"found the id '{id}', expected one such as block.squared_relu: small letters, digits and single _ between them, with dots between words.");
        if (EquationCatalogue.Find(id) is not null)
            throw new UsageException($"{id} is an equation already; 'harness list {id}' shows it.");
        if (!Places.TryGetValue(id[..id.IndexOf('.', StringComparison.Ordinal)], out var place))
            throw new UsageException($"found the family of '{id}', expected one of {string.Join(", ", Places.Keys)}.");
        var skeleton = new EquationSkeleton(id, place);
        return !PythonKeywords.Contains(skeleton.Function)
            ? skeleton
            : throw new UsageException($"found the id '{id}', expected one that is no keyword of Python, where its function is called {skeleton.Function}.");
    }

    /// <summary>The new file with the method, from the root.</summary>
    public string MethodFile => $"impl/Architectures/{place.Folder}/{Class}.cs";

    /// <summary>The files that are added to, from the root, in the order in which one fills them.</summary>
    public IReadOnlyList<string> Files => [.. Changes.Select(change => change.File)];

    private (string File, Func<string, string?> Change)[] Changes =>
    [
        ($"reference-fixtures/oracle/{place.Module}.py", text => text + Oracle()),
        ("reference-fixtures/oracle/equations.py", text => AfterLast(text, FamilyPrefix, $"    \"{id}\": {place.Alias}.{Function},\n")),
        ($"reference-fixtures/oracle/cases_{place.Module}.py", text => AfterLast(text + Cases(), "    yield from ", $"    yield from {Function}()\n")),
        ($"impl/adapters/python-numpy/{place.Module}.py", text => text + NumPy()),
        ($"impl/adapters/python-torch/{place.Module}.py", text => text + PyTorch()),
        ("impl/adapters/python-torch/equations.py", text => AfterLast(text, FamilyPrefix, $"    \"{id}\": {place.Alias}.{Function},\n")),
        ($"conformance/Harness.Conformance/Mistakes/{place.Mistakes}.cs", text => AfterFirst(text, "All { get; } =\n    [\n", Mistake())),
    ];

    /// <summary>Writes all of it, or nothing.</summary>
    /// <param name="root">The repository's root.</param>
    /// <returns>The files, from the root, in the order in which one fills them.</returns>
    /// <exception cref="UsageException">A file is not there, cannot be written, or not as this expects it.</exception>
    public IReadOnlyList<string> Write(string root)
    {
        if (File.Exists(Path.Combine(root, MethodFile)))
            throw new UsageException($"found {MethodFile}, expected no such file yet.");
        var before = Changes.ToDictionary(change => change.File, change => Read(root, change.File));
        var texts = Changes.ToDictionary(change => change.File, change => Changed(change.File, before[change.File], change.Change));
        texts[MethodFile] = Method();
        var written = new List<string>();
        try
        {
            foreach (var (file, text) in texts)
            {
                written.Add(file);
                WholeFile.Write(Path.Combine(root, file), text);
            }
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            foreach (var file in written[..^1])
                WholeFile.Write(Path.Combine(root, file), before[file]);
            throw new UsageException($"cannot write {written[^1]}, so nothing was changed: {FileFault.DescribeMaking(failure, Path.Combine(root, written[^1]))}.");
        }

        return [MethodFile, .. Files];
    }

    private static string Read(string root, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, file));
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            throw new UsageException($"{file}: {FileFault.Describe(failure, Path.Combine(root, file))}: run this inside the repository.");
        }
    }

    private string Changed(string file, string text, Func<string, string?> change)
    {
        if (text.Contains("\r\n", StringComparison.Ordinal))
            throw new UsageException($"{file}: found lines that end in CR LF, expected LF: check out with 'git config core.autocrlf input'.");
        if (text.Contains($"\"{id}\"", StringComparison.Ordinal))
            throw new UsageException($"{file}: found {id} already, expected no such equation yet.");
        if (file.EndsWith($"/{place.Module}.py", StringComparison.Ordinal) || file.EndsWith($"/cases_{place.Module}.py", StringComparison.Ordinal))
        {
            if (Regex.IsMatch(text, $@"^(def|class) {Function}\b|^(from|import) .*\b{Function}\b|^{Function} *=", RegexOptions.Multiline))
                throw new UsageException($"{file}: found the name {Function} already, expected another id.");
        }

        return change(text) ?? throw new UsageException($"{file}: found no place to add to, expected a list of equations as in the others.");
    }

    private static string? AfterLast(string text, string start, string line)
    {
        var last = text.LastIndexOf('\n' + start, StringComparison.Ordinal);
        if (last < 0)
            return null;
        var end = text.IndexOf('\n', last + 1) + 1;
        return text.Insert(end, line);
    }

    private static string? AfterFirst(string text, string anchor, string added)
    {
        var place = text.IndexOf(anchor, StringComparison.Ordinal);
        return place < 0 ? null : text.Insert(place + anchor.Length, added);
    }

    private string Method() =>
        $$"""
        using Harness.Tensors;

        namespace Harness.Architectures.{{place.Folder}};

        /// <summary>What it is, in one line.</summary>
        public static class {{Class}}
        {
            /// <summary>What it computes, in one line.</summary>
            /// <param name="x">x [B,T,d].</param>
            /// <returns>y [B,T,d].</returns>
            [Equation("{{id}}", "x[B,T,d] -> y[B,T,d]", "author and year, or paper and section",
                Definition = "y = x")]
            public static T Compute<T>(T x)
                where T : class, ITensor<T> =>
                x;
        }

        """;

    private string Oracle() =>
        $""""


        def {Function}(a, x):
            """y [B,T,d] for x [B,T,d]."""
            return x

        """";

    private string Cases() =>
        $$"""


        def {{Function}}():
            equation = "{{id}}"
            yield Case(
                equation, "tiny", "Which mistake this case catches.", ("tiny",), "dtype-exact", {}, {"x": [[[1.0, -2.0]]]},
            )

        """;

    private string NumPy() =>
        $""""


        @equation("{id}")
        def {Function}(x):
            """x [B,T,d] → y [B,T,d]. Source"""
            return x

        """";

    private string PyTorch() =>
        $""""


        def {Function}(x):
            """x [B,T,d] → y [B,T,d]. Source."""
            return x

        """";

    private string Mistake() => $"        new(\"{id}\", \"doubled\", \"the result is doubled\", c => [c.Right()[0] * 2]),\n\n";

    [GeneratedRegex(@"^[a-z][a-z0-9-]*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)+\z")]
    private static partial Regex Id();
}
