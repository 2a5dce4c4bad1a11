using System.Diagnostics;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Exchange;
using Harness.Conformance.Implementations;
using Harness.Conformance.Running;
using Harness.Conformance.Safetensors;
using Harness.Conformance.Tests.Protocol;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Exchange;

/// <summary>Inputs out, outputs in: for implementations that can only be handed files.</summary>
public sealed class ExchangeTests : IDisposable
{
    private static readonly VerifyOptions Gate = new() { EquationGlob = "lm2.gate.input", Formats = [FloatFormat.Float64, FloatFormat.BFloat16], Seed = 5 };

    private readonly TemporaryFolder _root = new();

    private string Folder => Path.Combine(_root, "exported");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Outputs_computed_from_exported_inputs_pass_golden_and_fresh()
    {
        var manifest = InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        (manifest.Format, manifest.Seed, manifest.Fixtures).Should().Be((1, 5, RepositoryFixtures.Set.Fingerprint));
        manifest.Dtypes.Should().Equal("f64", "bf16");
        Compute();
        var report = Verify();
        report.Bad().Should().BeEmpty();
        report.Checks.Count(check => check.Kind != CheckKind.Pooled && check.Verdict == Verdict.Passed).Should().Be(manifest.Cases);
        report.Checks.Count(check => check.Kind == CheckKind.Fresh && check.Verdict == Verdict.Passed).Should().Be(4);
        report.Checks.Should().NotContain(check => check.Kind == CheckKind.Property);
        report.Name.Should().Be("exported");
    }

    [Fact]
    public void Outputs_of_other_fresh_inputs_fail()
    {
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        Compute();
        var report = new Verifier(new OutputsImplementation(Folder, RepositoryFixtures.Set), RepositoryFixtures.Set, Gate with { Seed = 6 }).Run();
        report.Checks.Where(check => check.Kind == CheckKind.Fresh).Should().OnlyContain(check => check.IsBad);
        report.Checks.Where(check => check.Kind == CheckKind.Golden).Should().OnlyContain(check => !check.IsBad);
    }

    [Fact]
    public void An_output_that_is_missing_is_unsupported_and_one_that_is_truncated_is_errored()
    {
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        Compute();
        File.Delete(Path.Combine(Folder, "f64/lm2.gate.input/typical.out.safetensors"));
        using (var stream = File.OpenWrite(Path.Combine(Folder, "f64/lm2.gate.input/batch.out.safetensors")))
            stream.SetLength(stream.Length - 1);
        var bad = Verify().Bad();
        bad.Keys.Should().BeEquivalentTo("lm2.gate.input/typical f64", "lm2.gate.input/batch f64");
        var missing = bad["lm2.gate.input/typical f64"];
        (missing.Verdict, missing.Reason).Should().Be((Verdict.Unsupported, "found no f64/lm2.gate.input/typical.out.safetensors"));
        var truncated = bad["lm2.gate.input/batch f64"];
        truncated.Verdict.Should().Be(Verdict.Errored);
        truncated.Reason.Should().Match("output: *batch.out.safetensors*truncated*");
    }

    [Theory]
    [InlineData("g_in", true, Verdict.Errored, "omitted: found \"g_in\", which is among the outputs as well, expected what is not there")]
    [InlineData("g_in", false, Verdict.Unsupported, "every output is omitted")]
    [InlineData("g_out", true, Verdict.Errored, "omitted: found \"g_out\", expected outputs of lm2.gate.input: g_in")]
    [InlineData("g_in, g_in", false, Verdict.Errored, "omitted: found \"g_in\" twice, expected each once")]
    [InlineData("", true, Verdict.Errored, "omitted: found \"\", expected outputs of lm2.gate.input: g_in")]
    public void The_metadata_of_a_file_say_which_outputs_are_not_in_it(string omitted, bool isWritten, Verdict verdict, string reason)
    {
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        Compute();
        var path = Path.Combine(Folder, "f64/lm2.gate.input/typical.out.safetensors");
        SafetensorsFile.Write(path, isWritten ? SafetensorsFile.Read(path).Values.ToArray() : [], new Dictionary<string, string> { ["omitted"] = omitted });

        var check = Verify().Bad().Should().ContainSingle().Subject.Value;

        (check.Verdict, check.Reason).Should().Be((verdict, reason));
    }

    [Theory]
    [InlineData("format", "2", "*\"format\": found 2, this harness reads 1")]
    [InlineData("catalogue", "\"0.9\"", "*\"catalogue\": found 0.9, this harness has *: export again")]
    [InlineData("fixtures", "\"of another time\"", "*was exported from other golden cases than those in *: export again")]
    [InlineData("seed", "\"five\"", "*manifest.json: seed: found \"five\", expected a number, expected the manifest that 'harness export-inputs' writes")]
    [InlineData("dtypes", "null", "*manifest.json: dtypes: found null, expected a value, expected the manifest that 'harness export-inputs' writes")]
    [InlineData("dtypes", "[null]", "*\"dtypes\": found null, expected some of f64, f32, f16, bf16, each once")]
    [InlineData("dtypes", "[\"f65\"]", "*\"dtypes\": found f65, expected some of f64, f32, f16, bf16, each once")]
    [InlineData("dtypes", "[\"f64\", \"f64\"]", "*\"dtypes\": found f64, f64, expected some of *")]
    [InlineData("cases", "-1", "*\"cases\": found -1, expected at least 0")]
    public void A_folder_exported_from_something_else_is_refused_by_name(string field, string value, string message)
    {
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate with { CaseGlob = "lm2.gate.input/typical" });
        var path = Path.Combine(Folder, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        manifest[field].Should().NotBeNull();
        manifest[field] = JsonNode.Parse(value);
        File.WriteAllText(path, manifest.ToJsonString());
        var open = () => new OutputsImplementation(Folder, RepositoryFixtures.Set);
        open.Should().Throw<FormatException>().WithMessage(message).WithMessage($"*{Folder}*");
    }

    [Fact]
    public void A_byte_order_mark_before_the_manifest_is_skipped()
    {
        var manifest = InputExport.Write(Folder, RepositoryFixtures.Set, Gate with { CaseGlob = "lm2.gate.input/typical" });
        var path = Path.Combine(Folder, "manifest.json");
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(path)]);
        new OutputsImplementation(Folder, RepositoryFixtures.Set).Manifest.Should().BeEquivalentTo(manifest);
    }

    [Fact]
    public void Outputs_beside_inputs_of_another_export_are_errored_with_the_reason()
    {
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        Compute();
        var other = Path.Combine(_root, "other");
        InputExport.Write(other, RepositoryFixtures.Set, Gate with { Seed = 6 });
        File.Copy(Path.Combine(other, "f64/lm2.gate.input/fresh-1.in.safetensors"), Path.Combine(Folder, "f64/lm2.gate.input/fresh-1.in.safetensors"), overwrite: true);
        var bad = Verify().Bad();
        bad.Keys.Should().Equal("lm2.gate.input/fresh-1 f64");
        bad["lm2.gate.input/fresh-1 f64"].Reason.Should().Be(
            "f64/lm2.gate.input/fresh-1.in.safetensors: is not the input of this case, so that its output belongs to something else: were folders of two exports mixed?");
    }

    [Fact]
    public void Outputs_need_no_inputs_beside_them()
    {
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        Compute();
        foreach (var input in Directory.GetFiles(Folder, "*.in.safetensors", SearchOption.AllDirectories))
            File.Delete(input);
        Verify().Bad().Should().BeEmpty();
    }

    [Fact]
    public void Outputs_that_no_case_asks_for_are_named()
    {
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        Compute();
        new OutputsImplementation(Folder, RepositoryFixtures.Set).Notes.Should().BeEmpty();
        File.Move(Path.Combine(Folder, "f64/lm2.gate.input/typical.out.safetensors"), Path.Combine(Folder, "f64/lm2.gate.input/typcial.out.safetensors"));
        Directory.CreateSymbolicLink(Path.Combine(Folder, "f64/circle"), Folder);
        new OutputsImplementation(Folder, RepositoryFixtures.Set).Notes.Should().Equal(
            $"{Folder}: found 1 outputs that no case asks for: f64/lm2.gate.input/typcial.out.safetensors");
        CommandLine.Run("verify", "--outputs", Folder, "--equation", "lm2.gate.input").Output.Should().MatchRegex("(?m)^note: .* found 1 outputs that no case");
    }

    [Fact]
    public void A_folder_in_an_outputs_place_is_errored()
    {
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        Directory.CreateDirectory(Path.Combine(Folder, "f64/lm2.gate.input/typical.out.safetensors"));
        Verify().Checks.Single(check => check.Id == "lm2.gate.input/typical" && check.Format == FloatFormat.Float64).Verdict.Should().Be(Verdict.Errored);
    }

    [Fact]
    public void A_file_in_the_folders_place_is_refused_before_anything_is_drawn()
    {
        File.WriteAllText(Folder, "");
        var write = () => InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        write.Should().Throw<IOException>().WithMessage("found a file, expected a new folder");
        CommandLine.Run("export-inputs", "").Should().Be((2, "", "harness: export-inputs: '': found an empty path, expected that of a new folder.\n"));
    }

    [Fact]
    public void A_folder_that_was_not_exported_is_refused()
    {
        var open = () => new OutputsImplementation(_root, RepositoryFixtures.Set);
        open.Should().Throw<FormatException>().WithMessage($"{_root}/manifest.json: found nothing, expected a file: the manifest that 'harness export-inputs' writes");
    }

    [Fact]
    public void Nothing_is_exported_into_a_folder_that_holds_something()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "thesis.txt"), "");
        var write = () => InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        write.Should().Throw<IOException>().WithMessage("found a folder that is not empty, expected a new one");
        Entries().Should().BeEquivalentTo("exported", "exported/thesis.txt");
        CommandLine.Run("export-inputs", Folder).Should().Be(
            (2, "", $"harness: export-inputs: '{Folder}': found a folder that is not empty, expected a new one.\n"));
    }

    [Fact]
    public void An_empty_folder_will_do()
    {
        Directory.CreateDirectory(Folder);
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate with { CaseGlob = "lm2.gate.input/typical" });
        Entries().Should().Contain("exported/f64/lm2.gate.input/typical.in.safetensors");
    }

    // What is read while it is written would be another folder each time.
    [Fact]
    public void A_failure_half_way_leaves_nothing_behind()
    {
        var damaged = Path.Combine(_root, "fixtures");
        Copy(Path.Combine(RepositoryFixtures.Folder, "lm2.gate.input"), Path.Combine(damaged, "lm2.gate.input"));
        foreach (var file in Directory.GetFiles(RepositoryFixtures.Folder))
            File.Copy(file, Path.Combine(damaged, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(damaged, "lm2.gate.input/typical.safetensors"), "");
        var write = () => InputExport.Write(Folder, Conformance.Fixtures.FixtureSet.Load(damaged), Gate);
        write.Should().Throw<Conformance.Fixtures.FixtureException>();
        Directory.EnumerateFileSystemEntries(_root).Should().Equal(damaged);
    }

    [Fact]
    public async Task The_list_of_commands_makes_an_adapter_write_outputs_that_verify()
    {
        InputExport.Write(Folder, RepositoryFixtures.Set, Gate);
        var command = BuiltPrograms.TestAdapter("honest");
        using var adapter = BuiltPrograms.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var answers = adapter.StandardOutput.ReadToEndAsync();
        await adapter.StandardInput.WriteAsync(await File.ReadAllTextAsync(Path.Combine(Folder, "commands.jsonl")));
        adapter.StandardInput.Close();
        await adapter.WaitForExitAsync();
        adapter.ExitCode.Should().Be(0);
        (await answers).TrimEnd().Split('\n').Select(line => (string)JsonNode.Parse(line)!["status"]!).Should().OnlyContain(status => status == "ok");
        Verify().Bad().Should().BeEmpty();
    }

    [Fact]
    public void The_command_line_takes_seed_and_dtypes_from_the_folder()
    {
        CommandLine.Run("export-inputs", Folder, "--equation", "lm2.gate.input", "--dtype", "f64,bf16", "--seed", "5").Code.Should().Be(0);
        Compute();
        var (code, output, error) = CommandLine.Run("verify", "--outputs", Folder, "--equation", "lm2.gate.input");
        error.Should().BeEmpty();
        code.Should().Be(0);
        output.Should().Contain("seed 5").And.Contain("bf16").And.MatchRegex(@"(?m)^[1-9]\d* passed, 0 failed, 0 unsupported, 0 errored$");
        CommandLine.Run("verify", "--outputs", Folder, "--seed", "6").Should().Be(
            (2, "", "harness: --seed: found 6, expected 5, from which the inputs were drawn.\n"));

        // Where inputs were not copied with the outputs, the manifest alone can tell.
        var other = Path.Combine(_root, "other");
        CommandLine.Run("export-inputs", other, "--equation", "lm2.gate.input", "--dtype", "f64,bf16", "--seed", "6").Code.Should().Be(0);
        CommandLine.Run("verify", "--outputs", Folder, "--outputs", other).Should().Be(
            (2, "", $"harness: --outputs: '{other}' was exported from seed 6, expected 5, from which the inputs are drawn.\n"));
        CommandLine.Run("explain", "lm2.gate.input/fresh-1", "--seed", "6", "--outputs", Folder).Error.Should().Be(
            $"harness: --outputs: '{Folder}' was exported from seed 5, expected 6, from which the inputs are drawn.\n");
        CommandLine.Run("explain", "lm2.gate.input/typical", "--outputs", Folder).Code.Should().Be(0);
    }

    // What someone elsewhere would do: read the list, the inputs, write the outputs.
    private void Compute()
    {
        var reference = new ReferenceImplementation();
        foreach (var line in File.ReadAllLines(Path.Combine(Folder, "commands.jsonl")))
        {
            var command = System.Text.Json.JsonDocument.Parse(line).RootElement;
            if (command.GetProperty("cmd").GetString() != "run")
                continue;
            var inputs = SafetensorsFile.Read(Path.Combine(Folder, command.GetProperty("input").GetString()!)).ToDictionary(
                tensor => tensor.Key, tensor => new TensorData(Shape.Create(tensor.Value.Shape), tensor.Value.ToDoubles()));
            var dtype = command.GetProperty("dtype").GetString()!;
            var outputs = reference.Run(new EquationRequest(
                command.GetProperty("equation").GetString()!, FloatFormat.Parse(dtype), AttributeValues.FromJson(command.GetProperty("attributes")), inputs));
            SafetensorsFile.Write(Path.Combine(Folder, command.GetProperty("output").GetString()!), outputs!.Select(output =>
                StoredTensor.FromDoubles(output.Key, dtype.ToUpperInvariant(), output.Value.Shape.ToArrayExtents(), output.Value.Values)));
        }
    }

    private ImplementationReport Verify() =>
        new Verifier(new OutputsImplementation(Folder, RepositoryFixtures.Set), RepositoryFixtures.Set, Gate).Run();

    private IEnumerable<string> Entries() =>
        Directory.EnumerateFileSystemEntries(_root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_root, path));

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
