using System.Reflection;

namespace Harness.Conformance.Implementations;

/// <summary>What an exception says, whoever made it.</summary>
internal static class FailureWords
{
    // Deeper than any wrapper goes that somebody made to be understood.
    private const int Deepest = 16;

    /// <summary>Its message, or that of what it only wraps; where there is none, the name of its type.</summary>
    public static string Of(Exception failure) => Of(failure, 0);

    private static string Of(Exception failure, int depth) => (failure, failure.InnerException) switch
    {
        _ when depth == Deepest => Own(failure),
        (AggregateException { InnerExceptions: { Count: > 0 } all }, _) => string.Join("; ", all.Select(one => Of(one, depth + 1)).Distinct()),
        (ReflectionTypeLoadException { LoaderExceptions: { Length: > 0 } all }, _) =>
            string.Join("; ", all.OfType<Exception>().Select(one => Of(one, depth + 1)).Distinct()),
        (TargetInvocationException, { } inner) => Of(inner, depth + 1),
        (TypeInitializationException type, { } inner) => $"{type.TypeName} could not be initialised: {Of(inner, depth + 1)}",
        _ => Own(failure),
    };

    private static string Own(Exception failure)
    {
        try
        {
            return string.IsNullOrWhiteSpace(failure.Message) ? failure.GetType().ToString() : failure.Message;
        }
        catch (Exception)
        {
            // A message may be computed, and its computation fail.
            return failure.GetType().ToString();
        }
    }
}
