namespace Harness.Architectures;

/// <summary>Input that an equation is not defined on. The message names the equation, what does not fit, found and expected.</summary>
/// <param name="equation">The equation's id.</param>
/// <param name="what">The tensor or attribute.</param>
/// <param name="found">What was found.</param>
/// <param name="expected">What was expected.</param>
public sealed class EquationException(string equation, string what, string found, string expected)
    : Exception($"{equation}: {what}: found {found}, expected {expected}.")
{
    /// <summary>The equation's id.</summary>
    public string Equation { get; } = equation;

    /// <summary>The tensor or attribute.</summary>
    public string What { get; } = what;

    /// <summary>What was found.</summary>
    public string Found { get; } = found;

    /// <summary>What was expected.</summary>
    public string Expected { get; } = expected;
}
