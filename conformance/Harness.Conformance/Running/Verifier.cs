using System.Collections.Concurrent;
using System.Diagnostics;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;
using Harness.Conformance.Tolerances;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Running;

/// <summary>Runs an implementation through golden cases, fresh inputs and properties.</summary>
public sealed class Verifier(IImplementation implementation, FixtureSet fixtures, VerifyOptions options)
{
    private const int FreshCasesPerEquation = 2;

    // Of an equation that is taken in part: where fewer golden cases are within, more is drawn.
    private const int FewestCases = 20;

    // Who shows intermediates shows them in every answer.
    private const int MostShown = 2;

    private readonly ConcurrentBag<FixtureException> _damage = [];

    /// <summary>Requires what an implementation states that it takes to be of the catalogue, and to leave something of every equation.</summary>
    /// <exception cref="FormatException">It is not; the message names what cannot be.</exception>
    public static void RequireConstraints(IImplementation implementation)
    {
        ArgumentNullException.ThrowIfNull(implementation);
        try
        {
            InputSampler.Require(implementation.Constraints, EquationCatalogue.All.Select(equation => equation.Id));
        }
        catch (FormatException failure)
        {
            throw new FormatException($"{nameof(IImplementation.Constraints)}: {failure.Message}", failure);
        }
    }

    /// <summary>Runs every check that the options select.</summary>
    /// <param name="progress">Called after every check with it and the number of checks in all; from several threads.</param>
    /// <param name="known">Results of an earlier, interrupted run, by check and format: they are taken over.</param>
    /// <param name="cancellation">Ends the run early; what has been found is returned.</param>
    public ImplementationReport Run(
        Action<CheckResult, int>? progress = null,
        IReadOnlyDictionary<(string Id, FloatFormat Format), CheckResult>? known = null,
        CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var checks = Plan().Index().Where(check => options.Shard.Contains(check.Index)).ToArray();
        var results = new CheckResult?[checks.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Jobs };
        Parallel.For(0, checks.Length, parallel, (i, loop) =>
        {
            if (loop.IsStopped || cancellation.IsCancellationRequested)
                return;
            var (number, check) = checks[i];
            var found = known?.GetValueOrDefault((check.Id, check.Format));
            var isKnown = found?.Number == number;
            var result = isKnown ? found! : check.Run() with { Number = number };

            // What an interrupted adapter did not answer is not its fault.
            if (cancellation.IsCancellationRequested)
                return;
            results[i] = result;
            if (!isKnown)
                progress?.Invoke(result, checks.Length);
            if (options.FailFast && result.IsBad)
                loop.Stop();
        });
        var done = results.OfType<CheckResult>().ToArray();
        if (options.Shard == Shard.Whole && options.CaseGlob is null && done.Length == checks.Length)
            done = [.. done, .. WholeTensors.Judge(done)];
        var traced = Trace(done, cancellation);

        // A shard sees too little of an equation; whoever merges them sees all of it.
        if (options.Shard == Shard.Whole)
            done = Unexamined.Judge(PublishedOnly.Judge(done), implementation.TakesAnyInput ? implementation.Constraints : Constraints.None);

        // The next implementation may need the devices and the memory that this one holds.
        implementation.Rest();
        var seconds = (clock.Elapsed + implementation.Starting).TotalSeconds;
        return new ImplementationReport(
            Introduction.NameOf(implementation), Introduction.DetailsOf(implementation) with { Constraints = implementation.Constraints }, done, Math.Max(checks.Length, done.Length), traced, [.. _damage], seconds);
    }

    private TracedFailure[] Trace(CheckResult[] checks, CancellationToken cancellation)
    {
        // With a smaller factor what fails may be rounding, which has no cause to be found.
        if (options.ToleranceFactor < 1)
            return [];
        var diagnoser = new Diagnoser(fixtures, options.Seed, options.ToleranceFactor);
        var groups = checks.Where(check => check.Verdict == Verdict.Failed && check.Kind is (CheckKind.Golden or CheckKind.Fresh))
            .GroupBy(check => (check.Equation, check.Format)).ToArray();
        var traced = new TracedFailure?[groups.Length];
        Parallel.For(0, groups.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Jobs }, i =>
        {
            var (equation, format) = groups[i].Key;
            try
            {
                if (cancellation.IsCancellationRequested)
                    return;
                var thresholds = new SizeThreshold(implementation, format, options.Seed, options.ToleranceFactor)
                    .Find(EquationCatalogue.Find(equation)!, [.. checks.Where(check => check.Equation == equation && check.Format == format)]);
                string[] findings = [.. thresholds, .. Shown(equation, format, [.. groups[i]]), .. diagnoser.Diagnose(implementation, equation, format, [.. groups[i]])?.Findings ?? []];
                if (findings.Length > 0)
                    traced[i] = new TracedFailure(equation, format, findings);
            }
            catch (Exception failure)
            {
                // The verdicts stand, whatever the search for their reason runs into.
                traced[i] = new TracedFailure(equation, format, [$"not known: the diagnosis itself failed ({FailureWords.Of(failure)})"]);
            }
        });
        return [.. traced.OfType<TracedFailure>()];
    }

    // The first wrong answer that shows what it has computed on the way tells where it goes wrong.
    private IEnumerable<string> Shown(string equation, FloatFormat format, CheckResult[] failed)
    {
        if (EquationCatalogue.Find(equation)!.Wiring is null)
            yield break;
        foreach (var check in failed.Take(MostShown))
        {
            if (ExplainedCase.Find(fixtures, check.Id, format, options.Seed, implementation.Precision, implementation.Constraints) is { } asked
                && Evidence.Ask(implementation, asked, new EquationRequest(equation, format, asked.Attributes, asked.Inputs) { Case = asked.Id }, options.ToleranceFactor) is { Passed: false } wrong
                && ShownIntermediates.FirstDivergence(wrong, format, options.Seed, options.ToleranceFactor) is { } found)
            {
                yield return found;
                yield break;
            }
        }
    }

    private List<PlannedCheck> Plan()
    {
        var plan = new List<PlannedCheck>();
        var equations = options.Equations.ToHashSet();
        foreach (var golden in fixtures.Cases)
        {
            if (!equations.Contains(golden.Equation)
                || (options.CaseGlob is { } globs && !Globs.Match(globs, golden.Id)))
            {
                continue;
            }

            plan.AddRange(options.Formats.Select(format => new PlannedCheck(golden.Id, format, () => CheckGolden(golden, format))));
        }

        // Whoever names cases wants those and nothing else.
        if (options.CaseGlob is not null)
            return plan;
        if (implementation is IExamined examined)
            plan.AddRange(examined.Examination(fixtures, options.Formats[0]));
        foreach (var equation in options.Equations)
        {
            foreach (var format in options.Formats)
            {
                for (var number = 1; number <= FreshCasesOf(equation, format, fixtures, implementation.Constraints); number++)
                {
                    var current = number;
                    plan.Add(new PlannedCheck(
                        FreshCase.IdOf(equation, current), format,
                        () => CheckFresh(equation, format, FreshCase.IdOf(equation, current), () => FreshCase.Draw(equation, format, options.Seed, current, implementation.Precision, implementation.Constraints))));
                }
            }
        }

        foreach (var (equation, sizes, format) in Sized(options, implementation.Constraints))
        {
            plan.Add(new PlannedCheck(
                FreshCase.IdOf(equation, sizes), format,
                () => CheckFresh(equation, format, FreshCase.IdOf(equation, sizes), () => FreshCase.Draw(equation, format, options.Seed, sizes, implementation.Precision, implementation.Constraints))));
        }

        // Properties draw their own inputs.
        if (!implementation.TakesAnyInput)
            return plan;
        foreach (var property in PropertyCatalogue.All.Where(property => equations.Any(equation => equation.Id == property.Equation)))
        {
            plan.AddRange((property.Name == StateProperties.Name ? FormatsOfState : options.Formats)
                .Select(format => new PlannedCheck(IdOf(property), format, () => CheckProperty(property, format))));
        }

        foreach (var equation in options.Equations)
        {
            plan.AddRange(FormatsOfState.Where(format => Rearrangement.Candidates(fixtures, equation, format, implementation.Constraints).Any()).Select(format =>
                new PlannedCheck($"{equation.Id}/property:{Rearrangement.Name}", format, () => CheckRearranged(equation, format))));
        }

        return plan;
    }

    // What is remembered, is remembered in any format. Which ones a plug-in computes in, it does not say before it is asked.
    private IEnumerable<FloatFormat> FormatsOfState => implementation switch
    {
        IRestartable { IsProgram: false } => options.Formats,
        IRestartable program => options.Formats.Where(program.Offers).DefaultIfEmpty(options.Formats[0]).Take(1),
        _ => options.Formats.Take(1),
    };

    private static string IdOf(Property property) => $"{property.Equation}/property:{property.Name}";

    private CheckResult CheckGolden(GoldenCase golden, FloatFormat format)
    {
        var check = new Check(
            golden.Id, CheckKind.Golden, golden.Equation.Id, format, golden.Note, Describe(golden.Inputs, golden.Attributes),
            [.. golden.Flags, $"{golden.Family} inputs"]);
        if (Scope.Of(golden.Equation, implementation.Constraints)?.Misfit(golden.Attributes, golden.Inputs) is { } misfit)
            return check.OutOfScope($"out of its scope: {misfit}");
        if (!golden.Judged.Contains(format))
            return check.NotJudged(golden.NotJudged.GetValueOrDefault(format.Name) ?? "the case does not say why");
        try
        {
            var asked = ExplainedCase.Of(golden).Under(implementation.Precision, format);
            return asked.NotJudged.TryGetValue(format.Name, out var reason)
                ? check.NotJudged(reason)
                : Judge(
                    check,
                    new EquationRequest(golden.Equation.Id, format, golden.Attributes, asked.Inputs) { Case = golden.Id },
                    asked.JudgedIn(format),
                    asked.Golden,
                    output => asked.Rho[(format, output)]);
        }
        catch (FixtureException failure)
        {
            _damage.Add(failure);
            return check.Errored($"the fixture is damaged: {failure.Message}");
        }
    }

    private CheckResult CheckFresh(Equation equation, FloatFormat format, string id, Func<FreshCase?> draw) =>
        draw() is { } fresh
            ? Judge(
                new Check(
                    id, CheckKind.Fresh, equation.Id, format,
                    asked: Describe(fresh.Inputs.ToDictionary(input => input.Key, input => input.Value.Shape), fresh.Attributes)),
                new EquationRequest(equation.Id, format, fresh.Attributes, fresh.Inputs) { Case = id },
                fresh.Expected.Shapes,
                fresh.Expected.Golden,
                output => fresh.Expected.Rho[output])
            : new Check(id, CheckKind.Fresh, equation.Id, format).NotJudged("the format is too coarse for this equation");

    /// <summary>How many small fresh cases an equation has in a format: the more, the fewer golden cases an implementation takes that takes it in part.</summary>
    internal static int FreshCasesOf(Equation equation, FloatFormat format, FixtureSet fixtures, Constraints constraints) => Scope.Of(equation, constraints) is { } scope
        ? Math.Max(FreshCasesPerEquation, FewestCases - fixtures.Cases.Count(golden =>
            golden.Equation == equation && golden.Judged.Contains(format) && scope.Misfit(golden.Attributes, golden.Inputs) is null))
        : FreshCasesPerEquation;

    /// <summary>
    /// The fresh cases of certain sizes that options ask for, or of the nearest that an implementation takes: of a sample each in one format, the next
    /// one in the next.
    /// </summary>
    internal static IEnumerable<(Equation Equation, Sizes Sizes, FloatFormat Format)> Sized(VerifyOptions options, Constraints constraints)
    {
        foreach (var equation in options.Equations)
        {
            var asked = options.Sizes.Of(equation, options.Seed);
            foreach (var sizes in Scope.Of(equation, constraints) is { } scope ? asked.Select(each => each.Within(scope)).OfType<Sizes>().DistinctBy(each => each.ToString()) : asked)
            {
                var formats = options.Sizes.IsSample ? [Drawn(FreshCase.IdOf(equation, sizes))] : options.Formats;
                foreach (var format in formats)
                    yield return (equation, sizes, format);
            }
        }

        // By the case, so that the same is asked whatever else is.
        FloatFormat Drawn(string id) => options.Formats[(int)((uint)Seeds.Of($"{options.Seed}/{id}") % (uint)options.Formats.Count)];
    }

    // E [1,4,8], W_in [8,8]; heads=2
    private static string Describe(IReadOnlyDictionary<string, Shape> inputs, AttributeValues attributes)
    {
        string[] parts = [string.Join(", ", inputs.Select(input => $"{input.Key} {input.Value}")), attributes.ToString()];
        return string.Join("; ", parts.Where(part => part.Length > 0));
    }

    private CheckResult Judge(
        Check check,
        EquationRequest request,
        IReadOnlyDictionary<string, GoldenOutput> outputs,
        IReadOnlyDictionary<string, double[]> golden,
        Func<string, double[]> rho)
    {
        var rounded = new Lazy<IReadOnlyDictionary<string, TensorData>?>(() => CorrectlyRounded(request));
        IReadOnlyList<OutputFigures> Compare(
            IReadOnlyDictionary<string, TensorData> answer, IReadOnlyDictionary<string, double[]> expected, Func<IReadOnlyDictionary<string, TensorData>?>? whole = null) =>
            Comparer.Compare(answer, outputs, expected, rho, request.Format, options.ToleranceFactor, whole);
        var result = check.Run(
            implementation, request, options.Repeat, answer => Compare(answer, golden, () => rounded.Value),
            (answer, first) => Compare(answer, first.ToDictionary(output => output.Key, output => output.Value.Values)).Max(output => output.WorstShare));
        return result.IsBad && result.Words is null ? result with { Words = implementation.WordsFor(request) } : result;
    }

    // Where the managed engine cannot follow, nothing is compared with it.
    private static IReadOnlyDictionary<string, TensorData>? CorrectlyRounded(EquationRequest request)
    {
        try
        {
            return new ReferenceImplementation().Run(request);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private CheckResult CheckProperty(Property property, FloatFormat format)
    {
        var check = new Check(IdOf(property), CheckKind.Property, property.Equation, format);
        return check.Run(options.Repeat, () => new PropertyContext(implementation, property, format, options.Seed, options.ToleranceFactor, options.Jobs));
    }

    private CheckResult CheckRearranged(Equation equation, FloatFormat format)
    {
        var check = new Check($"{equation.Id}/property:{Rearrangement.Name}", CheckKind.Property, equation.Id, format);
        CheckResult? result = null, outside = null;
        try
        {
            foreach (var asked in Rearrangement.Draw(fixtures, equation, format, options.Seed, implementation.Precision, implementation.Constraints))
            {
                var next = Judge(
                    check, new EquationRequest(equation.Id, format, asked.Golden.Attributes, asked.Inputs) { Case = $"{equation.Id}/property:{Rearrangement.Name}" },
                    asked.Outputs, asked.Values, output => asked.Rho[output]);
                if (next.Verdict == Verdict.OutOfScope)
                {
                    outside = next;
                    continue;
                }

                if (next.Verdict is not (Verdict.Passed or Verdict.PartlyChecked))
                    return next with { Reason = next.Verdict == Verdict.Failed ? $"{asked.Golden.Id}, {asked.How}: {next.Reason}" : next.Reason, Outputs = [] };
                result = next with { Outputs = [], NotRepeatable = Largest(next.NotRepeatable, result?.NotRepeatable) };
            }
        }
        catch (FixtureException failure)
        {
            _damage.Add(failure);
            return check.Errored($"the fixture is damaged: {failure.Message}");
        }

        return result ?? outside ?? check.NotJudged($"none of its golden cases can be judged under the precision that is stated ({implementation.Precision})");
    }

    private static double? Largest(double? one, double? other) => one is null ? other : other is null ? one : Math.Max(one.Value, other.Value);
}
