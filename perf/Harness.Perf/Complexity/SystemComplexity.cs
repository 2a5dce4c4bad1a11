using System.Globalization;
using System.Numerics;
using Harness.Perf.Systems;

namespace Harness.Perf.Complexity;

/// <summary>What a system costs at the sizes of a configuration.</summary>
/// <param name="System">Its id.</param>
/// <param name="Title">As people call it.</param>
/// <param name="FullAfter">Tokens after which every segment costs the same; null where none does.</param>
/// <param name="Forms">The closed forms, one for each metric.</param>
/// <param name="Figures">Everything counted.</param>
public sealed record SystemComplexity(
    string System, string Title, long? FullAfter, IReadOnlyList<WrittenForm> Forms, IReadOnlyList<CountedFigure> Figures)
{
    /// <summary>How much of a segment was counted.</summary>
    public Pass Pass { get; init; }

    /// <summary>Contexts that are shorter say nothing of growth: what the first and the last segments lack is not all of it in them.</summary>
    public long SettledFrom { get; init; }

    /// <summary>Operations of the forward pass by itself at every context; empty where nothing else was counted.</summary>
    public IReadOnlyList<BigInteger> ForwardOperations { get; init; } = [];

    /// <summary>A figure of a context.</summary>
    public BigInteger At(string metric, long context) =>
        Figures.Single(figure => figure.Metric == metric && figure.Context == context).Counted;

    /// <summary>The contexts, ascending.</summary>
    public IReadOnlyList<long> Contexts { get; } = [.. Figures.Select(figure => figure.Context).OfType<long>().Distinct()];

    /// <summary>How a metric depends on the context.</summary>
    public Growth GrowthOf(string metric)
    {
        long[] contexts = [.. Contexts.Where(context => context >= SettledFrom)];
        var values = contexts.Select(context => At(metric, context)).ToArray();
        if (values.Length < 2)
            return Growth.Undecided;
        if (values.All(value => value == values[0]))
            return Growth.Constant;

        // On a line through the first two points: equal ratios of differences, multiplied out.
        var isLinear = values.Zip(contexts).All(
            point => (point.First - values[0]) * (contexts[1] - contexts[0]) == (values[1] - values[0]) * (point.Second - contexts[0]));
        return isLinear && values.Length > 2 ? Growth.Linear : Growth.Other;
    }

    /// <summary>Operations per byte moved.</summary>
    public double Intensity(long context) =>
        (double)At(ComplexityMetric.Operations.Name, context) / (double)At(ComplexityMetric.BytesMoved.Name, context);

    /// <summary>How many times the forward pass's operations; null of a forward pass.</summary>
    public double? PerForwardOperation(long context) =>
        Contexts.Zip(ForwardOperations).Where(each => each.First == context).Select(each => (double?)At(ComplexityMetric.Operations.Name, context) / (double)each.Second)
            .FirstOrDefault();

    /// <summary>How the costs depend on the context, in one sentence.</summary>
    public string Sentence()
    {
        var (first, last) = (Contexts.FirstOrDefault(context => context >= SettledFrom), Contexts[^1]);
        var metrics = new[] { ComplexityMetric.Operations, ComplexityMetric.BytesMoved, Pass == Pass.Full ? ComplexityMetric.TapeBytes : ComplexityMetric.StateBytes };
        var growths = metrics.Select(metric => GrowthOf(metric.Name)).ToArray();
        if (growths[0] == Growth.Undecided)
            return string.Create(CultureInfo.InvariantCulture, $"counted at {last:N0} tokens only, which says nothing about growth");
        if (growths.All(growth => growth == Growth.Constant))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"constant from {first:N0} to {last:N0} tokens: a segment costs {Last(0):N0} operations and moves {Last(1):N0} bytes, the state is {Last(2):N0} bytes");
        }

        if (Pass == Pass.Full)
        {
            return growths.All(growth => growth == Growth.Linear)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"linear from {first:N0} to {last:N0} tokens: every further one costs {PerToken(0)} operations and {PerToken(1)} bytes moved, and {PerToken(2)} bytes of tape")
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"not linear: from {first:N0} to {last:N0} tokens, {Times(last, first)} times as many, {Times(Last(0), First(0))} times the operations, {Times(Last(1), First(1))} times the bytes moved, {Times(Last(2), First(2))} times the tape");
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"grows {(growths.All(growth => growth == Growth.Linear) ? "linearly" : "with the context")}: from {first:N0} to {last:N0} tokens every "
            + $"further token of context costs a segment {PerToken(0)} operations and {PerToken(1)} bytes moved, and the state {PerToken(2)} bytes");

        static string Times(BigInteger large, BigInteger small) => ((double)large / (double)small).ToString("0.0", CultureInfo.InvariantCulture);

        BigInteger First(int metric) => At(metrics[metric].Name, first);

        BigInteger Last(int metric) => At(metrics[metric].Name, last);

        string PerToken(int metric)
        {
            var (whole, rest) = BigInteger.DivRem(Last(metric) - At(metrics[metric].Name, first), last - first);
            return whole.ToString("N0", CultureInfo.InvariantCulture) + (rest.IsZero ? "" : " or more");
        }
    }
}

/// <summary>A closed form as people read it.</summary>
/// <param name="Metric">What it gives.</param>
/// <param name="Symbols">In the papers' letters.</param>
/// <param name="Numbers">With the numbers of the configuration and the last context in place.</param>
public sealed record WrittenForm(string Metric, string Symbols, string Numbers);

/// <summary>How counts depend on the context.</summary>
public enum Growth
{
    /// <summary>The same at every context.</summary>
    Constant,

    /// <summary>On a line through at least three contexts.</summary>
    Linear,

    /// <summary>Neither, or only two contexts to tell.</summary>
    Other,

    /// <summary>One context says nothing.</summary>
    Undecided,
}

/// <summary>A count and what the closed form says it is.</summary>
/// <param name="Metric">What was counted.</param>
/// <param name="Unit">As in results.</param>
/// <param name="Context">Tokens before the segment; null where it does not matter.</param>
/// <param name="Counted">The count.</param>
/// <param name="Predicted">The closed form's value.</param>
public sealed record CountedFigure(string Metric, string Unit, long? Context, BigInteger Counted, BigInteger Predicted)
{
    /// <summary>Whether both are the same number.</summary>
    public bool Agrees => Counted == Predicted;
}
