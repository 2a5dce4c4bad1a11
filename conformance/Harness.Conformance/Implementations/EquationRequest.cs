using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Implementations;

/// <summary>One call of an equation.</summary>
/// <param name="Equation">The equation's id.</param>
/// <param name="Format">The floating-point format to compute in.</param>
/// <param name="Attributes">Every attribute explicitly, defaults included.</param>
/// <param name="Inputs">The tensors by name; optional ones may be absent.</param>
public sealed record EquationRequest(
    string Equation, FloatFormat Format, AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs)
{
    private const int LabelBytes = 6;

    /// <summary>What is being checked, for logs: no answer may depend on it. What is loaded from elsewhere finds a <see cref="Label"/> here.</summary>
    public string Case { get; init; } = "";

    /// <summary>The question itself in twelve digits: a name for logs that says nothing of where it comes from.</summary>
    internal string Label
    {
        get
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            digest.AppendData(Encoding.UTF8.GetBytes($"{Equation} {Attributes}"));
            foreach (var (name, tensor) in Inputs.OrderBy(input => input.Key, StringComparer.Ordinal))
            {
                digest.AppendData(Encoding.UTF8.GetBytes($" {name} {tensor.Shape}"));
                digest.AppendData(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
            }

            return Convert.ToHexStringLower(digest.GetHashAndReset().AsSpan(0, LabelBytes));
        }
    }

    /// <summary>As a program or a plug-in may see it.</summary>
    internal EquationRequest Neutral() => this with { Case = Label };
}
