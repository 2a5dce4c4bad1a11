using Harness.Conformance.Implementations;

namespace Harness.Conformance.Catalogue;

/// <summary>What is stated of a whole number, by the names of an extent or an attribute, or of several that equal each other.</summary>
internal sealed class ScopeOfSize
{
    // A multiple of a thousand numbers is not searched for any further.
    private const int MostTried = 1 << 16;

    private readonly List<string> _members = [];
    private readonly List<(string Name, Constraint Constraint)> _stated = [];
    private readonly List<(string Name, string Other)> _equal = [];
    private int _least;

    /// <summary>The extents, and attributes that are none.</summary>
    public IReadOnlyList<string> Members => _members;

    /// <summary>Adds a name.</summary>
    public void Add(string member, int least)
    {
        if (!_members.Contains(member))
            _members.Add(member);
        _least = Math.Max(_least, least);
    }

    /// <summary>Adds what is stated of one.</summary>
    public void Add(string name, Constraint constraint) => _stated.Add((name, constraint));

    /// <summary>Adds that two are equal.</summary>
    public void AddEqual(string name, string other) => _equal.Add((name, other));

    /// <summary>Adds all of another.</summary>
    public void Take(ScopeOfSize other)
    {
        foreach (var member in other._members)
            Add(member, other._least);
        _stated.AddRange(other._stated);
        _equal.AddRange(other._equal);
    }

    /// <summary>Whether a number is within.</summary>
    public bool Allows(int value) => value >= _least && _stated.All(each => each.Constraint.Allows(value));

    /// <summary>So many of the smallest that are allowed, or all that are listed.</summary>
    public IEnumerable<int> Candidates(int count)
    {
        if (_stated.FirstOrDefault(each => each.Constraint.Values is not null) is { Constraint.Values: { } listed })
            return listed.OfType<int>().Where(Allows);
        var first = _stated.Select(each => each.Constraint.Minimum ?? 0).Append(_least).Max();
        var last = _stated.Select(each => each.Constraint.Maximum ?? int.MaxValue).Append(int.MaxValue).Min();
        var step = _stated.Select(each => each.Constraint.MultipleOf ?? 1).Append(1).Max();
        var start = Math.Ceiling(first / step) * step;
        return Enumerable.Range(0, MostTried).Select(i => start + (double)i * step).TakeWhile(value => value <= last).Select(value => (int)value).Where(Allows).Take(count);
    }

    /// <summary>The number that is nearest to one; null where none is half to twice as large.</summary>
    public int? Nearest(int value) => Enumerable.Range(0, value + 1).SelectMany(far => new[] { value - far, value + far })
        .Where(near => near >= value / 2 && Allows(near)).Select(near => (int?)near).FirstOrDefault();

    /// <summary>What of some values is outside, in a clause; null if nothing is. What a call does not have is within.</summary>
    public string? Misfit(IReadOnlyDictionary<string, int> values)
    {
        var known = _members.Where(values.ContainsKey).Select(member => (Name: member, Value: values[member])).ToArray();
        foreach (var (name, constraint) in _stated)
        {
            if (values.TryGetValue(name, out var value) && !constraint.Allows(value))
                return $"{name} is {value}, expected {constraint}";
        }

        return known.FirstOrDefault(each => each.Value != known[0].Value) is { Name: { } other } different
            ? $"{known[0].Name} is {known[0].Value} and {other} is {different.Value}, expected equal ones"
            : null;
    }

    /// <summary>For people.</summary>
    public override string ToString() => string.Join(" and ", _stated.Select(each => $"{each.Name}: {each.Constraint}").Concat(_equal.Select(each => $"{each.Name}={each.Other}")));
}
