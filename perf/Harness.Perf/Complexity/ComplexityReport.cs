using System.Numerics;
using Harness.Perf.Configurations;
using Harness.Perf.Forms;
using Harness.Perf.Results;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Complexity;

/// <summary>Exact costs of systems at the sizes of one configuration, each count held against its closed form.</summary>
/// <param name="Configuration">The sizes.</param>
/// <param name="Format">The format counted for.</param>
/// <param name="Systems">What each costs.</param>
/// <param name="Pass">How much of a segment is counted.</param>
public sealed record ComplexityReport(
    Configuration Configuration, FloatFormat Format, IReadOnlyList<SystemComplexity> Systems, Pass Pass = Pass.Forward)
{
    private const string Suite = "complexity";
    private const string Implementation = "counting";
    private const string Device = "none";

    private static readonly ComplexityMetric[] WithBackward = [.. ComplexityMetric.OfSegments, ComplexityMetric.TapeBytes];

    /// <summary>The papers' letters and what they stand for here, the context apart.</summary>
    public IReadOnlyDictionary<string, BigInteger> Sizes => Symbols.Values(Configuration);

    /// <summary>Every count and its system.</summary>
    public IEnumerable<(SystemComplexity System, CountedFigure Figure)> Figures =>
        Systems.SelectMany(system => system.Figures.Select(figure => (system, figure)));

    /// <summary>Counts.</summary>
    /// <exception cref="FormatException">A system has no steady state at these sizes; the message says why.</exception>
    public static ComplexityReport Count(
        IReadOnlyList<MemorySystem> systems, Configuration configuration, IReadOnlyList<long> contexts, FloatFormat format, Pass pass = Pass.Forward)
    {
        foreach (var system in systems)
            system.RequireSteadyState(configuration);
        var width = BytesPerElement(format);
        return new ComplexityReport(
            configuration, format,
            [.. systems.Select(system => pass == Pass.Forward
                ? Count(system, system.Form(configuration), configuration, contexts, width)
                : Count(system, pass, configuration, contexts, width))],
            pass);
    }

    /// <summary>One system with its backward pass against the laws that the counts at its first contexts give.</summary>
    internal static SystemComplexity Count(
        MemorySystem system, Pass pass, Configuration configuration, IReadOnlyList<long> contexts, int bytesPerElement)
    {
        var (counter, forward) = (new SegmentCounter(system, configuration, bytesPerElement, pass), new SegmentCounter(system, configuration, bytesPerElement));
        var counts = contexts.Select(counter.After).ToArray();
        var settled = pass == Pass.Full ? MemorySystem.SegmentsUntilFull(configuration) * configuration.Segment : 0;
        long[] places = [.. contexts.Where(context => context >= settled)];
        var (figures, laws) = (new List<CountedFigure>(), new List<WrittenForm>());
        foreach (var metric in WithBackward)
        {
            BigInteger[] counted = [.. counts.Select(metric.Counted)];
            if (places.Length == 0)
            {
                figures.AddRange(contexts.Zip(counted, (context, count) => new CountedFigure(metric.Name, metric.Unit, context, count, count)));
                continue;
            }

            var law = Polynomial.Through(Symbols.n, places, counted[^places.Length..]);
            laws.Add(new WrittenForm(metric.Name, law.ToString(), law.Substituted(Symbols.Values(configuration, contexts[^1]))));
            figures.AddRange(contexts.Zip(counted, (context, count) => new CountedFigure(
                metric.Name, metric.Unit, context, count, context < settled ? count : law.Evaluate(Symbols.Values(configuration, context)))));
        }

        return new SystemComplexity(system.Id, system.Title, system.GrowsWithContext ? null : counts[^1].FullAfter, laws, figures)
        {
            Pass = pass,
            SettledFrom = settled,
            ForwardOperations = [.. contexts.Select(Forward)],
        };

        BigInteger Forward(long context)
        {
            if (pass == Pass.Truncated)
                return forward.After(context).Segment.Operations;
            var sum = BigInteger.Zero;
            for (var before = 0L; before < context; before += configuration.Segment)
                sum += forward.After(before).Segment.Operations;
            return sum;
        }
    }

    /// <summary>One system against a closed form.</summary>
    internal static SystemComplexity Count(
        MemorySystem system, ClosedForm form, Configuration configuration, IReadOnlyList<long> contexts, int bytesPerElement)
    {
        var counter = new SegmentCounter(system, configuration, bytesPerElement);
        var figures = new List<CountedFigure>();

        void Add(ComplexityMetric metric, long? at, SegmentCount count)
        {
            var predicted = metric.Form(form).Evaluate(Symbols.Values(configuration, at ?? 0)) * (metric.Unit == "B" ? bytesPerElement : 1);
            figures.Add(new CountedFigure(metric.Name, metric.Unit, at, metric.Counted(count), predicted));
        }

        foreach (var context in contexts)
        {
            var count = counter.After(context);
            foreach (var metric in ComplexityMetric.OfSegments)
                Add(metric, context, count);
        }

        var last = counter.After(contexts[^1]);
        Add(ComplexityMetric.Setup, null, last);
        var values = Symbols.Values(configuration, contexts[^1]);
        return new SystemComplexity(
            system.Id, system.Title, system.GrowsWithContext ? null : last.FullAfter,
            [.. ComplexityMetric.All.Select(metric => Write(metric, form, values, bytesPerElement))], figures);
    }

    /// <summary>Figures as they are stored, the arithmetic intensity among them.</summary>
    public IEnumerable<FigureRecord> Records()
    {
        foreach (var (system, figure) in Figures)
        {
            yield return new FigureRecord(
                Key(system, figure.Context, figure.Metric), figure.Unit, "lower", (double)figure.Counted, Exact: $"{figure.Counted}");
        }

        foreach (var system in Systems)
        {
            foreach (var context in system.Contexts)
            {
                yield return new FigureRecord(Key(system, context, "arithmetic_intensity"), "FLOP/B", null, system.Intensity(context));
                if (system.PerForwardOperation(context) is { } ratio)
                    yield return new FigureRecord(Key(system, context, "operations_per_forward_operation"), "1", "lower", ratio);
            }
        }
    }

    /// <summary>What was concluded, as it is stored: constant or growing, of operations and of state.</summary>
    public IEnumerable<VerdictRecord> Verdicts() =>
        from system in Systems
        from metric in new[] { ComplexityMetric.Operations, Pass == Pass.Full ? ComplexityMetric.TapeBytes : ComplexityMetric.StateBytes }
        select new VerdictRecord(
            Suite, system.System, Implementation, Device, Format.Name, Configuration.Name, Pass.Named(metric.Name),
            system.GrowthOf(metric.Name) switch
            {
                Growth.Constant => "context_independent",
                Growth.Undecided => "undecided",
                Growth.Linear when Pass == Pass.Full => "linear",
                _ => "grows",
            },
            system.Sentence());

    private FigureKey Key(SystemComplexity system, long? context, string metric) => new(
        Suite, system.System, Implementation, Device, Format.Name, Configuration.Name, context is null ? null : "context", context,
        Pass.Named(metric));

    private static WrittenForm Write(
        ComplexityMetric metric, ClosedForm form, IReadOnlyDictionary<string, BigInteger> values, int bytesPerElement)
    {
        var polynomial = metric.Form(form);
        var (symbols, numbers) = (polynomial.ToString(), polynomial.Substituted(values));
        return metric.Unit == "B"
            ? new WrittenForm(metric.Name, $"w·({symbols})", $"{bytesPerElement}·({numbers})")
            : new WrittenForm(metric.Name, symbols, numbers);
    }

    private static int BytesPerElement(FloatFormat format) => format.SignificandBits switch
    {
        53 => sizeof(double),
        24 => sizeof(float),
        _ => sizeof(ushort),
    };
}
