using Harness.Conformance.Implementations;

namespace Harness.Conformance.Profiles;

/// <summary>One input, as an equation of the paper and its counterpart in the authors' code take it.</summary>
/// <param name="PaperAttributes">The paper equation's attributes.</param>
/// <param name="Paper">Its tensors.</param>
/// <param name="CodeAttributes">The counterpart's attributes.</param>
/// <param name="Code">Its tensors.</param>
internal sealed record ProfileCall(
    AttributeValues PaperAttributes, Dictionary<string, TensorData> Paper, AttributeValues CodeAttributes, Dictionary<string, TensorData> Code);
