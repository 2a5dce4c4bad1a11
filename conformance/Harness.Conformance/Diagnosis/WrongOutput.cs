using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Tensors;

namespace Harness.Conformance.Diagnosis;

/// <summary>One output of an answer that is wrong, and what it would have to be to be right.</summary>
internal sealed class WrongOutput
{
    // As for known mistakes: rounding cannot be confused with what exceeds its tolerance tenfold.
    private const double ClearlyWrong = 10;

    private readonly double[] _bounds;

    public WrongOutput(Evidence evidence, string name)
    {
        (Evidence, Name) = (evidence, name);
        (Expected, Golden, Found) = (evidence.Outputs[name], evidence.Golden[name], evidence.Answer[name].Values);
        _bounds = [.. evidence.Rho[name].Zip(Comparer.Sizes(Golden, Expected), (rho, size) => Tolerance.Bound(rho, size, Expected.FormatIn(evidence.Request.Format)))];
        Allowed = [.. Enumerable.Range(0, Golden.Length).Select(i => _bounds[Expected.Unit(i)])];
        IsMisshapen = evidence.Answer[name].Shape != Shape;
        IsWrong = [.. Golden.Select((golden, i) => !(Math.Abs(Found[i] - golden) <= Allowed[i]))];
        IsClear = [.. Golden.Select((golden, i) => IsMisshapen || (Found[i] != golden && !(Math.Abs(Found[i] - golden) < ClearlyWrong * Allowed[i])))];
    }

    /// <summary>The answer it is part of.</summary>
    public Evidence Evidence { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Shape and judgement.</summary>
    public GoldenOutput Expected { get; }

    /// <summary>The extents that it should have.</summary>
    public Shape Shape => Expected.Shape;

    /// <summary>The correct values.</summary>
    public double[] Golden { get; }

    /// <summary>The values that were given, as many as expected.</summary>
    public double[] Found { get; }

    /// <summary>Whether its shape is another.</summary>
    public bool IsMisshapen { get; }

    /// <summary>How far every entry may be away: its tolerance, or that of the norm of its column.</summary>
    public double[] Allowed { get; }

    /// <summary>Which entries are further away.</summary>
    public bool[] IsWrong { get; }

    /// <summary>Which entries are ten times further away; all of them under another shape.</summary>
    public bool[] IsClear { get; }

    /// <summary>Whether these values, in the order of the output, are within every tolerance.</summary>
    public bool Fits(double[] values)
    {
        double[] errors = Comparer.Sizes([.. values.Zip(Golden, (value, golden) => value - golden)], Expected);
        return errors.Zip(_bounds).All(unit => unit.First <= unit.Second);
    }

    /// <summary>What an axis is called: its number, and the signature's symbol for its extent.</summary>
    public string AxisName(int axis)
    {
        var pattern = Evidence.Equation.Pattern(Evidence.Equation.Outputs.First(output => output.Name == Name), Shape.Rank);
        return pattern is null ? $"axis {axis}" : $"axis {axis} ({pattern.Extents[axis]})";
    }
}
