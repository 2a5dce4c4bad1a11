using Harness.Architectures;

namespace Harness.Conformance.Catalogue;

/// <summary>Whether equations, their gradients or both are meant.</summary>
public enum GradientChoice
{
    /// <summary>Both.</summary>
    With,

    /// <summary>Only gradients.</summary>
    Only,

    /// <summary>Only what is no gradient.</summary>
    Without,
}

/// <summary>What a choice takes.</summary>
public static class GradientChoices
{
    /// <summary>Whether the choice takes an equation.</summary>
    public static bool Takes(this GradientChoice choice, Equation equation) =>
        choice == GradientChoice.With || (choice == GradientChoice.Only) == equation.Differentiated is not null;
}
