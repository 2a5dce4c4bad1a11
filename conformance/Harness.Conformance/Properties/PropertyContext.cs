using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>What a property may use: random draws, calls of the implementation under test, and derived bounds.</summary>
internal sealed class PropertyContext(
    IImplementation implementation, Property property, FloatFormat format, int seed, double toleranceFactor, int jobs = 1)
{
    // Most draws can be judged at once; one with a tie at rank k or a sample on a bin's edge is thrown away.
    private const int Attempts = 50;

    // A bound takes a dozen evaluations in double-double: larger draws cost more than they tell. Where no draw is so small, twice as much
    // is taken after a while.
    private const int MostValues = 150;
    private const int DrawsOfASize = 200;
    private const int Draws = 2000;

    // What an implementation takes may have no small inputs.
    private const int DrawsOfAScope = 8;
    private const int DrawsWithin = 200;

    private readonly SortedSet<string> _omitted = new(StringComparer.Ordinal);

    private readonly int _seed = Seeds.Of($"{seed}/{property.Equation}/{property.Name}/{format}");

    /// <summary>The format computed in.</summary>
    public FloatFormat Format => format;

    /// <summary>Whether two ways to the same result can be held to the same bits, where a repeated call gives the same.</summary>
    public bool KeepsBits => implementation.KeepsBits;

    /// <summary>Whether the implementation is asked from several threads.</summary>
    public bool IsParallel => jobs > 1;

    /// <summary>Whether every question asked at the same time takes a process to itself.</summary>
    public bool IsProgram => implementation is IRestartable { IsProgram: true };

    /// <summary>How far apart two answers to one question were, as a share of their tolerance; null where they had the same bits.</summary>
    public double? NotRepeatable { get; private set; }

    /// <summary>The outputs that the implementation does not have.</summary>
    public IReadOnlyCollection<string> Omitted => _omitted;

    /// <summary>Runs while the implementation does.</summary>
    public Stopwatch Clock { get; } = new();

    /// <summary>The property's own stream of random numbers, from the run's seed.</summary>
    public Random Random { get; } = new(Seeds.Of($"{seed}/{property.Equation}/{property.Name}/{format}/values"));

    /// <summary>Runs the property.</summary>
    public (bool IsUnsupported, string? NotJudged, string? Violation) Evaluate()
    {
        try
        {
            property.Holds(this);
            return (false, null, null);
        }
        catch (NotSupportedByImplementationException)
        {
            return (true, null, null);
        }
        catch (NotJudgedException reason)
        {
            return (false, reason.Message, null);
        }
        catch (ViolationException violation)
        {
            return (false, null, $"{property.Statement} {violation.Message}");
        }
    }

    /// <summary>Draws an input of an equation, exact in the format.</summary>
    public (AttributeValues Attributes, Dictionary<string, TensorData> Inputs) Draw(string equation)
    {
        var drawn = EquationCatalogue.Find(equation)!;
        var (attributes, inputs) = InputSampler.Draw(drawn, format, Random, Sizes.Any, Scope.Of(drawn, implementation.Constraints));
        return (attributes, new Dictionary<string, TensorData>(inputs));
    }

    /// <summary>Whether the implementation takes a call of the property's equation.</summary>
    public bool IsTaken(AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        Scope.Of(EquationCatalogue.Find(property.Equation)!, implementation.Constraints)?.Misfit(attributes, inputs) is null;

    /// <summary>Draws a small input of the property's equation until honest results on it can be told from wrong ones.</summary>
    /// <param name="adapt">Changes the drawn tensors and returns the attributes to use; null asks for another draw.</param>
    public Trial DrawJudged(Func<AttributeValues, Dictionary<string, TensorData>, AttributeValues?>? adapt = null) =>
        DrawJudged(EquationCatalogue.Find(property.Equation)!, adapt);

    /// <summary>The same of another equation.</summary>
    public Trial DrawJudged(Equation equation, Func<AttributeValues, Dictionary<string, TensorData>, AttributeValues?>? adapt = null)
    {
        var (attempts, misfit, scope) = (0, default(string), Scope.Of(equation, implementation.Constraints));
        for (var draw = 0; draw < (scope is null ? Draws : DrawsWithin) && attempts < Attempts; draw++)
        {
            var (attributes, inputs) = Draw(equation.Id);
            var adapted = adapt is null ? attributes : adapt(attributes, inputs);
            if (adapted is null || inputs.Values.Sum(tensor => (double)tensor.Values.Length) > Math.ScaleB(MostValues, draw / (scope is null ? DrawsOfASize : DrawsOfAScope)))
                continue;

            // What has been cut or put together may be outside.
            if (scope?.Misfit(adapted, inputs) is { } found)
            {
                misfit = found;
                continue;
            }

            attempts++;
            if (Derive(equation, adapted, inputs) is { } expected)
                return new Trial(this, equation.Id, adapted, inputs, expected.Right, expected.Bounds);
        }

        if (attempts == 0 && misfit is not null)
            throw new OutOfScopeException($"out of its scope: {misfit}");
        throw new NotJudgedException($"none of {attempts} drawn inputs can be judged in this format");
    }

    /// <summary>A tensor of drawn values, rounded to the format.</summary>
    public TensorData Tensor(Shape shape, Func<double> draw)
    {
        var values = new double[shape.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = format.Round(draw());
        return new TensorData(shape, values);
    }

    /// <summary>A tensor of standard normal values.</summary>
    public TensorData Normal(Shape shape) => Tensor(shape, Normal);

    /// <summary>A standard normal number.</summary>
    public double Normal() => Random.NextNormal();

    /// <summary>A uniform number.</summary>
    public double Between(double low, double high) => low + (high - low) * Random.NextDouble();

    /// <summary>A random order of 0 … count−1 that leaves nothing where it was, so that every permutation tells.</summary>
    public int[] Order(int count)
    {
        // Sattolo's algorithm: one cycle through all.
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i > 0; i--)
        {
            var other = Random.Next(i);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    /// <summary>Other values in the shapes of a trial.</summary>
    public IReadOnlyDictionary<string, TensorData> Others(Trial trial) =>
        InputSampler.Redraw(EquationCatalogue.Find(trial.Equation)!, format, Random, trial.Attributes, trial.Inputs);

    /// <summary>Calls the property's equation.</summary>
    public IReadOnlyDictionary<string, TensorData> Call(
        AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        Call(property.Equation, attributes, inputs);

    /// <summary>
    /// Calls any equation of the implementation under test. Only a fault of the property's own is its violation.
    /// </summary>
    public IReadOnlyDictionary<string, TensorData> Call(
        string equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        Call(equation, attributes, inputs, request => implementation.Ask(request, Clock));

    /// <summary>Calls the property's equation in an implementation that has not been asked for it before, where there is a way to.</summary>
    /// <returns>Null where there is none.</returns>
    public IReadOnlyDictionary<string, TensorData>? CallAfresh(AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        implementation is IRestartable { Fresh: { } fresh } ? Call(property.Equation, attributes, inputs, request => fresh.Ask(request, Clock)) : null;

    /// <summary>Asks two questions at the same time, each from a thread of its own and so many times.</summary>
    /// <returns>The answers to each.</returns>
    public (IReadOnlyDictionary<string, TensorData>[] First, IReadOnlyDictionary<string, TensorData>[] Second) CallTogether(
        AttributeValues attributes, IReadOnlyDictionary<string, TensorData> first, IReadOnlyDictionary<string, TensorData> second, int times)
    {
        // A pool's threads may all be busy, and the questions would follow each other.
        using var start = new Barrier(2);
        IReadOnlyDictionary<string, TensorData>[] Answers(IReadOnlyDictionary<string, TensorData> inputs)
        {
            start.SignalAndWait();
            return [.. Enumerable.Range(0, times).Select(_ => Call(property.Equation, attributes, inputs, request => implementation.Ask(request)))];
        }

        var (answers, failure) = (Array.Empty<IReadOnlyDictionary<string, TensorData>>(), default(ExceptionDispatchInfo));
        var other = new Thread(() =>
        {
            try
            {
                answers = Answers(second);
            }
            catch (Exception caught)
            {
                failure = ExceptionDispatchInfo.Capture(caught);
            }
        })
        { IsBackground = true };
        other.Start();
        Clock.Start();
        try
        {
            return (Answers(first), Joined());
        }
        finally
        {
            other.Join();
            Clock.Stop();
        }

        IReadOnlyDictionary<string, TensorData>[] Joined()
        {
            other.Join();
            failure?.Throw();
            return answers;
        }
    }

    /// <summary>Requires two answers to one question to have the same bits, or notes how far they are from that; more than tolerances allow is a violation.</summary>
    /// <param name="what">Which answer differs.</param>
    /// <param name="got">The answer.</param>
    /// <param name="other">Another.</param>
    /// <param name="bounds">How far an honest answer may be from the correct one; only asked for where bits differ.</param>
    public void RequireSame(
        string what, IReadOnlyDictionary<string, TensorData> got, IReadOnlyDictionary<string, TensorData> other, Func<IReadOnlyDictionary<string, TensorData>> bounds)
    {
        if (SameBits.Are(got, other))
            return;
        foreach (var (name, bound) in bounds().Where(output => got.ContainsKey(output.Key)))
        {
            Require.Near($"{what}, {name}", got[name], other[name], bound.Times(2));
            var shares = Require.Differences(got[name], other[name], bound).Values.Zip(bound.Values, (error, allowed) => error == 0 ? 0 : error / allowed);
            NotRepeatable = Math.Max(NotRepeatable ?? 0, shares.Max());
        }
    }

    /// <summary>Per output, how far each entry (or column norm) of an honest result may be from the correct one.</summary>
    /// <remarks>
    /// The same derivation as for fresh inputs, so that a property is never tighter than the equation's own check.
    /// </remarks>
    public IReadOnlyDictionary<string, TensorData> Bounds(
        AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        Derive(EquationCatalogue.Find(property.Equation)!, attributes, inputs)?.Bounds ?? throw new NotJudgedException("the drawn input cannot be judged in this format");

    private IReadOnlyDictionary<string, TensorData> Call(
        string equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs,
        Func<EquationRequest, IReadOnlyDictionary<string, TensorData>?> ask)
    {
        var shapes = InputValidator.Validate(EquationCatalogue.Find(equation)!, attributes, inputs);
        var outputs = ask(new EquationRequest(equation, format, attributes, inputs) { Case = $"{property.Equation}/property:{property.Name}" })
            ?? throw new NotSupportedByImplementationException();
        string[] omitted = [.. outputs.Where(output => output.Value.IsOmitted).Select(output => output.Key)];
        foreach (var name in omitted.Where(shapes.ContainsKey))
            _omitted.Add(name);
        foreach (var (name, shape) in shapes.Where(output => !omitted.Contains(output.Key)))
        {
            var fault = FindFault(outputs.GetValueOrDefault(name), shape);
            if (!outputs.ContainsKey(name))
                fault += OtherNames.Describe(name, outputs.Keys, shapes.Keys);
            if (fault is not null)
            {
                throw equation == property.Equation
                    ? new ViolationException($"{name}: {fault}.")
                    : new NotJudgedException($"{equation}: {name}: {fault}");
            }
        }

        return omitted.Length == 0 ? outputs : new OutputsInPart(outputs.Where(output => !output.Value.IsOmitted).ToDictionary());
    }

    private (Dictionary<string, TensorData> Right, Dictionary<string, TensorData> Bounds)? Derive(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
    {
        if (ToleranceModel.Derive(equation, format, attributes, inputs, _seed, implementation.Precision) is not { } expected)
            return null;
        var right = expected.Shapes.ToDictionary(output => output.Key, output => new TensorData(output.Value.Shape, expected.Golden[output.Key]));
        return (right, expected.Shapes.ToDictionary(output => output.Key, output =>
        {
            var sizes = Comparer.Sizes(expected.Golden[output.Key], output.Value);
            var rhos = expected.Rho[output.Key];
            var bounds = sizes.Zip(rhos, (size, rho) => Tolerance.Bound(rho, size, output.Value.FormatIn(format), toleranceFactor));
            return new TensorData(output.Value.ToleranceShape, [.. bounds]);
        }));
    }

    private static string? FindFault(TensorData? output, Shape expected)
    {
        if (output is null)
            return $"found nothing, expected {expected}";
        if (output.Values is null)
            return $"found no values, expected {expected.Count}";
        if (output.Shape != expected)
            return $"found shape {output.Shape}, expected {expected}";
        if (output.Values.Length != expected.Count)
            return $"found {output.Values.Length} values, expected {expected.Count}";
        var strange = Array.FindIndex(output.Values, value => !double.IsFinite(value));
        return strange < 0
            ? null
            : $"found {output.Values[strange]} at {expected.IndexText(strange)}, expected finite values";
    }
}
