using Harness.Cli.Templates;
using Harness.Cli.Terminals;

namespace Harness.Conformance.Tests.NewEquation;

/// <summary>What <c>harness new-equation</c> writes, on a copy of the files that it adds to.</summary>
public sealed class EquationSkeletonTests : IDisposable
{
    private static readonly string Repository = Path.Combine(RepositoryFixtures.Folder, "..", "..");

    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("block.swish", "impl/Architectures/Blocks/Swish.cs", "def swish(")]
    [InlineData("base.ring.attention", "impl/Architectures/Baselines/RingAttention.cs", "def ring_attention(")]
    [InlineData("lm2.gate.reset", "impl/Architectures/Lm2/GateReset.cs", "def gate_reset(")]
    [InlineData("inf.memory.decay", "impl/Architectures/InfinityFormer/MemoryDecay.cs", "def memory_decay(")]
    public void It_stands_in_eight_files_in_the_order_in_which_one_fills_them(string id, string method, string function)
    {
        CopyFiles(id);

        var files = EquationSkeleton.For(id).Write(_root);

        files.Should().HaveCount(8).And.StartWith(method);
        File.ReadAllText(Path.Combine(_root, method)).Should().Contain($"[Equation(\"{id}\", \"x[B,T,d] -> y[B,T,d]\"");
        foreach (var file in files.Where(file => file.EndsWith(".py", StringComparison.Ordinal) && !file.EndsWith("equations.py", StringComparison.Ordinal)))
            File.ReadAllText(Path.Combine(_root, file)).Should().Contain(function);
        foreach (var file in files.Where(file => file.EndsWith("equations.py", StringComparison.Ordinal) || file.EndsWith("Mistakes.cs", StringComparison.Ordinal)))
            File.ReadAllText(Path.Combine(_root, file)).Should().Contain($"\"{id}\"");
    }

    [Fact]
    public void What_it_cannot_add_to_leaves_everything_as_it_was()
    {
        CopyFiles("block.swish");
        File.WriteAllText(Path.Combine(_root, "impl/adapters/python-torch/equations.py"), "FUNCTIONS = {}\n");
        var before = Contents();

        var write = () => EquationSkeleton.For("block.swish").Write(_root);

        write.Should().Throw<UsageException>().WithMessage("impl/adapters/python-torch/equations.py: found no place to add to, expected *");
        Contents().Should().Equal(before);
    }

    [Theory]
    [InlineData("block.weighted", "*oracle/blocks.py: found the name weighted already, expected another id.")]
    [InlineData("block.np", "*python-numpy/blocks.py: found the name np already, expected another id.")]
    [InlineData("block.attention_causal", "*oracle/blocks.py: found the name attention_causal already, expected another id.")]
    public void A_name_that_stands_for_something_else_is_refused(string id, string message)
    {
        CopyFiles(id);
        var before = Contents();
        FluentActions.Invoking(() => EquationSkeleton.For(id).Write(_root)).Should().Throw<UsageException>().WithMessage(message);
        Contents().Should().Equal(before);
    }

    [Fact]
    public void It_is_added_once_also_where_its_method_has_been_deleted()
    {
        CopyFiles("block.swish");
        EquationSkeleton.For("block.swish").Write(_root);
        File.Delete(Path.Combine(_root, "impl/Architectures/Blocks/Swish.cs"));
        var before = Contents();
        FluentActions.Invoking(() => EquationSkeleton.For("block.swish").Write(_root)).Should().Throw<UsageException>().WithMessage("*found *already*");
        Contents().Should().Equal(before);
    }

    [Fact]
    public void What_cannot_be_written_in_the_end_leaves_everything_as_it_was()
    {
        CopyFiles("block.swish");
        var folder = Path.Combine(_root, "impl/Architectures/Blocks");
        Directory.Delete(folder, recursive: true);
        File.WriteAllText(folder, "in the way");
        var before = Contents();
        FluentActions.Invoking(() => EquationSkeleton.For("block.swish").Write(_root)).Should().Throw<UsageException>()
            .WithMessage("cannot write impl/Architectures/Blocks/Swish.cs, so nothing was changed: *");
        Contents().Should().Equal(before);
    }

    [Theory]
    [InlineData("block.gelu", "block.gelu is an equation already*")]
    [InlineData("gelu", "found the id 'gelu', expected one such as block.squared_relu*")]
    [InlineData("block.../../x", "found the id*")]
    [InlineData("block.a__b", "found the id 'block.a__b', expected one such as block.squared_relu*")]
    [InlineData("block.swish_", "found the id*")]
    [InlineData("block.class", "found the id 'block.class', expected one that is no keyword of Python, where its function is called class.")]
    [InlineData("other.gelu", "found the family of 'other.gelu', expected one of block, base, lm2, inf.")]
    public void An_id_that_cannot_be_added_is_refused(string id, string message) =>
        FluentActions.Invoking(() => EquationSkeleton.For(id)).Should().Throw<UsageException>().WithMessage(message);

    private string[] Contents() =>
        [.. Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => $"{file}: {File.ReadAllText(file)}")];

    private void CopyFiles(string id)
    {
        foreach (var file in EquationSkeleton.For(id).Files)
        {
            var copy = Path.Combine(_root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(Repository, file), copy);
        }

        Directory.CreateDirectory(Path.Combine(_root, Path.GetDirectoryName(EquationSkeleton.For(id).MethodFile)!));
    }
}
