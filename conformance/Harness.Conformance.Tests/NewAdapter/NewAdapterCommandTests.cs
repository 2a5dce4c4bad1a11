using Harness.Cli;
using Harness.Cli.Templates;
using Harness.Cli.Terminals;

namespace Harness.Conformance.Tests.NewAdapter;

/// <summary>What <c>harness new-adapter</c> prints, writes and refuses.</summary>
public sealed class NewAdapterCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Printed() =>
        Snapshot.Verify(string.Join('\n', AdapterSkeleton.Languages.Select(Create)).Replace(_folder, "DIR", StringComparison.Ordinal));

    [Fact]
    public async Task Python_adapter()
    {
        Create("python");
        await Snapshot.Verify(await File.ReadAllTextAsync(InFolder("python", "adapter.py")), "py");
    }

    [Theory]
    [InlineData("python", "harness_protocol.py", "impl/python/harness_conformance/protocol.py")]
    [InlineData("csharp", "HarnessProtocol.cs", "impl/adapters/csharp-protocol/HarnessProtocol.cs")]
    public void The_protocol_is_the_file_that_the_adapters_of_the_repository_use(string language, string name, string source)
    {
        Create(language);
        File.ReadAllText(InFolder(language, name)).Should().Be(File.ReadAllText(InRepository(source)));
    }

    [Fact]
    public void The_cpp_skeleton_is_the_adapter_of_the_repository_without_the_equations_after_the_first()
    {
        Create("cpp");
        var skeleton = File.ReadAllLines(InFolder("cpp", "adapter.cpp"));
        skeleton.Should().BeSubsetOf(File.ReadAllLines(InRepository("impl/adapters/cpp/adapter.cpp")));
        skeleton.Where(line => line.Contains("{\"lm2.", StringComparison.Ordinal) || line.Contains("{\"inf.", StringComparison.Ordinal))
            .Should().ContainSingle().Which.Should().Contain("lm2.gate.input");
        skeleton.Should().NotContain(line => line.Contains("beyond the skeleton", StringComparison.Ordinal)).And.Contain("int main()");
    }

    [Theory]
    [InlineData("python", "adapter.py")]
    [InlineData("csharp", "Program.cs")]
    [InlineData("cpp", "adapter.cpp")]
    public void The_comments_name_the_commands_that_lead_to_the_next_equation(string language, string main)
    {
        Create(language);
        File.ReadAllText(InFolder(language, main)).Should()
            .Contain("harness list 'lm2.gate.*'")
            .And.Contain("harness explain lm2.gate.output/tiny-width-2")
            .And.Contain("harness verify --exec");
        File.Exists(Path.Combine(RepositoryFixtures.Folder, "lm2.gate.output/tiny-width-2.json")).Should().BeTrue("the comments lead there");
    }

    [Fact]
    public void An_empty_folder_will_do()
    {
        Directory.CreateDirectory(InFolder("empty"));
        Run("new-adapter", "cpp", InFolder("empty")).Code.Should().Be(0);
        Directory.EnumerateFileSystemEntries(InFolder("empty")).Should().ContainSingle();
    }

    [Fact]
    public void Names_with_blanks_and_quotes_are_quoted_for_the_shell_and_for_exec() =>
        Run("new-adapter", "cpp", InFolder("it's $mine")).Output.Should()
            .Contain($"""-o '{_folder}/it'\''s $mine'/adapter """).And.Contain($"""--exec "'{_folder}/it'\\''s \$mine'/adapter" """);

    [Theory]
    [InlineData("found the language 'rust', expected python, csharp, cpp.", "rust", "new")]
    [InlineData("/full', expected a folder that is new or empty.", "cpp", "full")]
    [InlineData("/full/file', expected a folder that is new or empty.", "cpp", "full/file")]
    [InlineData("so nothing was written: ", "cpp", "full/file/below")]
    [InlineData("expected one that is new or empty.", "cpp", "")]
    public void What_cannot_be_written_is_one_clear_error_and_exit_code_2(string expected, string language, string name)
    {
        Directory.CreateDirectory(InFolder("full"));
        File.WriteAllText(InFolder("full", "file"), "");
        var (code, output, error) = Run("new-adapter", language, name.Length == 0 ? "" : InFolder(name));
        code.Should().Be(2);
        output.Should().BeEmpty();
        error.Should().Contain(expected).And.NotContain("   at ");
        Entries().Should().BeEquivalentTo("full", "full/file");
    }

    // The second file cannot be written, because its folder does not exist.
    [Theory]
    [InlineData("new/deep")]
    [InlineData("empty")]
    public void A_failure_half_way_leaves_nothing_behind(string name)
    {
        Directory.CreateDirectory(InFolder("empty"));
        var files = new Dictionary<string, string> { ["first"] = "", ["no/such/second"] = "" };
        var write = () => AdapterSkeleton.Write(files, InFolder(name));
        write.Should().Throw<UsageException>().WithMessage("cannot write*so nothing was written*");
        Entries().Should().Equal("empty");
    }

    private string Create(string language)
    {
        var (code, output, error) = Run("new-adapter", language, InFolder(language));
        error.Should().BeEmpty();
        code.Should().Be(0);
        return output;
    }

    private string InFolder(params string[] names) => Path.Combine([_folder, .. names]);

    private static string InRepository(string path) => Path.Combine(RepositoryFixtures.Folder, "..", "..", path);

    private IEnumerable<string> Entries() =>
        Directory.EnumerateFileSystemEntries(_folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder, path));

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(args, new Terminal(output, error, isInteractive: false));
        return (code, output.ToString(), error.ToString());
    }
}
