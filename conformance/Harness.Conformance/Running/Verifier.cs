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
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Running;

/// <summary>Runs an implementation through golden cases, fresh inputs and properties.</summary>
public sealed class Verifier(IImplementation implementation, FixtureSet fixtures, VerifyOptions options)
{
    /// <summary>Fresh cases of every equation in every format.</summary>
    public const int FreshCasesPerEquation = 2;

    private readonly ConcurrentBag<FixtureException> _damage = [];

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
        var traced = Trace(done, cancellation);

        // The next implementation may need the devices and the memory that this one holds.
        implementation.Rest();
        var seconds = (clock.Elapsed + implementation.Starting).TotalSeconds;
        return new ImplementationReport(
            Introduction.NameOf(implementation), Introduction.DetailsOf(implementation), done, checks.Length, traced, [.. _damage], seconds);
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
                if (!cancellation.IsCancellationRequested && diagnoser.Diagnose(implementation, equation, format, [.. groups[i]]) is { } found)
                    traced[i] = new TracedFailure(equation, format, found.Findings);
            }
            catch (Exception failure)
            {
                // The verdicts stand, whatever the search for their reason runs into.
                traced[i] = new TracedFailure(equation, format, [$"not known: the diagnosis itself failed ({FailureWords.Of(failure)})"]);
            }
        });
        return [.. traced.OfType<TracedFailure>()];
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
                for (var number = 1; number <= FreshCasesPerEquation; number++)
                {
                    var current = number;
                    plan.Add(new PlannedCheck(FreshCase.IdOf(equation, current), format, () => CheckFresh(equation, format, current)));
                }
            }
        }

        // Properties draw their own inputs.
        if (!implementation.TakesAnyInput)
            return plan;
        foreach (var property in PropertyCatalogue.All.Where(property => equations.Any(equation => equation.Id == property.Equation)))
            plan.AddRange(options.Formats.Select(format => new PlannedCheck(IdOf(property), format, () => CheckProperty(property, format))));
        return plan;
    }

    private static string IdOf(Property property) => $"{property.Equation}/property:{property.Name}";

    private CheckResult CheckGolden(GoldenCase golden, FloatFormat format)
    {
        var check = new Check(
            golden.Id, CheckKind.Golden, golden.Equation.Id, format, golden.Note, Describe(golden.Inputs, golden.Attributes),
            [.. golden.Flags, $"{golden.Family} inputs"]);
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

    private CheckResult CheckFresh(Equation equation, FloatFormat format, int number)
    {
        var id = FreshCase.IdOf(equation, number);
        return FreshCase.Draw(equation, format, options.Seed, number, implementation.Precision) is { } fresh
            ? Judge(
                new Check(
                    id, CheckKind.Fresh, equation.Id, format,
                    asked: Describe(fresh.Inputs.ToDictionary(input => input.Key, input => input.Value.Shape), fresh.Attributes)),
                new EquationRequest(equation.Id, format, fresh.Attributes, fresh.Inputs) { Case = id },
                fresh.Expected.Shapes,
                fresh.Expected.Golden,
                output => fresh.Expected.Rho[output])
            : new Check(id, CheckKind.Fresh, equation.Id, format).NotJudged("the format is too coarse for this equation");
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
        var result = check.Run(
            implementation, request, answer => Comparer.Compare(answer, outputs, golden, rho, request.Format, options.ToleranceFactor));
        return result.IsBad && result.Words is null ? result with { Words = implementation.WordsFor(request) } : result;
    }

    private CheckResult CheckProperty(Property property, FloatFormat format)
    {
        var check = new Check(IdOf(property), CheckKind.Property, property.Equation, format);
        return check.Run(new PropertyContext(implementation, property, format, options.Seed, options.ToleranceFactor));
    }
}
