using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>What is in a cache was read like what is new, and compression keeps what is constant.</summary>
internal static class CacheProperties
{
    public static IEnumerable<Property> All =>
    [
        new("base.attention.softmax", "splitting",
            "Attending in two parts with the cache in between gives the same rows and the same cache.", SoftmaxInTwoParts),
        new("base.txl.relative", "cache",
            "Tokens behind a cache read what they read as the last tokens of one sequence.", CacheAsSequence),
        new("base.compressive.attention", "joined-memories",
            "Compressed and cached entries are one past: joined in either of the two inputs they are read alike.", JoinedMemories),
        new("base.compressive.compress", "constant",
            "Runs of one token compress to that token, as a mean and as a maximum.", ConstantRuns),
    ];

    private static void SoftmaxInTwoParts(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var x = trial.Inputs["x"];
        var first = context.Random.Next(1, x.Shape[1]);
        var whole = trial.Run();
        var before = trial.Run(("x", x.Slice(1, 0, first)));
        var after = trial.Run(
            ("x", x.Slice(1, first, x.Shape[1] - first)), ("K_cache", before["K_next"]), ("V_cache", before["V_next"]));
        var rest = x.Shape[1] - first;
        Require.Agree("y before the split", before["y"], whole["y"].Slice(1, 0, first), trial.Bounds["y"].Slice(1, 0, first));
        Require.Agree("y after the split", after["y"], whole["y"].Slice(1, first, rest), trial.Bounds["y"].Slice(1, first, rest));
        foreach (var name in new[] { "K_next", "V_next" })
            Require.Agree(name, after[name], whole[name], trial.Bounds[name]);
    }

    private static void CacheAsSequence(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) => inputs.ContainsKey("cache") ? attributes : null);
        var (cache, x) = (trial.Inputs["cache"], trial.Inputs["x"]);
        var sequence = new Dictionary<string, TensorData>(trial.Inputs) { ["x"] = cache.FollowedBy(x) };
        sequence.Remove("cache");
        var (cached, tokens) = (cache.Shape[1], x.Shape[1]);
        var whole = context.Call(trial.Attributes, sequence)["y"].Slice(1, cached, tokens);
        var bounds = context.Bounds(trial.Attributes, sequence)["y"].Slice(1, cached, tokens);
        Require.Within("y", trial.Run()["y"], whole, bounds.Plus(trial.Bounds["y"]));
    }

    private static void JoinedMemories(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) => inputs.ContainsKey("cache") && inputs.ContainsKey("compressed") ? attributes : null);
        var past = trial.Inputs["compressed"].FollowedBy(trial.Inputs["cache"]);
        foreach (var (full, absent) in new[] { ("cache", "compressed"), ("compressed", "cache") })
        {
            var joined = new Dictionary<string, TensorData>(trial.Inputs) { [full] = past };
            joined.Remove(absent);
            Require.Agree("y", context.Call(trial.Attributes, joined)["y"], trial.Run()["y"], trial.Bounds["y"]);
        }
    }

    private static void ConstantRuns(PropertyContext context)
    {
        foreach (var method in new[] { "mean", "max" })
        {
            TensorData? tokens = null;
            var trial = context.DrawJudged((attributes, inputs) =>
            {
                var rate = attributes.Integer("rate");
                var (batch, length, width) = (inputs["X"].Shape[0], inputs["X"].Shape[1], inputs["X"].Shape[2]);
                tokens = context.Normal([batch, length / rate, width]);
                inputs["X"] = tokens.Pick(1, [.. Enumerable.Range(0, length).Select(i => i / rate)]);
                inputs.Remove("W_conv");
                inputs.Remove("b_conv");
                return attributes.With("method", method);
            });
            Require.Within("Y", trial.Run()["Y"], tokens!, trial.Bounds["Y"]);
        }
    }
}
