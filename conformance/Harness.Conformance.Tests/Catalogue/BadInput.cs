using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Tests.Catalogue;

/// <summary>A call in which exactly one thing is wrong.</summary>
/// <param name="Equation">The equation called.</param>
/// <param name="Broken">What is wrong, for the test's name; unique within the equation.</param>
/// <param name="Attributes">The attributes.</param>
/// <param name="Inputs">The tensors.</param>
/// <param name="Complaints">What the message may say: tensors that contradict each other may each take the blame.</param>
internal sealed record BadInput(
    Equation Equation,
    string Broken,
    AttributeValues Attributes,
    IReadOnlyDictionary<string, TensorData> Inputs,
    IReadOnlyList<Complaint> Complaints);

/// <summary>The parts of an error's message.</summary>
/// <param name="What">The tensor or attribute, with its name in quotes.</param>
/// <param name="Found">Part of what was found.</param>
/// <param name="Expected">Part of what was expected.</param>
internal sealed record Complaint(string What, string Found, string Expected);
