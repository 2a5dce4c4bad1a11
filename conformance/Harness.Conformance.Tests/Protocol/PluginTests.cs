using Harness.Cli.Terminals;
using Harness.Conformance.Checks;
using Harness.Conformance.Implementations;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>Implementations from assemblies.</summary>
public sealed class PluginTests : IDisposable
{
    private static readonly string Gates = $"{BuiltPrograms.Plugin}#Harness.TestPlugin.Gates";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_named_class_is_found_and_judged()
    {
        var plugin = PluginLoader.Load(Gates);
        plugin.Name.Should().Be("test-plugin");
        var report = new Verifier(plugin, RepositoryFixtures.Set, new VerifyOptions
        {
            EquationGlob = "lm2.gate.*put",
            Formats = [FloatFormat.Float64, FloatFormat.Float32, FloatFormat.BFloat16],
            Seed = 1,
        }).Run();
        report.Failed.Should().Be(0);
        report.Errored.Should().Be(0);
        report.Passed.Should().BeGreaterThan(20);
        report.Checks.Where(check => check.Equation == "lm2.gate.input" && check.Format == FloatFormat.BFloat16 && check.Verdict != Verdict.NotJudged)
            .Should().OnlyContain(check => check.Verdict == Verdict.Unsupported && check.Reason == "dtype bf16" || check.Kind == CheckKind.Property);
        report.Checks.Where(check => check.Equation == "lm2.gate.output" && check.Verdict != Verdict.NotJudged)
            .Should().OnlyContain(check => check.Verdict == Verdict.Unsupported);
    }

    [Fact]
    public void Its_library_comes_from_its_own_folder_and_the_contract_from_the_harness()
    {
        var type = ((PluginImplementation)PluginLoader.Load(Gates)).Inner.GetType();
        type.GetProperty("LibraryFolder")!.GetValue(null).Should().Be(Path.GetDirectoryName(BuiltPrograms.Plugin));
        type.GetProperty("LibraryContext")!.GetValue(null).Should().Be("Harness.TestPlugin");
        File.Exists(Path.Combine(AppContext.BaseDirectory, "Harness.TestPlugin.Rounding.dll")).Should().BeFalse("the harness has no such library");
        File.Exists(Path.Combine(Path.GetDirectoryName(BuiltPrograms.Plugin)!, "Harness.Conformance.dll")).Should().BeFalse("the plug-in has no copy of the contract");
    }

    [Fact]
    public void One_of_two_classes_has_to_be_named() => Refusal(BuiltPrograms.Plugin).Should().Be(
        $"{BuiltPrograms.Plugin}: found Harness.TestPlugin.Gates, Harness.TestPlugin.Silent, Harness.TestPlugin.Unprepared, Harness.TestPlugin.Unready, "
        + $"expected one of them, as in {BuiltPrograms.Plugin}#Harness.TestPlugin.Gates");

    [Fact]
    public void A_class_that_is_not_there_is_answered_with_those_that_are() => Refusal($"{BuiltPrograms.Plugin}#Gates").Should().Be(
        $"{BuiltPrograms.Plugin}#Gates: found Harness.TestPlugin.Gates, Harness.TestPlugin.Silent, Harness.TestPlugin.Unprepared, Harness.TestPlugin.Unready, "
        + $"expected one of them, as in {BuiltPrograms.Plugin}#Harness.TestPlugin.Gates");

    [Fact]
    public void A_constructor_that_throws_is_quoted() => Refusal($"{BuiltPrograms.Plugin}#Harness.TestPlugin.Unready").Should().Be(
        $"{BuiltPrograms.Plugin}#Harness.TestPlugin.Unready: its constructor threw: no device to compute on");

    [Fact]
    public void A_class_that_cannot_be_initialised_is_quoted() => Refusal($"{BuiltPrograms.Plugin}#Harness.TestPlugin.Unprepared").Should().Be(
        $"{BuiltPrograms.Plugin}#Harness.TestPlugin.Unprepared: its constructor threw: Harness.TestPlugin.Unprepared could not be initialised: "
        + "Unable to load shared library 'my_kernels'");

    [Fact]
    public void Who_says_nothing_of_itself_goes_by_its_class_and_its_assembly()
    {
        var silent = PluginLoader.Load($"{BuiltPrograms.Plugin}#Harness.TestPlugin.Silent");

        silent.Name.Should().Be("Silent");
        silent.Details.Should().Be(new ImplementationDetails("assembly", "Harness.TestPlugin"));
    }

    [Fact]
    public void What_fails_at_its_end_has_been_judged_by_then()
    {
        var (code, output, error) = CommandLine.Run(
            "verify", "--assembly", $"{BuiltPrograms.Plugin}#Harness.TestPlugin.Silent", "--impl", "managed", "--case", "lm2.gate.input/typical", "--dtype", "f64");

        error.Should().BeEmpty();
        code.Should().Be(ExitCode.Passed);
        output.Should().Contain("1 passed, 0 failed, 1 unsupported, 0 errored");
    }

    [Fact]
    public void An_assembly_without_such_a_class_is_named()
    {
        var library = Path.Combine(Path.GetDirectoryName(BuiltPrograms.Plugin)!, "Harness.TestPlugin.Rounding.dll");
        Refusal(library).Should().Be(
            $"{library}: found no public class, expected one that implements IImplementation and has a public constructor without parameters");
    }

    [Fact]
    public void A_file_that_is_no_assembly_is_named()
    {
        var path = Path.Combine(_folder, "my.dll");
        File.WriteAllText(path, "#!/usr/bin/env python3\n");
        Refusal(path).Should().StartWith($"{path}: cannot be loaded: ");
    }

    [Theory]
    [InlineData("no-such.dll", "found nothing, expected a .NET assembly")]
    [InlineData("/no/such.dll", "found no folder '/no', expected a .NET assembly in it")]
    [InlineData("/etc", "found a folder, expected a file")]
    [InlineData("#Type", "found an empty path, expected that of a .NET assembly")]
    [InlineData("", "found an empty path, expected that of a .NET assembly")]
    public void A_file_that_does_not_exist_is_named(string source, string reason) =>
        Refusal(source).Should().Be($"{source.Split('#')[0]}: {reason}");

    [Fact]
    public void A_library_that_is_missing_loses_the_cases_that_need_it()
    {
        foreach (var name in new[] { "Harness.TestPlugin.dll", "Harness.TestPlugin.deps.json", "Harness.TestPlugin.runtimeconfig.json" })
            File.Copy(Path.Combine(Path.GetDirectoryName(BuiltPrograms.Plugin)!, name), Path.Combine(_folder, name));
        var plugin = PluginLoader.Load($"{Path.Combine(_folder, "Harness.TestPlugin.dll")}#Harness.TestPlugin.Gates");
        var checks = new Verifier(plugin, RepositoryFixtures.Set, new VerifyOptions { CaseGlob = "lm2.gate.input/typical" }).Run().Checks;
        checks.Single(check => check.Format == FloatFormat.Float64).Verdict.Should().Be(Verdict.Passed);
        var lost = checks.Single(check => check.Format == FloatFormat.Float32);
        lost.Verdict.Should().Be(Verdict.Errored);
        lost.Reason.Should().Contain("Harness.TestPlugin.Rounding");
    }

    [Fact]
    public void Verify_takes_an_assembly()
    {
        var (code, output, error) = CommandLine.Run("verify", "--assembly", Gates, "--equation", "lm2.gate.input", "--seed", "1");
        error.Should().BeEmpty();
        code.Should().Be(ExitCode.Passed);
        output.Should().Contain("test-plugin: ").And.MatchRegex(@"(?m)^\d+ passed, 0 failed, 0 unsupported, 0 errored$");
        CommandLine.Run("verify", "--assembly", "/no/such.dll").Should().Be(
            (ExitCode.Usage, "", "harness: --assembly: /no/such.dll: found no folder '/no', expected a .NET assembly in it.\n"));
    }

    private static string Refusal(string source)
    {
        var load = () => PluginLoader.Load(source);
        return load.Should().Throw<FormatException>().Which.Message;
    }
}
