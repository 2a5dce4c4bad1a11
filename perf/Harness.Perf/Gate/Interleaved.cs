using Harness.Perf.Results;
using Harness.Perf.Statistics;

namespace Harness.Perf.Gate;

/// <summary>
/// Two builds in turns, in one go: what the machine does meanwhile meets both, so that pairs of neighbours tell smaller differences apart than
/// nights do.
/// </summary>
public static class Interleaved
{
    /// <summary>α over all figures together, by Holm's method.</summary>
    private const double Alpha = 0.01;

    /// <summary>Measures in rounds, each of both builds in an order drawn anew, after one round that only warms up files and caches.</summary>
    /// <param name="old">Measures the old build.</param>
    /// <param name="current">Measures the new one.</param>
    /// <param name="rounds">How many pairs.</param>
    /// <param name="seed">Of the orders.</param>
    /// <param name="progress">Called before every measurement with its number, from 0, and their total.</param>
    public static GateReport Compare(Func<PerfFile> old, Func<PerfFile> current, int rounds, int seed, Action<int, int> progress)
    {
        var random = new Random(seed);
        var pairs = new List<(PerfFile Old, PerfFile New)>();
        for (var round = -1; round < rounds; round++)
        {
            var done = 2 * (round + 1);
            progress(done, 2 * (rounds + 1));
            var isOldFirst = random.Next(2) == 0;
            var first = isOldFirst ? old() : current();
            progress(done + 1, 2 * (rounds + 1));
            var second = isOldFirst ? current() : old();
            if (round >= 0)
                pairs.Add(isOldFirst ? (first, second) : (second, first));
        }

        return Judge(pairs);
    }

    /// <summary>The verdict on every figure.</summary>
    /// <param name="pairs">Neighbouring measurements of the two builds.</param>
    /// <exception cref="FormatException">They are of several machines.</exception>
    public static GateReport Judge(IReadOnlyList<(PerfFile Old, PerfFile New)> pairs)
    {
        var machine = new Tonight([.. pairs.SelectMany(pair => new[] { pair.Old, pair.New })], null).Machine;
        var rounds = pairs
            .Select(pair => (Old: ByKey(pair.Old), New: ByKey(pair.New)))
            .ToArray();
        var keys = rounds.SelectMany(round => round.Old.Keys.Concat(round.New.Keys)).Distinct();
        var figures = keys.Select(key => new Paired(
            [.. rounds.Select(round => round.Old.GetValueOrDefault(key)).OfType<FigureRecord>()],
            [.. rounds.Select(round => round.New.GetValueOrDefault(key)).OfType<FigureRecord>()],
            rounds.Length)).ToArray();

        // A time, and what is computed from it alone (tokens/s, FLOP/s), is one question, however often it is put.
        var tested = figures.Where(figure => figure.PValue is not null).GroupBy(figure => figure.Question).OrderBy(same => same.First().PValue).ToArray();

        // Holm: the i-th smallest of m probabilities, times m − i, but never less than one before it.
        var adjusted = 0.0;
        for (var i = 0; i < tested.Length; i++)
        {
            adjusted = Math.Max(adjusted, Math.Min(1, tested[i].First().PValue!.Value * (tested.Length - i)));
            foreach (var figure in tested[i])
                figure.Adjusted = adjusted;
        }

        var fewest = (int)Math.Ceiling(Math.Log2(2 * tested.Length / Alpha));
        return new GateReport(
            $"the old build, {rounds.Length} rounds in turns", machine, pairs[0].New.Commit, GateReport.Sort(figures.Select(figure => figure.Judge(fewest))));
    }

    private static Dictionary<FigureKey, FigureRecord> ByKey(PerfFile file) =>
        file.Figures.GroupBy(figure => figure.Key).ToDictionary(group => group.Key, group => group.Last());

    private sealed class Paired
    {
        // Far finer than anything is measured, far coarser than the roundings of a quotient.
        private const int QuestionDecimals = 9;

        private readonly FigureRecord[] _old;
        private readonly FigureRecord[] _new;
        private readonly int _rounds;
        private readonly double[]? _differences;

        public Paired(FigureRecord[] old, FigureRecord[] current, int rounds)
        {
            (_old, _new, _rounds) = (old, current, rounds);
            if (old.Length < rounds || current.Length < rounds || Badness.Of(current[0].Better) is not { } sign
                || old[0].Exact is not null || current[0].Exact is not null || old.Concat(current).Any(figure => figure.Value <= 0))
            {
                return;
            }

            _differences = [.. old.Zip(current, (a, b) => sign * Math.Log(b.Value / a.Value))];
            PValue = SignedRank.PValue(_differences);
            Question = string.Join(' ', _differences.Select(difference => Math.Round(difference, QuestionDecimals)));
        }

        /// <summary>Null where there is nothing to test.</summary>
        public double? PValue { get; }

        /// <summary>Equal for figures that differ by the same factors in all rounds.</summary>
        public string? Question { get; }

        /// <summary>The same as <see cref="PValue"/>, for all figures together.</summary>
        public double Adjusted { get; set; }

        public GateFinding Judge(int fewestRounds)
        {
            if (_old.Length == 0 || _new.Length == 0)
            {
                return _new.Length == 0
                    ? Finding(_old[0], GateVerdict.Missing, Middle(_old), null, "missing: the old build measures it, the new one does not")
                    : Finding(_new[0], GateVerdict.InsufficientData, null, Middle(_new), "no comparable history: the old build does not measure it");
            }

            var figure = _new[^1];
            if (_old[^1].Exact is { } before && figure.Exact is not null)
            {
                return _old.All(each => each.Exact == before) && _new.All(each => each.Exact == figure.Exact)
                    ? Comparable.Exactly(figure, before, "")
                    : Finding(figure, GateVerdict.Suspicious, null, figure.Value, "exact, and yet not the same in every round");
            }

            if (_differences is null)
            {
                return Badness.Of(figure.Better) is null
                    ? Finding(figure, GateVerdict.NoChange, Middle(_old), Middle(_new), "not judged: neither direction is better")
                    : Finding(figure, GateVerdict.InsufficientData, Middle(_old), Middle(_new), "not in every round, or not positive");
            }

            if (_rounds < fewestRounds)
                return Finding(figure, GateVerdict.InsufficientData, Middle(_old), Middle(_new), $"found {_rounds} rounds, so many figures need {fewestRounds}");
            var sign = Badness.Of(figure.Better)!.Value;
            var (centre, low, high) = SignedRank.Estimate(_differences);
            var verdict = Adjusted > Alpha || Math.Abs(centre) < NightlyMonitor.SmallestEffect ? GateVerdict.NoChange
                : centre > 0 ? GateVerdict.Regression
                : GateVerdict.Improvement;
            var (from, to) = sign > 0 ? (low, high) : (-high, -low);
            return new(
                figure.Key, figure.Unit, verdict, Middle(_old), Middle(_new), Math.Exp(sign * centre) - 1,
                $"p = {Adjusted:G2} over all figures", Math.Exp(from) - 1, Math.Exp(to) - 1);
        }

        private static double Middle(FigureRecord[] figures) => Robust.Median([.. figures.Select(figure => figure.Value)]);

        private static GateFinding Finding(FigureRecord figure, GateVerdict verdict, double? before, double? now, string reason) =>
            new(figure.Key, figure.Unit, verdict, before, now, now / before - 1, reason);
    }
}
