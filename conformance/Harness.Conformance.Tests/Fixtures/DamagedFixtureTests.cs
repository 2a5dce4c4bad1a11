using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Running;
using Harness.Conformance.Safetensors;

namespace Harness.Conformance.Tests.Fixtures;

/// <summary>A damaged file is named with the reason, and the other cases still run.</summary>
public sealed class DamagedFixtureTests : IDisposable
{
    private const string Equation = "lm2.gate.input";
    private readonly TemporaryFolder _folder = new();
    private readonly string _json;
    private readonly string _tensors;
    private readonly int _cases;

    public DamagedFixtureTests()
    {
        var source = Path.Combine(RepositoryFixtures.Folder, Equation);
        var target = Directory.CreateDirectory(Path.Combine(_folder, Equation)).FullName;
        foreach (var file in Directory.EnumerateFiles(source))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        _json = Directory.EnumerateFiles(target, "*.json").Order(StringComparer.Ordinal).First();
        _tensors = Path.ChangeExtension(_json, ".safetensors");
        _cases = Directory.EnumerateFiles(target, "*.json").Count();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sound_folder_has_no_damage() => Damage().Should().BeEmpty();

    [Fact]
    public void A_truncated_tensor_file_is_named()
    {
        File.WriteAllBytes(_tensors, File.ReadAllBytes(_tensors)[..^8]);
        Damage().Should().ContainSingle().Which.Should().StartWith(_tensors);
    }

    [Fact]
    public void A_flipped_bit_in_the_data_is_found_by_the_checksum()
    {
        var bytes = File.ReadAllBytes(_tensors);
        bytes[^9] ^= 1;
        File.WriteAllBytes(_tensors, bytes);
        Damage().Should().ContainSingle().Which.Should().Contain(": checksum: found ");
    }

    [Fact]
    public void A_missing_tensor_file_is_named()
    {
        File.Delete(_tensors);
        Damage().Should().ContainSingle().Which.Should().Contain(_tensors);
    }

    [Fact]
    public void A_value_that_is_not_finite_is_named()
    {
        Rewrite(tensor => tensor.Name == "input.E" ? Replace(tensor, values => values[0] = double.NaN) : tensor);
        Damage().Should().ContainSingle().Which.Should().Contain("tensor \"input.E\": ").And.Contain("NaN");
    }

    [Fact]
    public void A_wrong_dtype_is_named()
    {
        Rewrite(tensor => tensor.Name == "input.E" ? StoredTensor.FromDoubles(tensor.Name, "F32", tensor.Shape, tensor.ToDoubles()) : tensor);
        Damage().Should().ContainSingle().Which.Should().Contain("tensor \"input.E\": found F32 ").And.Contain("expected F64 ");
    }

    [Fact]
    public void A_tensor_too_many_is_named()
    {
        RewriteAll(tensors => [.. tensors, StoredTensor.FromDoubles("input.extra", "F64", [1], [1])]);
        Damage().Should().ContainSingle().Which.Should().Contain("tensor \"input.extra\": found, but the case does not name it");
    }

    [Fact]
    public void A_tensor_too_few_is_named()
    {
        RewriteAll(tensors => tensors.Where(tensor => tensor.Name != "rho.f64.g_in"));
        Damage().Should().ContainSingle().Which.Should().Contain("tensor \"rho.f64.g_in\": found nothing");
    }

    [Theory]
    [InlineData("""{"format": 2}""", "\"format\"")]
    [InlineData("""{"catalogue": "0.9"}""", "\"catalogue\": found version 0.9, this harness has 1.2; regenerate the fixtures")]
    [InlineData("""{"equation": "lm2.gate.sideways"}""", "\"equation\": found \"lm2.gate.sideways\"")]
    [InlineData("""{"equation": "inf.basis.evaluate.vjp"}""", "\"equation\": found \"inf.basis.evaluate.vjp\"")]
    [InlineData("""{"equation": "lm2.gate.output"}""", "\"outputs\": found g_in, expected g_out")]
    [InlineData("""{"family": "random"}""", "\"family\": found \"random\"")]
    [InlineData("""{"flags": "tiny"}""", "does not fit the schema: \"flags\": found \"tiny\", expected a list")]
    [InlineData("""{"format": "1"}""", "does not fit the schema: \"format\": found \"1\", expected a whole number")]
    [InlineData("""{"inputs": []}""", "does not fit the schema: \"inputs\": found a list, expected an object")]
    [InlineData("""{"inputs": {"E": 2}}""", "does not fit the schema: shape of E: found 2, expected a list")]
    [InlineData("""{"inputs": {"E": [1.5]}}""", "does not fit the schema: shape of E: found 1.5, expected a whole number")]
    [InlineData("""{"outputs": {"g_in": 1}}""", "does not fit the schema: g_in: found 1, expected an object")]
    [InlineData("""{"outputs": {"g_in": {"judge": "entries"}}}""", "does not fit the schema: shape of g_in: found nothing, expected a list")]
    [InlineData("""{"outputs": {"g_in": {"shape": [1, 1, 1], "judge": "columns", "axis": "1"}}}""", "does not fit the schema: \"axis\" of g_in: found \"1\", expected a whole number")]
    [InlineData("""{"judged": {}}""", "does not fit the schema: \"judged\": found an object, expected a list")]
    [InlineData("""{"not_judged": 1}""", "does not fit the schema: \"not_judged\": found 1, expected an object")]
    [InlineData("""{"judged": ["f65"]}""", "f65")]
    [InlineData("""{"judged": ["f64", "f64", "f32", "f16", "bf16"], "not_judged": {}}""", "\"judged\": found f64, f64, f32, f16, bf16, and ")]
    [InlineData("""{"judged": ["f32"], "not_judged": {"f64": "x", "bf16": "x", "f16": "x"}}""", "expected each of bf16, f16, f32, f64 once, f64 among the judged")]
    [InlineData("""{"judged": [null]}""", "\"judged\": found null")]
    [InlineData("""{"not_judged": {"bf16": null, "f16": "x"}}""", "\"bf16\": found null, expected a text")]
    [InlineData("""{"flags": ["small"]}""", "\"flags\": found \"small\", expected one of tiny")]
    [InlineData("""{"name": "../escape"}""", "\"name\": found \"../escape\"")]
    [InlineData("""{"sha256": "00"}""", "\"sha256\": found \"00\"")]
    [InlineData("""{"inputs": {"E": [2, -1]}}""", "found shape [2,-1], expected positive extents")]
    [InlineData("""{"inputs": {"E": [2147483647, 2147483647, 2147483647]}}""", "and at most 134217728 values")]
    [InlineData("""{"inputs": {"E": [2, "x"]}}""", "does not fit the schema: shape of E: found \"x\", expected a whole number")]
    [InlineData("""{"outputs": {"g_in": {"shape": [1, 1, 1], "judge": "columns", "axis": 1}}}""", "\"judge\" of g_in: found Columns (axis 1), expected Entries")]
    [InlineData("""{"outputs": {"g_in": {"shape": [1, 1, 1], "judge": "entries", "not_judged": 1}}}""", "\"not_judged of g_in\": found 1, expected an object")]
    [InlineData("""{"outputs": {"g_in": {"shape": [1, 1, 1], "judge": "entries", "not_judged": {"f65": "x"}}}}""", "\"not_judged of g_in\": found \"f65\", expected one of f64")]
    [InlineData("""{"outputs": {"g_in": {"shape": [1, 1, 1], "judge": "entries", "not_judged": {"f64": ""}}}}""", "\"f64\": found \"\", expected a text")]
    [InlineData("""{"outputs": {"g_in": {"shape": [1, 1, 1], "judge": "entries", "not_judged": {"f64": "x"}}}}""", "\"judged\": found f64, in which every output is \"not_judged\", expected at least one that is judged")]
    [InlineData("""{"surprise": 1}""", "unknown member \"surprise\"")]
    [InlineData("""{"note": null}""", "\"note\": found null")]
    public void A_json_that_does_not_fit_the_schema_is_named(string change, string reason)
    {
        var json = JsonNode.Parse(File.ReadAllText(_json))!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
            json[name] = value?.DeepClone();
        File.WriteAllText(_json, json.ToJsonString());
        Damage().Should().ContainSingle().Which.Should().StartWith(_json).And.Contain(reason);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"format": 1, "format": 1}""")]
    [InlineData("\u0001")]
    public void A_file_that_is_no_case_at_all_is_named(string text)
    {
        File.WriteAllText(_json, text);
        Damage().Should().ContainSingle().Which.Should().StartWith($"{_json}: does not fit the schema: ");
    }

    [Fact]
    public void A_missing_member_is_named()
    {
        var json = JsonNode.Parse(File.ReadAllText(_json))!.AsObject();
        json.Remove("sha256");
        File.WriteAllText(_json, json.ToJsonString());
        Damage().Should().ContainSingle().Which.Should().Contain("has no \"sha256\"");
    }

    [Fact]
    public void Inputs_that_the_equation_rejects_are_named()
    {
        var json = JsonNode.Parse(File.ReadAllText(_json))!.AsObject();
        json["attributes"]!["heads"] = 2;
        File.WriteAllText(_json, json.ToJsonString());
        Damage().Should().ContainSingle().Which.Should().Contain("attribute \"heads\": found an unknown attribute");
    }

    [Fact]
    public void A_changed_json_is_found_by_the_manifest()
    {
        WriteManifest(id => new string('0', 64));
        FixtureSet.Load(_folder).Damage.Should().HaveCount(_cases)
            .And.OnlyContain(damage => damage.Message.Contains("the manifest has 0000", StringComparison.Ordinal));
    }

    [Fact]
    public void A_case_that_the_manifest_lists_and_nobody_has_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, "manifest.json"), $$$"""{"format": 1, "catalogue": "{{{EquationCatalogue.Version}}}", "cases": {"lm2.gate.input/gone": "00"}}""");
        FixtureSet.Load(_folder).Damage.Select(damage => damage.Message).Should().HaveCount(_cases + 1)
            .And.Contain(message => message.EndsWith("found nothing, but the manifest lists the case", StringComparison.Ordinal))
            .And.Contain(message => message.EndsWith("found, but the manifest does not list the case", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unreadable_manifest_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, "manifest.json"), "{");
        Damage().Should().ContainSingle().Which.Should().Contain("manifest.json: does not fit the schema");
    }

    [Fact]
    public void A_folder_that_does_not_exist_or_has_no_case_is_named()
    {
        FluentActions.Invoking(() => FixtureSet.Load(Path.Combine(_folder, "nowhere"))).Should().Throw<FixtureException>().WithMessage("*: found nothing, expected a folder with EQUATION/NAME.json files");
        FluentActions.Invoking(() => FixtureSet.Load(Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName))
            .Should().Throw<FixtureException>().WithMessage("*found no case*");
    }

    // Every damaged case is an error of its own; the others pass.
    private string[] Damage()
    {
        var set = FixtureSet.Load(_folder);
        var report = new Harness.Conformance.Running.Verifier(
            new ReferenceImplementation(), set, new VerifyOptions { CaseGlob = "*", Formats = [Tensors.Numerics.FloatFormat.Float64] }).Run();
        string[] damage = [.. set.Damage.Concat(report.Damage).Select(found => found.Message)];
        var damagedCases = damage.Count(message => !message.Contains("manifest", StringComparison.Ordinal));
        report.Passed.Should().Be(_cases - damagedCases);
        return damage;
    }

    private void WriteManifest(Func<string, string> checksum)
    {
        var cases = new JsonObject();
        foreach (var file in Directory.EnumerateFiles(_folder, "*.json", SearchOption.AllDirectories))
        {
            var id = $"{Equation}/{Path.GetFileNameWithoutExtension(file)}";
            cases[id] = checksum(id);
        }

        File.WriteAllText(
            Path.Combine(_folder, "manifest.json"), new JsonObject { ["format"] = 1, ["catalogue"] = EquationCatalogue.Version, ["cases"] = cases }.ToJsonString());
    }

    private void Rewrite(Func<StoredTensor, StoredTensor> change) => RewriteAll(tensors => tensors.Select(change));

    // A changed file gets its new checksum, so that the damage is found for its own sake.
    private void RewriteAll(Func<IEnumerable<StoredTensor>, IEnumerable<StoredTensor>> change)
    {
        SafetensorsFile.Write(_tensors, change(SafetensorsFile.Read(_tensors).Values).ToArray());
        var json = JsonNode.Parse(File.ReadAllText(_json))!.AsObject();
        json["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_tensors)));
        File.WriteAllText(_json, json.ToJsonString());
    }

    private static StoredTensor Replace(StoredTensor tensor, Action<double[]> change)
    {
        var values = tensor.ToDoubles();
        change(values);
        return StoredTensor.FromDoubles(tensor.Name, tensor.DType, tensor.Shape, values);
    }
}
