using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Conformance.Reading;

namespace Harness.Perf.Configurations;

/// <summary>A <see cref="Configuration"/> as JSON in snake case; <c>perf/schema/configuration.schema.json</c> describes it.</summary>
public static class ConfigurationFile
{
    // Far beyond what is published, and sums of a few are still 32-bit integers.
    private const int LargestSize = 1 << 20;

    // Every segment until then has to be gone through, one by one.
    private const int MostSegmentsToFill = 1 << 10;

    /// <summary>Reads a configuration and checks that every system can be made at its sizes.</summary>
    /// <exception cref="FormatException">
    /// The file cannot be read, is not such JSON, lacks a member or has an unknown one, or a size does not fit the others; the message names
    /// file and member, what was found and what was expected.
    /// </exception>
    public static Configuration Read(string path)
    {
        ReadOnlyMemory<byte> text = default;
        Configuration configuration;
        try
        {
            text = ForeignFile.ReadText(path);
            if (FileKind.Configuration.Mistaken(text.Span) is { } mistaken)
                throw new FormatException($"{path}: {mistaken.Message}", mistaken);
            configuration = JsonSerializer.Deserialize(text.Span, ConfigurationContext.Default.Configuration)
                ?? throw new JsonException("found null, expected an object.");
        }
        catch (JsonException failure)
        {
            throw new FormatException($"{path}: not a configuration: {JsonFault.Describe(failure, text.Span)}", failure);
        }
        catch (IOException failure)
        {
            throw new FormatException($"{path}: {failure.Message}", failure);
        }

        if (Flaws(configuration).FirstOrDefault() is { } flaw)
            throw new FormatException($"{path}: {flaw}.");
        return configuration;
    }

    private static IEnumerable<string> Flaws(Configuration c)
    {
        if (string.IsNullOrWhiteSpace(c.Name))
            yield return "\"name\": found nothing, expected a name for results";
        if (PublishedConfigurations.All.Any(published => published.Name == c.Name))
            yield return $"\"name\": found '{c.Name}', expected a name of its own, since figures of one name are compared with each other";
        var positive = new (string Member, int Value)[]
        {
            ("batch", c.Batch), ("segment", c.Segment), ("width", c.Width), ("heads", c.Heads), ("kv_heads", c.KvHeads),
            ("feed_forward", c.FeedForward), ("lm2.slots", c.Lm2.Slots), ("lm2.heads", c.Lm2.Heads),
            ("infinity_former.functions", c.InfinityFormer.Functions), ("infinity_former.samples", c.InfinityFormer.Samples),
            ("infinity_former.bins", c.InfinityFormer.Bins), ("cache", c.Cache), ("compressive.length", c.Compressive.Length),
            ("compressive.rate", c.Compressive.Rate), ("memory_tokens", c.MemoryTokens),
        };
        foreach (var (member, value) in positive.Where(each => each.Value is < 1 or > LargestSize))
            yield return $"\"{member}\": found {value}, expected {(value < 1 ? "at least 1" : $"at most {LargestSize}")}";
        if (positive.Any(each => each.Value is < 1 or > LargestSize))
            yield break;

        if (c.Width % (2 * c.Heads) != 0)
            yield return $"\"width\": found {c.Width}, expected a multiple of {2 * c.Heads}: an even number of columns for each of the {c.Heads} heads";
        if (c.Heads % c.KvHeads != 0)
            yield return $"\"kv_heads\": found {c.KvHeads}, expected a divisor of the {c.Heads} heads";
        if (c.Width % c.Lm2.Heads != 0)
            yield return $"\"lm2.heads\": found {c.Lm2.Heads}, expected a divisor of the width {c.Width}";
        if (c.Cache % c.Segment != 0)
            yield return $"\"cache\": found {c.Cache}, expected a multiple of the segment's {c.Segment}";
        if (c.Compressive.Rate > c.Cache)
            yield return $"\"compressive.rate\": found {c.Compressive.Rate}, expected at most the cache's {c.Cache}";
        var segments = (c.Cache + (long)c.Compressive.Length * c.Compressive.Rate) / c.Segment;
        if (segments > MostSegmentsToFill)
            yield return $"\"compressive\" and \"cache\": found memories that {segments} segments fill, expected at most {MostSegmentsToFill}: longer segments, or less memory";

        var memory = c.InfinityFormer;
        if (memory.Widths.Count == 0 || memory.Functions % memory.Widths.Count != 0)
            yield return $"\"infinity_former.widths\": found {memory.Widths.Count}, expected as many as divide the {memory.Functions} functions";
        foreach (var width in memory.Widths.Where(width => !(width > 0 && double.IsFinite(width))))
            yield return $"\"infinity_former.widths\": found {width}, expected positive standard deviations";
        if (!(memory.Ridge > 0 && double.IsFinite(memory.Ridge)))
            yield return $"\"infinity_former.ridge\": found {memory.Ridge}, expected a positive number";
        if (!(memory.Tau > 0 && memory.Tau < 1))
            yield return $"\"infinity_former.tau\": found {memory.Tau}, expected a number between 0 and 1";
        if (!(memory.VarianceFloor >= 0 && double.IsFinite(memory.VarianceFloor)))
            yield return $"\"infinity_former.variance_floor\": found {memory.VarianceFloor}, expected 0 or more";
    }
}

/// <summary>How configurations are spelled in JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Configuration))]
internal sealed partial class ConfigurationContext : JsonSerializerContext;
