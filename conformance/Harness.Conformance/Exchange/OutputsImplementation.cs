using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Conformance.Running;
using Harness.Conformance.Safetensors;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Exchange;

/// <summary>Answers that were computed elsewhere from exported inputs: a folder with outputs beside the inputs.</summary>
public sealed class OutputsImplementation : IImplementation
{
    // DTYPE/EQUATION/CASE, and one more, where copying has gone a folder too deep.
    private const int FoldersBelow = 4;

    private const int NamesShown = 5;

    private readonly string _folder;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">What <see cref="InputExport.Write"/> wrote, with outputs added.</param>
    /// <param name="fixtures">The golden cases that the outputs will be held against.</param>
    /// <exception cref="FormatException">The folder was not exported, or from other cases than these.</exception>
    public OutputsImplementation(string folder, FixtureSet fixtures)
    {
        ArgumentNullException.ThrowIfNull(fixtures);
        _folder = folder;
        Manifest = ExportManifest.Read(folder);
        Constraints = Manifest.Stated;
        if (Manifest.Fixtures != fixtures.Fingerprint)
            throw new FormatException($"{folder}: was exported from other golden cases than those in {fixtures.Folder}: export again");
        var unasked = FindOutputs(folder).Except(Asked(fixtures)).ToArray();
        if (unasked.Length > 0)
        {
            var shown = string.Join(", ", unasked.Take(NamesShown));
            Notes = [$"{folder}: found {unasked.Length} outputs that no case asks for: {shown}{(unasked.Length > NamesShown ? ", …" : "")}"];
        }
    }

    /// <summary>What the inputs were made from.</summary>
    public ExportManifest Manifest { get; }

    /// <summary>What is strange about the folder, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; } = [];

    /// <inheritdoc/>
    public Constraints Constraints { get; }

    /// <inheritdoc/>
    public bool TakesAnyInput => false;

    /// <inheritdoc/>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_folder)));

    /// <inheritdoc/>
    public ImplementationDetails Details => new("outputs", _folder);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        var path = Path.Combine(_folder, InputExport.OutputPath(request));
        if (!Path.Exists(path))
            throw new UnsupportedRequestException($"found no {InputExport.OutputPath(request)}");
        CheckInput(request);
        var shapes = InputValidator.Validate(EquationCatalogue.Find(request.Equation)!, request.Attributes, request.Inputs);
        var hidden = Scope.Of(EquationCatalogue.Find(request.Equation)!, Constraints)?.Hidden ?? [];
        return TensorFiles.ReadOutputs(path, request.Format, shapes.Where(output => !hidden.Contains(output.Key)).ToDictionary(), shown: EquationCatalogue.Find(request.Equation)!.Wiring?.Intermediates);
    }

    /// <summary>The paths of all outputs within a folder, in order. Links are not followed: they may lead anywhere.</summary>
    internal static IReadOnlyList<string> FindOutputs(string folder)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = FoldersBelow,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, $"*{InputExport.OutputEnding}", options)
                .Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)]
            : [];
    }

    private IEnumerable<string> Asked(FixtureSet fixtures) =>
        from sizes in new[] { SizeChoice.Parse(Manifest.Sizes) }
        from dtype in Manifest.Dtypes
        from id in fixtures.Cases.Where(golden => golden.Judged.Contains(FloatFormat.Parse(dtype))).Select(golden => golden.Id)
            .Concat(EquationCatalogue.All.SelectMany(equation =>
                Enumerable.Range(1, Verifier.FreshCasesOf(equation, FloatFormat.Parse(dtype), fixtures, Constraints)).Select(number => FreshCase.IdOf(equation, number))
                    .Concat(sizes.Of(equation, Manifest.Seed).Select(asked => FreshCase.IdOf(equation, asked)))
                    .Concat(Scope.Of(equation, Constraints) is { } scope
                        ? sizes.Of(equation, Manifest.Seed).Select(asked => asked.Within(scope)).OfType<Sizes>().Select(asked => FreshCase.IdOf(equation, asked))
                        : [])))
        select $"{dtype}/{id}{InputExport.OutputEnding}";

    // Outputs are copied with their inputs: where those are of another seed or another export, so are the outputs.
    private void CheckInput(EquationRequest request)
    {
        var path = Path.Combine(_folder, InputExport.InputPath(request));
        if (!Path.Exists(path))
            return;
        try
        {
            var stored = SafetensorsFile.Read(path);
            if (stored.Count == request.Inputs.Count && request.Inputs.All(input => stored.TryGetValue(input.Key, out var tensor)
                && Shape.Create(tensor.Shape) == input.Value.Shape && tensor.ToDoubles().AsSpan().SequenceEqual(input.Value.Values)))
            {
                return;
            }
        }
        catch (SafetensorsException failure)
        {
            throw new AdapterException($"input: {failure.Message}: export again");
        }

        throw new AdapterException(
            $"{InputExport.InputPath(request)}: is not the input of this case, so that its output belongs to something else: were folders of two exports mixed?");
    }
}
