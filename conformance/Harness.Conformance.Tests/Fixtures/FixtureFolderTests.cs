using System.Diagnostics;
using System.Text.Json.Nodes;
using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Fixtures;

/// <summary>Folders with more, less or other things in them than cases: what is there is named, and the cases are read.</summary>
public sealed class FixtureFolderTests : IDisposable
{
    private const string Equation = "lm2.gate.input";

    private readonly TemporaryFolder _root = new();
    private readonly string _folder;
    private readonly int _cases;

    public FixtureFolderTests()
    {
        _folder = Path.Combine(_root, "cases");
        var target = Directory.CreateDirectory(Path.Combine(_folder, Equation)).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryFixtures.Folder, Equation)))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        _cases = Directory.EnumerateFiles(target, "*.json").Count();
    }

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("circle", ".")]
    [InlineData($"{Equation}/circle", "..")]
    [InlineData($"{Equation}/circle", ".")]
    [InlineData("again", Equation)]
    public void A_link_that_leads_in_circles_multiplies_nothing(string link, string target)
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder, link), target);
        var set = FixtureSet.Load(_folder);
        (set.Cases.Count, set.Damage.Count).Should().Be((_cases, 0));
    }

    [Fact]
    public void A_folder_of_an_equation_may_be_a_link_to_another_place()
    {
        Directory.Move(Path.Combine(_folder, Equation), Path.Combine(_root, "elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, Equation), Path.Combine(_root, "elsewhere"));
        FixtureSet.Load(_folder).Cases.Should().HaveCount(_cases);
    }

    [Theory]
    [InlineData("x.json", "pipe", "found a pipe, expected a file")]
    [InlineData("x.json", "/dev/zero", "found a device, expected a file")]
    [InlineData("x.json", "folder", "found a folder, expected a file")]
    [InlineData("x.json", "circle", "symbolic links")]
    [InlineData("x.json", "empty", "found an empty file, expected one with something in it")]
    [InlineData("x.json", "endless", "expected at most")]
    [InlineData("a\nb.json", "empty", "found an empty file, expected one with something in it")]
    [InlineData("x.safetensors", "empty", "found nothing, expected the case whose tensors lie beside it")]
    [InlineData("../x.json", "pipe", "found beside the folders of the equations, expected EQUATION/NAME.json")]
    [InlineData("../manifest.json", "pipe", "manifest.json: does not fit the schema: found a pipe, expected a file")]
    [InlineData("../manifest.json", "folder", "manifest.json: does not fit the schema: found a folder, expected a file")]
    public async Task What_is_no_file_of_a_case_is_named_and_the_others_are_read(string name, string what, string reason)
    {
        Make(Path.Combine(_folder, Equation, name), what);
        var read = Task.Run(() => FixtureSet.Load(_folder));
        (await Task.WhenAny(read, Task.Delay(TimeSpan.FromMinutes(1)))).Should().Be(read, "nothing is waited for");
        var set = await read;
        set.Cases.Should().HaveCount(_cases);
        set.Damage.Should().ContainSingle().Which.Message.Should().Contain(reason);
    }

    [Theory]
    [InlineData("pipe", "found a pipe, expected a file")]
    [InlineData("/dev/zero", "found a device, expected a file")]
    [InlineData("empty", "found an empty file, expected one with something in it")]
    public async Task Tensors_that_are_no_file_are_named(string what, string reason)
    {
        var golden = FixtureSet.Load(_folder).Cases[0];
        File.Delete(golden.TensorFile);
        Make(golden.TensorFile, what);
        var read = Task.Run(() => FluentActions.Invoking(() => FixtureSet.LoadTensors(golden)).Should().Throw<FixtureException>().Which.Message);
        (await Task.WhenAny(read, Task.Delay(TimeSpan.FromMinutes(1)))).Should().Be(read, "nothing is waited for");
        (await read).Should().StartWith($"{golden.TensorFile}: {reason}");
    }

    [Fact]
    public void Deep_folders_are_left_alone()
    {
        var deep = Path.Combine(_folder, string.Join('/', Enumerable.Repeat("d", 500)));
        Directory.CreateDirectory(deep);
        File.WriteAllText(Path.Combine(deep, "x.json"), "{}");
        FixtureSet.Load(_folder).Damage.Should().BeEmpty();
    }

    [Fact]
    public void Without_a_manifest_it_is_said_that_nothing_is_known_to_be_missing()
    {
        var note = $"no manifest: {_cases} cases found, none is known to be missing";
        FixtureSet.Load(_folder).Notes.Should().Equal(note);
        RepositoryFixtures.Set.Notes.Should().BeEmpty();
        var (code, output, results) = Verify("--case", "*");
        code.Should().Be(0);
        output.Should().Contain($"note: {note}\n");
        ((string)results["notes"]![0]!).Should().Be(note);
    }

    [Fact]
    public void Cases_that_were_deleted_added_or_altered_since_the_manifest_are_named()
    {
        WriteManifest(_ => { });
        FixtureSet.Load(_folder).Damage.Should().BeEmpty();
        string Case(string name) => Path.Combine(_folder, Equation, $"{name}.json");
        File.Delete(Case("batch"));
        File.Delete(Path.ChangeExtension(Case("batch"), ".safetensors"));
        File.AppendAllText(Case("typical"), "\n");
        File.Copy(Case("typical"), Case("added"));
        File.Copy(Path.ChangeExtension(Case("typical"), ".safetensors"), Path.ChangeExtension(Case("added"), ".safetensors"));
        FixtureSet.Load(_folder).Damage.Select(damage => damage.Message[Case("").LastIndexOf('/')..]).Should().SatisfyRespectively(
            wrong => wrong.Should().Be("/added.json: holds the case lm2.gate.input/typical, expected the one its path names"),
            deleted => deleted.Should().Be("/batch.json: found nothing, but the manifest lists the case"),
            altered => altered.Should().StartWith("/typical.json: checksum: found "),
            added => added.Should().Be("/added.json: found, but the manifest does not list the case"));
        Verify("--case", "*").Code.Should().Be(3);
    }

    [Theory]
    [InlineData("format", "2", "\"format\": found 2, this harness reads 1")]
    [InlineData("format", "\"1\"", "does not fit the schema: \"format\": found \"1\", expected a whole number")]
    [InlineData("catalogue", "\"0.9\"", "\"catalogue\": found version 0.9, this harness has 1.2; regenerate the fixtures")]
    [InlineData("catalogue", "null", "\"catalogue\": found null, expected a text")]
    [InlineData("surprise", "1", "has an unknown member \"surprise\"")]
    [InlineData("cases", "[]", "does not fit the schema: \"cases\": found a list, expected an object")]
    [InlineData("cases", "{\"a\": null}", "\"cases\": a: found null, expected a text")]
    public void A_manifest_that_cannot_be_used_is_damage(string member, string value, string reason)
    {
        WriteManifest(manifest => manifest[member] = JsonNode.Parse(value));
        var set = FixtureSet.Load(_folder);
        set.Damage.Should().ContainSingle().Which.Message.Should().StartWith(Path.Combine(_folder, "manifest.json")).And.Contain(reason);
        set.Cases.Should().HaveCount(_cases);
    }

    [Fact]
    public void Byte_order_marks_are_skipped()
    {
        foreach (var file in Directory.EnumerateFiles(_folder, "*.json", SearchOption.AllDirectories))
            File.WriteAllBytes(file, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(file)]);
        WriteManifest(_ => { });
        var path = Path.Combine(_folder, "manifest.json");
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(path)]);
        var set = FixtureSet.Load(_folder);
        (set.Cases.Count, set.Damage.Count).Should().Be((_cases, 0));
    }

    [Fact]
    public void A_case_in_utf_16_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, Equation, "batch.json"), "{}", System.Text.Encoding.Unicode);
        FixtureSet.Load(_folder).Damage.Should().ContainSingle().Which.Message.Should().Contain("found UTF-16 or no text at all, expected UTF-8");
    }

    [Fact]
    public void The_fingerprint_changes_with_a_case_also_where_its_tensors_are_the_same()
    {
        var before = FixtureSet.Load(_folder).Fingerprint;
        File.AppendAllText(Path.Combine(_folder, Equation, "typical.json"), "\n");
        FixtureSet.Load(_folder).Fingerprint.Should().NotBe(before);
    }

    [Fact]
    public void A_program_that_meets_a_damaged_case_is_asked_the_others()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, Equation), "*t*.safetensors"))
            File.WriteAllBytes(file, [0]);
        var (code, output, results) = Verify("--equation", Equation, "--dtype", "f64", "--exec", CommandLine.Exec("honest"));
        code.Should().Be(3);
        output.Should().Contain("damaged fixture");
        var checks = results["implementations"]![0]!["checks"]!.AsArray();
        checks.Where(check => (string)check!["kind"]! == "protocol").Should().OnlyContain(check => (string)check!["verdict"]! == "passed");
        checks.Should().Contain(check => (string)check!["verdict"]! == "errored").And.Contain(check => (string)check!["verdict"]! == "passed");
    }

    [Fact]
    public void Where_every_case_is_damaged_naming_one_is_no_mistake_of_the_command_line()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, Equation), "*.json"))
            File.WriteAllText(file, "{}");
        var (code, _, _) = Verify("--case", "*");
        code.Should().Be(3);
    }

    private (int Code, string Output, JsonNode Results) Verify(params string[] arguments)
    {
        var path = Path.Combine(_root, "results.json");
        using var output = new StringWriter();
        var code = Harness.Cli.HarnessCommand.Run(
            ["verify", "--fixtures", _folder, "--json", path, .. arguments], new Harness.Cli.Terminals.Terminal(output, TextWriter.Null, isInteractive: false));
        return (code, output.ToString(), File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))! : new JsonObject());
    }

    private static void Make(string path, string what)
    {
        switch (what)
        {
            case "pipe":
                using (var mkfifo = BuiltPrograms.Start(new ProcessStartInfo("mkfifo", [path])))
                    mkfifo.WaitForExit();
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "circle":
                File.CreateSymbolicLink(path, path);
                break;
            case "endless":
                using (var stream = File.Create(path))
                    stream.SetLength(1L << 40);
                break;
            case "empty":
                File.WriteAllText(path, "");
                break;
            default:
                File.CreateSymbolicLink(path, what);
                break;
        }
    }

    private void WriteManifest(Action<JsonObject> change)
    {
        var cases = new JsonObject();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, Equation), "*.json"))
        {
            cases[$"{Equation}/{Path.GetFileNameWithoutExtension(file)}"] =
                Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));
        }

        var manifest = new JsonObject { ["format"] = 1, ["catalogue"] = EquationCatalogue.Version, ["cases"] = cases };
        change(manifest);
        File.WriteAllText(Path.Combine(_folder, "manifest.json"), manifest.ToJsonString());
    }
}
