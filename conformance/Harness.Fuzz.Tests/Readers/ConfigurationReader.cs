using System.Text;
using Harness.Fuzz.Tests.Mutating;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>A file of sizes, as <c>--config</c> of <c>perf</c> reads it.</summary>
internal sealed class ConfigurationReader(string name) : Reader(name)
{
    // The example of perf/README.md.
    private static readonly byte[] Sample = Encoding.UTF8.GetBytes(
        """
        {
          "name": "my-sizes",
          "source": "every size at 1/16 of dialogue or less",
          "batch": 1, "segment": 32, "width": 32, "heads": 2, "kv_heads": 1, "feed_forward": 64,
          "lm2": { "slots": 32, "heads": 2 },
          "infinity_former": {
            "functions": 32, "widths": [0.02, 0.05], "ridge": 0.5, "samples": 32, "tau": 0.5, "variance_floor": 1e-4, "bins": 16
          },
          "cache": 32,
          "compressive": { "length": 32, "rate": 4 },
          "memory_tokens": 4
        }
        """);

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        Write(this["input.json"], Mutation.OfJson(random, Sample, Sample));
        // Counts one segment without computing it, or refuses a context that fits into no memory: both take no time at any size.
        return random.Next(2) == 0
            ? Run("perf", "complexity", "--config", this["input.json"]).Code
            : Run("perf", "scaling", "--config", this["input.json"], "--contexts", "2^48", "--systems", "softmax").Code;
    }
}
