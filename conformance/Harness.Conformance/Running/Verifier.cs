using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Enumeration;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;
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
    public VerifyReport Run(Action<CheckResult, int>? progress = null)
    {
        var clock = Stopwatch.StartNew();
        var checks = Plan();
        var results = new CheckResult?[checks.Count];
        Parallel.For(0, checks.Count, new ParallelOptions { MaxDegreeOfParallelism = options.Jobs }, (i, loop) =>
        {
            if (loop.IsStopped)
                return;
            var result = checks[i]();
            results[i] = result;
            progress?.Invoke(result, checks.Count);
            if (options.FailFast && result.Verdict is Verdict.Failed or Verdict.Errored or Verdict.TimedOut)
                loop.Stop();
        });
        return new VerifyReport(
            implementation.Name, options, [.. results.OfType<CheckResult>()], [.. fixtures.Damage, .. _damage], clock.Elapsed.TotalSeconds);
    }

    private List<Func<CheckResult>> Plan()
    {
        var plan = new List<Func<CheckResult>>();
        var equations = EquationCatalogue.Matching(options.EquationGlob).ToHashSet();
        foreach (var golden in fixtures.Cases)
        {
            if (!equations.Contains(golden.Equation)
                || (options.CaseGlob is { } glob && !FileSystemName.MatchesSimpleExpression(glob, golden.Id, ignoreCase: false)))
            {
                continue;
            }

            plan.AddRange(options.Formats.Select(format => (Func<CheckResult>)(() => CheckGolden(golden, format))));
        }

        // Whoever names cases wants those and nothing else.
        if (options.CaseGlob is not null)
            return plan;
        foreach (var equation in EquationCatalogue.All.Where(equations.Contains))
        {
            foreach (var format in options.Formats)
            {
                for (var number = 1; number <= FreshCasesPerEquation; number++)
                {
                    var current = number;
                    plan.Add(() => CheckFresh(equation, format, current));
                }
            }
        }

        foreach (var property in PropertyCatalogue.All.Where(property => equations.Any(equation => equation.Id == property.Equation)))
            plan.AddRange(options.Formats.Select(format => (Func<CheckResult>)(() => CheckProperty(property, format))));
        return plan;
    }

    private CheckResult CheckGolden(GoldenCase golden, FloatFormat format)
    {
        var check = new Check(golden.Id, CheckKind.Golden, golden.Equation.Id, format, golden.Note);
        if (!golden.Judged.Contains(format))
            return check.NotJudged(golden.NotJudged.GetValueOrDefault(format.Name) ?? "the case does not say why");
        try
        {
            var tensors = FixtureSet.LoadTensors(golden);
            return check.Run(
                () => implementation.Run(new EquationRequest(golden.Equation.Id, format, golden.Attributes, tensors.Inputs)),
                outputs => [.. golden.Outputs.Select(output => Comparer.Compare(
                    output.Key, outputs.GetValueOrDefault(output.Key), tensors.Golden[output.Key].Values, tensors.Rho[(format, output.Key)],
                    output.Value, format, options.ToleranceFactor))]);
        }
        catch (FixtureException failure)
        {
            _damage.Add(failure);
            return check.Errored($"the fixture is damaged: {failure.Message}");
        }
    }

    private CheckResult CheckFresh(Equation equation, FloatFormat format, int number)
    {
        var check = new Check($"{equation.Id}/fresh-{number}", CheckKind.Fresh, equation.Id, format);
        if (FreshCase.Draw(equation, format, options.Seed, number) is not { } fresh)
            return check.NotJudged("the format is too coarse for this equation");
        return check.Run(
            () => implementation.Run(new EquationRequest(equation.Id, format, fresh.Attributes, fresh.Inputs)),
            outputs => [.. fresh.Expected.Shapes.Select(output => Comparer.Compare(
                output.Key, outputs.GetValueOrDefault(output.Key), fresh.Expected.Golden[output.Key], fresh.Expected.Rho[output.Key],
                output.Value, format, options.ToleranceFactor))]);
    }

    private CheckResult CheckProperty(Property property, FloatFormat format)
    {
        var check = new Check($"{property.Equation}/property:{property.Name}", CheckKind.Property, property.Equation, format);
        return check.Run(new PropertyContext(implementation, property, format, options));
    }
}
