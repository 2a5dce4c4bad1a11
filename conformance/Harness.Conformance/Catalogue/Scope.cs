using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Catalogue;

/// <summary>What of an equation an implementation takes: its constraints, held against the signature.</summary>
internal sealed class Scope
{
    private static readonly ConditionalWeakTable<Constraints, ConcurrentDictionary<Equation, Scope?>> Known = [];

    private readonly Equation _equation;
    private readonly Equation _forward;

    // In the words of whoever stated them.
    private readonly IReadOnlyDictionary<string, Constraint> _stated;
    private readonly Dictionary<string, Constraint> _attributes = [];
    private readonly Dictionary<string, bool> _given = [];
    private readonly Dictionary<string, int> _ranks = [];
    private readonly List<string> _hidden = [];

    private Scope(Equation equation, IReadOnlyDictionary<string, Constraint> stated)
    {
        (_equation, _forward, _stated) = (equation, equation.Differentiated ?? equation, stated);
        var sizes = new Dictionary<string, ScopeOfSize>();
        foreach (var (name, constraint) in stated)
            Bind(name, constraint, sizes);
        if (_hidden.Count == _forward.Outputs.Count)
            throw Failure(_hidden[0], "false", "an output that is shown: every other one is hidden");
        foreach (var (name, constraint) in stated.Where(each => sizes.ContainsKey(Root(each.Key)) && each.Value.Only is string))
            Join(sizes, name, (string)constraint.Only!);
        Sizes = [.. sizes.Values.Distinct()];
        foreach (var size in Sizes.Where(size => !size.Candidates(1).Any()))
            throw new FormatException($"\"{equation}\": found {size}, which contradict each other, expected a whole number that is all of it");
    }

    /// <summary>The whole numbers that something is stated of; those that equal each other once.</summary>
    public IReadOnlyList<ScopeOfSize> Sizes { get; }

    /// <summary>The outputs that the implementation does not show.</summary>
    public IReadOnlyList<string> Hidden => _hidden;

    /// <summary>What is stated of an equation.</summary>
    /// <returns>Null where nothing is.</returns>
    /// <exception cref="FormatException">It cannot be; the message names it.</exception>
    public static Scope? Of(Equation equation, Constraints? constraints) => constraints is null or { IsEmpty: true }
        ? null
        : Known.GetOrCreateValue(constraints).GetOrAdd(equation, _ => Stated(equation, constraints) is { Count: > 0 } stated ? new Scope(equation, stated) : null);

    /// <summary>Holds all that is stated against the catalogue.</summary>
    /// <exception cref="FormatException">An equation, a name or a value is not there; the message names it.</exception>
    public static void Check(Constraints constraints)
    {
        foreach (var (equations, names) in constraints.Entries)
        {
            var matching = EquationCatalogue.Matching(equations).ToArray();
            if (matching.Length == 0)
                throw new FormatException($"\"{equations}\": found {EquationCatalogue.LackingGradient(equations) ?? "no such equation"}, expected one of catalogue {EquationCatalogue.Version}, or a pattern ('harness list' shows them)");
            if (names.Keys.FirstOrDefault(name => !matching.Any(equation => Names(equation).Contains(name))) is { } unknown)
            {
                throw new FormatException(
                    $"\"{equations}\".\"{unknown}\": found no such name, expected an attribute, an extent, an optional input or an output: {string.Join(", ", matching.SelectMany(Names).Distinct())}");
            }
        }
    }

    /// <summary>Why a call of certain shapes is outside, in a clause; null where it is within. Cotangents of what is hidden are taken not to be 0.</summary>
    public string? Misfit(AttributeValues attributes, IReadOnlyDictionary<string, Shape> inputs) =>
        MisfitOfShapes(attributes, inputs) ?? (_equation.Differentiated is not null && _hidden.Count > 0 ? NotZero(_hidden[0]) : null);

    private static string NotZero(string hidden) => $"{hidden} is hidden, and its cotangent is not 0";

    private string? MisfitOfShapes(AttributeValues attributes, IReadOnlyDictionary<string, Shape> inputs)
    {
        foreach (var (name, isGiven) in _given)
        {
            if (inputs.ContainsKey(name) != isGiven)
                return $"{name} is {(isGiven ? "not given" : "given")}";
        }

        foreach (var (name, rank) in _ranks)
        {
            if (inputs.TryGetValue(name, out var shape) && shape.Rank != rank)
                return $"{name} is {shape}, expected {rank} axes";
        }

        foreach (var (name, constraint) in _attributes)
        {
            // An attribute that only a flag needs is built in as well, where the flag is not set.
            var value = attributes.Find(name) ?? _equation.Attributes.First(attribute => attribute.Name == name).Default;
            if (value is null && _equation.Attributes.Any(attribute => attribute.Needs.Contains(name)))
                continue;
            if (!constraint.Allows(value))
                return $"{name} is {(value is null ? "none" : AttributeValues.ToJson(value))}, expected {constraint}";
        }

        var values = Values(_equation, attributes, inputs);
        return Sizes.Select(size => size.Misfit(values)).FirstOrDefault(found => found is not null);
    }

    /// <summary>The same of a call with its tensors: what is hidden has a cotangent of zeros.</summary>
    public string? Misfit(AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        MisfitOfShapes(attributes, inputs.ToDictionary(input => input.Key, input => input.Value.Shape))
        ?? (_equation.Differentiated is not null && _hidden.FirstOrDefault(name => inputs[GradientSignature.NameOf(name)].Values.Any(value => value != 0)) is { } hidden
            ? NotZero(hidden)
            : null);

    /// <summary>What is stated of an attribute that is no size; null if nothing is.</summary>
    public Constraint? Of(string attribute) => _attributes.GetValueOrDefault(attribute);

    /// <summary>Whether an optional input is given; null where that is open.</summary>
    public bool? IsGiven(string input) => _given.TryGetValue(input, out var given) ? given : null;

    /// <summary>How many axes an input has; null where that is open.</summary>
    public int? Rank(string input) => _ranks.TryGetValue(input, out var rank) ? rank : null;

    /// <summary>The extents of a call by symbol, and its attributes that are whole numbers.</summary>
    public static IReadOnlyDictionary<string, int> Values(Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, Shape> inputs)
    {
        var (symbols, own) = (new Dictionary<string, int>(), new Dictionary<string, int>());
        foreach (var attribute in equation.Attributes)
        {
            if ((attributes.Find(attribute.Name) ?? attribute.Default) is not int value)
                continue;
            own[attribute.Name] = value;
            attribute.Extent?.Bind(value, symbols);
        }

        // What is a sum or a product may come before what decides it.
        var patterns = (equation.Differentiated ?? equation).Inputs.Where(input => inputs.ContainsKey(input.Name))
            .Select(input => (Shape: inputs[input.Name], Pattern: equation.Pattern(input, inputs[input.Name].Rank))).ToArray();
        foreach (var (shape, pattern) in patterns.Concat(patterns).Where(each => each.Pattern is not null))
        {
            for (var axis = 0; axis < shape.Rank; axis++)
                pattern!.Extents[axis].Bind(shape[axis], symbols);
            if (pattern!.Where is not var (symbol, extent))
                continue;
            if (symbols.TryGetValue(symbol, out var known))
                extent.Bind(known, symbols);
            else if (extent.Evaluate(symbols) is { } value)
                symbols[symbol] = (int)value;
        }

        foreach (var (name, value) in own)
            symbols.TryAdd(name, value);
        return symbols;
    }

    /// <summary>As it was stated, for people.</summary>
    public override string ToString() => string.Join(", ", _stated.Select(each => (Key: each.Key, Value: _attributes.GetValueOrDefault(each.Key) ?? each.Value)).Select(each => each.Value switch
    {
        { Only: false } when _hidden.Contains(each.Key) => $"{each.Key} hidden",
        { Only: bool isGiven } when _given.ContainsKey(each.Key) => isGiven ? $"with {each.Key}" : $"without {each.Key}",
        { Only: string other } when !_attributes.ContainsKey(each.Key) => $"{each.Key}={other}",
        { Values: not null } => $"{each.Key}={each.Value}",
        _ => $"{each.Key} {each.Value}",
    }));

    private static Dictionary<string, Constraint> Stated(Equation equation, Constraints constraints)
    {
        var (stated, forward) = (new Dictionary<string, Constraint>(), equation.Differentiated?.Id);
        var names = Names(equation).ToHashSet();
        foreach (var (equations, own) in constraints.Entries.OrderBy(entry => entry.Equations == equation.Id ? 2 : entry.Equations == forward ? 1 : 0))
        {
            var isNamed = equations == equation.Id || equations == forward;
            if (!isNamed && !Globs.Match(equations, equation.Id))
                continue;
            foreach (var (name, constraint) in own.Where(each => isNamed || names.Contains(each.Key)))
                stated[name] = constraint;
        }

        return stated;
    }

    // All that something can be stated of.
    private static IEnumerable<string> Names(Equation equation)
    {
        var forward = equation.Differentiated ?? equation;
        return equation.Attributes.Select(attribute => attribute.Name).Concat(Symbols(forward))
            .Concat(forward.Inputs.Where(input => input.IsOptional || input.Shapes.Count > 1).Select(input => input.Name))
            .Concat(forward.Outputs.Select(output => output.Name)).Distinct();
    }

    private static IEnumerable<string> Symbols(Equation forward) => forward.Inputs.SelectMany(input => input.Shapes)
        .SelectMany(shape => shape.Extents.SelectMany(extent => extent.Symbols).Append(shape.Where?.Symbol).OfType<string>())
        .Concat(forward.Attributes.Select(attribute => attribute.Extent).OfType<Extent>().SelectMany(extent => extent.Symbols)).Distinct();

    private void Bind(string name, Constraint constraint, Dictionary<string, ScopeOfSize> sizes)
    {
        var isOfTensor = constraint is { Only: bool } or { Rank: not null };
        if (_equation.Attributes.FirstOrDefault(attribute => attribute.Name == name) is { } attribute)
            Bind(attribute, constraint, sizes);
        else if (Symbols(_forward).Contains(name) && !isOfTensor)
            Bind(name, constraint, sizes, least: 1);
        else if (_forward.Inputs.FirstOrDefault(input => input.Name == name) is { } input)
            Bind(input, constraint);
        else if (_forward.Outputs.All(output => output.Name != name))
            throw Failure(name, "no such name", $"an attribute, an extent, an optional input or an output: {string.Join(", ", Names(_equation))}");
        else if (constraint.Only is not bool isShown)
            throw Failure(name, constraint.ToString(), "false: it is not shown");
        else if (!isShown)
            _hidden.Add(name);
    }

    private void Bind(TensorSpec input, Constraint constraint)
    {
        if (constraint.Only is bool isGiven)
            _given[input.Name] = input.IsOptional || isGiven ? isGiven : throw Failure(input.Name, "false", $"no constraint: {_forward} always has it");
        else if (constraint.Rank is { } rank && input.Shapes.Any(shape => shape.Extents.Count == rank))
            _ranks[input.Name] = rank;
        else
            throw Failure(input.Name, constraint.ToString(), $"true, false, or {{\"rank\": {string.Join(" or ", input.Shapes.Select(shape => shape.Extents.Count))}}}");
    }

    private void Bind(AttributeSpec attribute, Constraint constraint, Dictionary<string, ScopeOfSize> sizes)
    {
        if (attribute.Type == AttributeType.Integer && constraint.Values?.Contains(null) != true)
        {
            Bind(attribute.Name, constraint, sizes, least: attribute.Extent is null && (attribute.UpTo is not null || attribute.Domain.Text != ">0") ? 0 : 1);
            return;
        }

        // One list of numbers is written as such.
        if (attribute.Type == AttributeType.Numbers && constraint.Values?.All(value => value is int or double) == true)
            constraint = constraint with { Values = [constraint.Values.Select(value => Convert.ToDouble(value, null)).ToArray()] };
        if (constraint.Rank is not null || (constraint.MultipleOf is not null && attribute.Type != AttributeType.Integer)
            || (constraint.Values is null && attribute.Type is AttributeType.Flag or AttributeType.Choice))
        {
            throw Failure(attribute.Name, constraint.ToString(), attribute.Text);
        }

        foreach (var value in constraint.Values ?? [])
        {
            if (!InputValidator.IsInDomain(attribute, value) && (value is not null || attribute.IsRequired))
                throw Failure(attribute.Name, value is null ? "null" : AttributeValues.ToJson(value), attribute.Text);
        }

        if (constraint.Values is null && !IsOpen(attribute.Domain, constraint))
            throw Failure(attribute.Name, constraint.ToString(), attribute.Text);
        _attributes[attribute.Name] = constraint;
    }

    // Whether a range has a number of the domain: its ends, what is between, or far out.
    private static bool IsOpen(Domain domain, Constraint range)
    {
        double[] ends = [range.Minimum ?? -double.MaxValue, range.Maximum ?? double.MaxValue];
        double[] tried = [.. ends, (ends[0] / 2) + (ends[1] / 2), 0.5, 1, 2];
        return tried.Any(number => range.Allows(number) && domain.Contains(number));
    }

    private void Bind(string name, Constraint constraint, Dictionary<string, ScopeOfSize> sizes, int least)
    {
        var spec = _equation.Attributes.FirstOrDefault(attribute => attribute.Name == name);
        var isWrong = constraint.Rank is not null
            || (constraint.Values?.Any(value => value is not (int or string) || (value is string && constraint.Only is null) || (value is int whole && (whole < least || (spec is not null && !InputValidator.IsInDomain(spec, value))))) ?? constraint.Maximum < least);
        if (isWrong)
            throw Failure(name, constraint.ToString(), spec is not null ? $"whole numbers as in {spec.Text}, or the name of an extent" : $"whole numbers from {least} on, or the name of another extent");
        var root = Root(name);
        if (!sizes.TryGetValue(root, out var size))
            sizes[root] = size = new ScopeOfSize();
        size.Add(root, least);
        if (constraint.Only is not string)
            size.Add(name, constraint);
        if (spec?.Domain.Text == "even")
            size.Add(name, new Constraint(null, null, null, 2, null));
    }

    private void Join(Dictionary<string, ScopeOfSize> sizes, string name, string other)
    {
        var root = Root(other);
        if (!Symbols(_forward).Contains(root) && _equation.Attributes.All(attribute => attribute.Name != root || attribute.Type != AttributeType.Integer))
            throw Failure(name, $"\"{other}\"", $"an extent or a whole number of {_equation}: {string.Join(", ", Symbols(_forward))}");
        var own = sizes[Root(name)];
        own.AddEqual(name, other);
        if (sizes.TryGetValue(root, out var theirs) && theirs != own)
        {
            own.Take(theirs);
            foreach (var member in theirs.Members)
                sizes[member] = own;
        }

        own.Add(root, least: 1);
        sizes[root] = own;
    }

    // An attribute that gives an extent its value is that extent.
    private string Root(string name) =>
        _equation.Attributes.FirstOrDefault(attribute => attribute.Name == name)?.Extent is { } extent && extent.Symbols.SequenceEqual([extent.ToString()]) ? extent.ToString() : name;

    private FormatException Failure(string name, string found, string expected) => new($"\"{_equation}\".\"{name}\": found {found}, expected {expected}");
}
