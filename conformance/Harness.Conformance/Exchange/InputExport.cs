using System.Text.Json;
using System.Text.Json.Nodes;
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

/// <summary>
/// Writes the inputs of golden and fresh cases, to be computed anywhere: <c>DTYPE/EQUATION/CASE.in.safetensors</c>, and
/// <c>commands.jsonl</c>, which says what to compute from each in the words of the adapter protocol. With paths relative to the folder,
/// it is also what an adapter can be fed with.
/// </summary>
public static class InputExport
{
    /// <summary>The list of commands.</summary>
    public const string CommandsName = "commands.jsonl";

    internal const string OutputEnding = ".out.safetensors";

    /// <summary>Writes a folder, whole or not at all.</summary>
    /// <param name="folder">A new folder.</param>
    /// <param name="fixtures">The golden cases.</param>
    /// <param name="options">What is exported.</param>
    /// <param name="constraints">What the implementation takes; null for everything.</param>
    /// <exception cref="IOException">The folder exists and is not empty, or cannot be written.</exception>
    /// <exception cref="FixtureException">A case is damaged.</exception>
    /// <exception cref="FormatException">The constraints cannot be; the message names what.</exception>
    public static ExportManifest Write(string folder, FixtureSet fixtures, VerifyOptions options, Constraints? constraints = null)
    {
        constraints ??= Constraints.None;
        InputSampler.Require(constraints, EquationCatalogue.All.Select(equation => equation.Id));
        if (string.IsNullOrWhiteSpace(folder))
            throw new IOException("found no name, expected that of a new folder");
        if (File.Exists(folder))
            throw new IOException("found a file, expected a new folder");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new IOException("found a folder that is not empty, expected a new one");
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            var commands = new List<JsonObject> { AdapterCommands.Start(".") };
            foreach (var (request, outputs) in Requests(fixtures, options, constraints))
            {
                var input = InputPath(request);
                Directory.CreateDirectory(Path.Combine(temporary, Path.GetDirectoryName(input)!));
                TensorFiles.WriteInputs(Path.Combine(temporary, input), request);
                commands.Add(AdapterCommands.Run(request, input, OutputPath(request), outputs));
            }

            var manifest = new ExportManifest(
                ExportManifest.FormatVersion, EquationCatalogue.Version, fixtures.Fingerprint, options.Seed,
                [.. options.Formats.Select(format => format.Name)], commands.Count - 1, options.Sizes.ToString(), constraints.IsEmpty ? null : JsonDocument.Parse(constraints.ToString()).RootElement);
            commands.Add(new JsonObject { ["cmd"] = "stop" });
            File.WriteAllLines(Path.Combine(temporary, CommandsName), commands.Select((command, id) => WithId(command, id)));
            manifest.Write(temporary);
            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(temporary, target);
            return manifest;
        }
        catch (SafetensorsException failure)
        {
            throw new IOException(failure.Message, failure);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    internal static string OutputPath(EquationRequest request) => $"{request.Format}/{request.Case}{OutputEnding}";

    internal static string InputPath(EquationRequest request) => $"{request.Format}/{request.Case}.in.safetensors";

    private static string WithId(JsonObject command, int id)
    {
        command.Insert(0, "id", id);
        return command.ToJsonString();
    }

    private static IEnumerable<(EquationRequest Request, IReadOnlyDictionary<string, Shape> Outputs)> Requests(
        FixtureSet fixtures, VerifyOptions options, Constraints constraints)
    {
        var equations = options.Equations.ToHashSet();
        foreach (var golden in fixtures.Cases.Where(golden => equations.Contains(golden.Equation)))
        {
            if (options.CaseGlob is { } globs && !Globs.Match(globs, golden.Id))
                continue;
            if (Scope.Of(golden.Equation, constraints) is { } scope && scope.Misfit(golden.Attributes, golden.Inputs) is not null)
                continue;
            var inputs = FixtureSet.LoadTensors(golden).Inputs;
            foreach (var format in options.Formats.Intersect(golden.Judged))
            {
                var request = new EquationRequest(golden.Equation.Id, format, golden.Attributes, inputs) { Case = golden.Id };
                yield return (request, ShapesOf(golden.Outputs.Where(output => !Hidden(golden.Equation, constraints).Contains(output.Key)).ToDictionary()));
            }
        }

        if (options.CaseGlob is not null)
            yield break;
        foreach (var equation in options.Equations)
        {
            foreach (var format in options.Formats)
            {
                for (var number = 1; number <= Verifier.FreshCasesOf(equation, format, fixtures, constraints); number++)
                {
                    if (FreshCase.Draw(equation, format, options.Seed, number, constraints: constraints) is { } fresh)
                        yield return Request(fresh, FreshCase.IdOf(equation, number), constraints);
                }
            }
        }

        foreach (var (equation, sizes, format) in Verifier.Sized(options, constraints))
        {
            if (FreshCase.Draw(equation, format, options.Seed, sizes, constraints: constraints) is { } fresh)
                yield return Request(fresh, FreshCase.IdOf(equation, sizes), constraints);
        }
    }

    // What is not judged is asked for as well: an answer is whole.
    private static (EquationRequest Request, IReadOnlyDictionary<string, Shape> Outputs) Request(FreshCase fresh, string id, Constraints constraints) => (
        new EquationRequest(fresh.Equation.Id, fresh.Format, fresh.Attributes, fresh.Inputs) { Case = id },
        InputValidator.Validate(fresh.Equation, fresh.Attributes, fresh.Inputs).Where(output => !Hidden(fresh.Equation, constraints).Contains(output.Key)).ToDictionary());

    private static IReadOnlyList<string> Hidden(Equation equation, Constraints constraints) => Scope.Of(equation, constraints)?.Hidden ?? [];

    private static Dictionary<string, Shape> ShapesOf(IReadOnlyDictionary<string, GoldenOutput> outputs) =>
        outputs.ToDictionary(output => output.Key, output => output.Value.Shape);
}
