namespace Harness.Conformance.Properties;

/// <summary>Something that holds for every input of an equation, checked on freshly drawn ones.</summary>
/// <param name="Equation">The id of the equation that is wrong if the property does not hold.</param>
/// <param name="Name">A short name in kebab-case.</param>
/// <param name="Statement">What holds, in one sentence.</param>
/// <param name="Holds">Draws inputs, calls the implementation and requires what must hold.</param>
internal sealed record Property(string Equation, string Name, string Statement, Action<PropertyContext> Holds);
