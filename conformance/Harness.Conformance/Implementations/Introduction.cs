namespace Harness.Conformance.Implementations;

/// <summary>Who an implementation is, whatever comes of asking it.</summary>
internal static class Introduction
{
    /// <summary>What it calls itself, or the name of its type where it does not.</summary>
    public static string NameOf(IImplementation implementation)
    {
        try
        {
            if (!string.IsNullOrWhiteSpace(implementation.Name))
                return implementation.Name;
        }
        catch (Exception)
        {
            // Without a name of its own it can still be asked.
        }

        return implementation.GetType().Name;
    }

    /// <summary>What it says of itself, or of what assembly it is where it does not.</summary>
    public static ImplementationDetails DetailsOf(IImplementation implementation)
    {
        try
        {
            if (implementation.Details is { Kind: not null } details)
                return details;
        }
        catch (Exception)
        {
            // As for the name.
        }

        return new ImplementationDetails("assembly", implementation.GetType().Assembly.GetName().Name);
    }
}
