using Harness.Cli;
using Harness.Cli.Terminals;

namespace Harness.Conformance.Tests.NotBuiltIn;

public sealed class EngineNotBuiltInTests
{
    [Theory]
    [InlineData("-p:Torch=cpu", "verify", "--engine", "torch")]
    [InlineData("-p:Torch=cuda", "verify", "--engine", "torch", "--device", "cuda", "--tf32")]
    [InlineData("-p:Torch=cpu", "verify", "--impl", "mine=torch")]
    [InlineData("-p:Torch=cpu", "explain", "lm2.gate.input/typical", "--engine", "torch")]
    [InlineData("-p:Torch=cuda", "perf", "scaling", "--engine", "torch", "--device", "cuda:1")]
    public void Asking_for_libtorch_in_a_build_without_it_says_which_command_builds_it(string option, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = HarnessCommand.Run(args, new Terminal(output, error, isInteractive: false));

        code.Should().Be(2);
        error.ToString().Should().Contain("the TorchSharp engine is not built in").And.Contain($"'dotnet run -c Release {option} ");
    }
}
