using System.CommandLine;
using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Perf.Engines;
using Harness.Tensors.Numerics;
using Harness.Tensors.Torch;

namespace Harness.Cli.Options;

/// <summary>The options that say on which engine, and where, this repository's own implementation computes.</summary>
internal sealed class EngineOptions
{
    private readonly Option<string?> _engine = new("--engine")
    {
        Description = "What computes this repository's equations: managed, or torch (a build with -p:Torch=cpu or cuda) [default: managed]",
        HelpName = "ENGINE",
    };

    private readonly Option<string?> _device = new("--device")
    {
        Description = "Where torch computes: cpu, cuda or cuda:N [default: cpu]",
        HelpName = "DEVICE",
    };

    private readonly Option<bool> _tf32 = new("--tf32")
    {
        Description = "Let --engine torch round the operands of float32 products to TF32 on a GPU; named torch-tf32 in results",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_engine);
        command.Add(_device);
        command.Add(_tf32);
    }

    /// <summary>What <c>--impl</c> would have said.</summary>
    /// <exception cref="UsageException">There is no such engine.</exception>
    public IEnumerable<string> Specifications(ParseResult parsed) => parsed.GetValue(_engine) switch
    {
        null => [],
        "managed" => ["managed"],
        "torch" => [parsed.GetValue(_tf32) ? "torch-tf32" : "torch"],
        var other => throw new UsageException($"--engine: found '{other}', expected managed or torch.{Suggestion.Of(other, ["managed", "torch"])}"),
    };

    /// <summary>Opens libtorch.</summary>
    /// <exception cref="UsageException">It is not there, or cannot compute so.</exception>
    public TorchImplementation OpenTorch(ParseResult parsed, bool allowsTf32)
    {
        try
        {
            return new TorchImplementation(TorchEngines.Open(TorchDevice.Parse(DeviceName(parsed)), allowsTf32));
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--device: {failure.Message}.");
        }
        catch (TorchUnavailableException failure)
        {
            throw new UsageException($"--engine torch: {failure.Message}");
        }
    }

    /// <summary>Opens the engine to measure it.</summary>
    /// <exception cref="UsageException">It is not there, or does not compute so.</exception>
    public IPerfEngine OpenToMeasure(ParseResult parsed, FloatFormat format)
    {
        var name = Specifications(parsed).FirstOrDefault() ?? "managed";
        RequireUse(parsed, name != "managed");
        try
        {
            return PerfEngines.Open(name, DeviceName(parsed), format);
        }
        catch (FormatException failure)
        {
            throw new UsageException(failure.Message);
        }
    }

    /// <summary>Refuses options that would go unheard.</summary>
    /// <exception cref="UsageException">A device or TF32 is asked for, and no libtorch.</exception>
    public void RequireUse(ParseResult parsed, bool usesTorch)
    {
        if (!usesTorch && (parsed.GetValue(_device) is not null || parsed.GetValue(_tf32)))
            throw new UsageException($"{(parsed.GetValue(_tf32) ? "--tf32" : "--device")}: found no --engine torch, which is what it is for.");
    }

    private string DeviceName(ParseResult parsed) => parsed.GetValue(_device) ?? "cpu";
}
