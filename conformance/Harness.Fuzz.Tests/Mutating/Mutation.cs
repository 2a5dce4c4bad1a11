namespace Harness.Fuzz.Tests.Mutating;

/// <summary>Damage to a file of a kind: to its bytes, or to what they mean.</summary>
internal static class Mutation
{
    /// <summary>Of a JSON document.</summary>
    /// <param name="random">How it is damaged.</param>
    /// <param name="input">The document; it stays as it is.</param>
    /// <param name="other">Another one of the same kind, for splices.</param>
    public static byte[] OfJson(Random random, byte[] input, byte[] other) =>
        random.Next(3) == 0 ? ByteMutation.Apply(random, input, other) : JsonMutation.Apply(random, input);

    /// <summary>Of JSON lines.</summary>
    public static byte[] OfLines(Random random, byte[] input, byte[] other) =>
        random.Next(3) == 0 ? ByteMutation.Apply(random, input, other) : LinesMutation.Apply(random, input);

    /// <summary>Of a safetensors file.</summary>
    public static byte[] OfTensors(Random random, byte[] input, byte[] other) =>
        random.Next(2) == 0 ? ByteMutation.Apply(random, input, other) : TensorMutation.Apply(random, input);
}
