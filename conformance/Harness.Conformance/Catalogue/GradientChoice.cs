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

/// <summary>How the choice is called where it is made, and what it takes.</summary>
public static class GradientChoiceName
{
    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> All { get; } = [.. Enum.GetValues<GradientChoice>().Select(Of)];

    /// <summary>The name of a choice.</summary>
    public static string Of(GradientChoice choice) => choice.ToString().ToLowerInvariant();

    /// <summary>The choice of a name.</summary>
    /// <exception cref="FormatException">There is none of that name.</exception>
    public static GradientChoice Parse(string name) => All.Contains(name)
        ? Enum.Parse<GradientChoice>(name, ignoreCase: true)
        : throw new FormatException($"found '{name}', expected one of {string.Join(", ", All)}");

    /// <summary>Whether the choice takes an equation.</summary>
    public static bool Takes(this GradientChoice choice, Equation equation) =>
        choice == GradientChoice.With || (choice == GradientChoice.Only) == equation.Differentiated is not null;
}
