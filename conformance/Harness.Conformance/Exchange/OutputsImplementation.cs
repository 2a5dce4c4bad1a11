using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;

namespace Harness.Conformance.Exchange;

/// <summary>Answers that were computed elsewhere from exported inputs: a folder with outputs beside the inputs.</summary>
public sealed class OutputsImplementation : IImplementation
{
    private readonly string _folder;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">What <see cref="InputExport.Write"/> wrote, with outputs added.</param>
    /// <param name="fixtures">The golden cases that the outputs will be held against.</param>
    /// <exception cref="FormatException">The folder was not exported, or from other cases than these.</exception>
    public OutputsImplementation(string folder, FixtureSet fixtures)
    {
        _folder = folder;
        Manifest = ExportManifest.Read(folder);
        if (Manifest.Fixtures != fixtures.Fingerprint)
            throw new FormatException($"{folder}: was exported from other golden cases than those in {fixtures.Folder}: export again");
    }

    /// <summary>What the inputs were made from.</summary>
    public ExportManifest Manifest { get; }

    /// <inheritdoc/>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_folder)));

    /// <inheritdoc/>
    public ImplementationDetails Details => new("outputs", _folder);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        var path = Path.Combine(_folder, InputExport.OutputPath(request));
        if (!File.Exists(path))
            throw new UnsupportedRequestException($"found no {InputExport.OutputPath(request)}");
        var shapes = InputValidator.Validate(EquationCatalogue.Find(request.Equation)!, request.Attributes, request.Inputs);
        return TensorFiles.ReadOutputs(path, request.Format, shapes);
    }
}
