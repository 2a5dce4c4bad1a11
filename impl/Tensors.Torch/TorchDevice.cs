using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Tensors.Torch;

/// <summary>Where libtorch computes.</summary>
/// <param name="IsCuda">On a GPU.</param>
/// <param name="Index">Which one, as CUDA numbers them (<c>CUDA_VISIBLE_DEVICES</c> applies); 0 for the CPU.</param>
public sealed partial record TorchDevice(bool IsCuda, int Index)
{
    /// <summary>The processor.</summary>
    public static TorchDevice Cpu { get; } = new(false, 0);

    /// <summary>The device of that name: <c>cpu</c>, <c>cuda</c> for the first GPU, or <c>cuda:1</c>.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static TorchDevice Parse(string name)
    {
        if (name == "cpu")
            return Cpu;
        var match = Cuda().Match(name);
        return match.Success
            ? new TorchDevice(true, match.Groups["index"] is { Success: true } index ? int.Parse(index.Value, CultureInfo.InvariantCulture) : 0)
            : throw new FormatException($"found '{name}', expected cpu, cuda or cuda:N");
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => IsCuda ? $"cuda:{Index}" : "cpu";

    [GeneratedRegex("\\Acuda(:(?<index>[0-9]{1,3}))?\\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Cuda();
}
