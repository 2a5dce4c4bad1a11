using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.FreshInputs;

/// <summary>Draws a valid input of any equation from its signature; what values are like, from their domain and kind.</summary>
internal sealed class InputSampler
{
    // Of two numbers a layer norm leaves the signs: its gradient is what eps, and rounding, leave of 0, and more of it in one form than in another.
    private const int FewestNormalised = 3;

    private const int MostIds = 1024;

    // Sizes that constraints allow need not go with each other; what is drawn of a number without a bound gets larger while they do not.
    private const int Attempts = 400;
    private const int FewestChoices = 4;
    private const int AttemptsOfAChoice = 8;

    // What is drawn and evaluated a dozen times in double-double has to fit into memory.
    private const long MostValues = 1L << 26;

    private readonly Equation _equation;
    private readonly FloatFormat _format;
    private readonly Random _random;
    private readonly Sizes _asked;
    private readonly Scope? _scope;
    private readonly Dictionary<string, int> _pinned = [];
    private readonly Dictionary<string, int> _symbols = [];
    private readonly Dictionary<string, TensorData> _inputs = [];
    private AttributeValues _attributes = AttributeValues.None;

    private InputSampler(Equation equation, FloatFormat format, Random random, Sizes asked, Scope? scope = null)
    {
        _scope = scope;
        _equation = equation;
        _format = format;
        _random = random;
        _asked = asked;
    }

    /// <summary>Draws attributes and tensors; the tensors' values are exact in the format.</summary>
    public static (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs) Draw(
        Equation equation, FloatFormat format, Random random) => Draw(equation, format, random, Sizes.Any);

    /// <summary>The same with the extents that are asked for, within what an implementation takes.</summary>
    /// <exception cref="EquationException">There is nothing within that has these extents.</exception>
    public static (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs) Draw(
        Equation equation, FloatFormat format, Random random, Sizes asked, Scope? scope = null)
    {
        if (scope is null)
            return DrawOnce(equation, format, random, asked, null, 0);
        EquationException? last = null;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                var drawn = DrawOnce(equation, format, random, asked, scope, attempt);
                InputValidator.Validate(equation, drawn.Attributes, drawn.Inputs);
                if (scope.Misfit(drawn.Attributes, drawn.Inputs) is not { } misfit)
                    return drawn;
                last ??= new EquationException(equation.Id, "constraints", misfit, $"{scope}");
            }
            catch (EquationException failure)
            {
                last = failure;
            }
        }

        throw last!;
    }

    /// <summary>Requires constraints to be of the catalogue, and to leave something of every equation.</summary>
    /// <param name="constraints">What is stated.</param>
    /// <param name="equations">What is offered; an id that the catalogue does not have is nothing to be constrained.</param>
    /// <exception cref="FormatException">They are not; the message names what cannot be.</exception>
    public static void Require(Constraints constraints, IEnumerable<string> equations)
    {
        Scope.Check(constraints);
        foreach (var equation in equations.Select(EquationCatalogue.Find).OfType<Equation>())
        {
            if (Scope.Of(equation, constraints) is not { } scope)
                continue;
            try
            {
                Draw(equation, FloatFormat.Float64, new Random(1), Sizes.Any, scope);
            }
            catch (EquationException failure)
            {
                throw new FormatException($"\"{equation}\": found {scope}, of which there is no input ({failure.What} is {failure.Found}), expected {failure.Expected}", failure);
            }
        }
    }

    private static (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs) DrawOnce(
        Equation equation, FloatFormat format, Random random, Sizes asked, Scope? scope, int attempt) => equation.Differentiated is { } differentiated
            ? DrawCotangents(equation, Draw(differentiated, format, random, asked, isDifferentiated: true, scope, attempt), format, random, scope)
            : Draw(equation, format, random, asked, isDifferentiated: false, scope, attempt);

    /// <summary>Draws other values for the tensors of a call, whose shapes and attributes stay.</summary>
    public static Dictionary<string, TensorData> Redraw(
        Equation equation, FloatFormat format, Random random, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
    {
        var sampler = new InputSampler(equation, format, random, Sizes.Any) { _attributes = attributes };
        var cotangents = equation.Differentiated?.Outputs.Select(GradientSignature.NameOf).ToHashSet() ?? [];
        return equation.Inputs.Where(input => inputs.ContainsKey(input.Name)).ToDictionary(input => input.Name, input =>
        {
            var given = inputs[input.Name];
            var values = cotangents.Contains(input.Name) ? Fill(given.Shape, random.NextNormal)
                : input.Domain.IndexOf is null ? sampler.Values(input, given.Shape)
                : Fill(given.Shape, () => random.Next((int)given.Values.Max() + 1));
            return new TensorData(given.Shape, Array.ConvertAll(values, input.FormatIn(format).Round));
        });
    }

    private static (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs) Draw(
        Equation equation, FloatFormat format, Random random, Sizes asked, bool isDifferentiated, Scope? scope, int attempt)
    {
        var sampler = new InputSampler(equation, format, random, asked, scope);
        sampler.Pin(attempt);
        sampler.DrawExtents(isDifferentiated && equation.Attributes.Any(attribute => attribute.Name == "eps") ? FewestNormalised : 1);
        sampler.DrawAttributes();
        sampler.DrawTensors();
        return (sampler._attributes, sampler._inputs);
    }

    // What the differentiated equation takes is drawn; every output of it then has a shape.
    private static (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs) DrawCotangents(
        Equation equation, (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs) drawn, FloatFormat format, Random random, Scope? scope)
    {
        var shapes = InputValidator.Validate(equation.Differentiated!, drawn.Attributes, drawn.Inputs);
        var inputs = new Dictionary<string, TensorData>(drawn.Inputs);
        foreach (var output in equation.Differentiated!.Outputs)
        {
            var shape = shapes[output.Name];
            var isHidden = scope?.Hidden.Contains(output.Name) == true;
            inputs[GradientSignature.NameOf(output)] = new TensorData(shape, Array.ConvertAll(Fill(shape, isHidden ? () => 0 : random.NextNormal), output.FormatIn(format).Round));
        }

        return (equation.Attributes.Skip(equation.Differentiated.Attributes.Count).Aggregate(
            drawn.Attributes, (all, own) => all.With(own.Name, Choice(scope, own, random))), inputs);
    }

    private static object Choice(Scope? scope, AttributeSpec attribute, Random random) => scope?.Of(attribute.Name) is { Values: { } words }
        ? words[random.Next(words.Count)]!
        : attribute.Choices[random.Next(attribute.Choices.Count)];

    // Of every number that something is stated of one that is allowed, beside those that are asked for.
    private void Pin(int attempt)
    {
        foreach (var size in _scope?.Sizes ?? [])
        {
            int[] candidates = size.Members.Select(member => _asked[member]).OfType<int>().Distinct().ToArray() is { Length: > 0 } given ? given
                : [.. size.Candidates(FewestChoices + attempt / AttemptsOfAChoice)];
            var value = candidates[_random.Next(candidates.Length)];
            foreach (var member in size.Members)
            {
                _pinned[member] = value;
                _equation.Attributes.FirstOrDefault(attribute => attribute.Name == member)?.Extent?.Bind(value, _pinned);
            }
        }
    }

    private int? Asked(string name) => _asked[name] ?? (_pinned.TryGetValue(name, out var pinned) ? pinned : null);

    private bool IsLarge => _asked.IsLarge || _pinned.Values.Any(value => value > Sizes.Large);

    private void DrawExtents(int fewest)
    {
        // Small, mostly unequal, and every width a multiple of the number of heads; heads of even width where positions rotate them.
        var isEven = Patterns.Any(shape => shape.Where is not null && shape.Where.Value.Symbol is not ("R" or "L"));
        var (heads, headWidth) = _asked.IsEmpty && _pinned.Count == 0 ? DrawHeads(isEven) : FitHeads(isEven);
        if (heads * headWidth < fewest)
            headWidth = isEven ? fewest + fewest % 2 : fewest;
        var width = WidthAsked ?? heads * headWidth;
        var lists = _equation.Attributes.Where(attribute => attribute.Type == AttributeType.Numbers)
            .Select(attribute => (attribute.Name, Value: Stated(attribute) as double[])).Where(list => list.Value is not null).ToArray();
        var widths = lists.Length > 0 ? lists[0].Value!.Length : _random.Next(1, 3);
        foreach (var (symbol, value) in new[]
        {
            ("B", IsLarge ? 1 + _random.Next(4) / 3 : Draw(1, 4)), ("T", Draw(2, 8)), ("R", Draw(2, 8)), ("L", Draw(2, 7)),
            ("P", Draw(3, 10)), ("M", Draw(2, 9)), ("D", Draw(3, 10)), ("S", Draw(2, 4)),
            ("H", heads), ("d", width), ("e", width), ("n", width), ("dh", headWidth), ("N", widths * Draw(2, 6)),
        })
        {
            _symbols[symbol] = Asked(symbol) ?? value;
        }

        foreach (var (largest, value) in _equation.Attributes.Where(attribute => attribute.UpTo is not null && Asked(attribute.Name) is not null)
            .Select(attribute => (attribute.UpTo!, Asked(attribute.Name)!.Value)))
        {
            _symbols[largest] = _pinned.TryGetValue(largest, out var pinned) ? pinned : Math.Max(value + Draw(0, 4), _symbols[largest]);
        }

        // As many numbers as divide the extent that they are for.
        foreach (var (name, value) in lists)
            _attributes = _attributes.With(name, value!);
        foreach (var list in _equation.Attributes.Where(attribute => attribute.Type == AttributeType.Numbers && !_attributes.Has(attribute.Name)))
        {
            var count = _symbols[list.Divides ?? "N"] % widths == 0 ? widths : 1;
            _attributes = _attributes.With(list.Name, Enumerable.Range(0, count).Select(_ => Number(list, list.Kind)).ToArray());
        }

        // The shape that a bank of matrix slots takes decides R.
        if (Patterns.Any(shape => shape.Where is ("R", _)) && IsOfMatrices)
        {
            _symbols["N"] = Asked("N") ?? (Asked("R") is { } rows ? Math.Max(rows / width, 1) : _random.Next(1, 3));
            _symbols["R"] = _symbols["N"] * width;
            _symbols["matrix"] = 1;
        }

        foreach (var (symbol, value) in new[]
        {
            ("h", Draw(1, 4)), ("F", Draw(1, 4)), ("G", DrawGroups(heads)),
            ("f", Draw(1, 7)), ("C", Draw(1, 6)), ("K", Draw(1, 4)), ("c", Draw(1, 4)), ("V", Draw(2, 9)),
        })
        {
            _symbols[symbol] = Asked(symbol) ?? value;
        }

        // Tokens of one id have one and the same rounding errors, which many of them add up: as many ids as tokens.
        foreach (var indices in _asked.IsEmpty ? [] : _equation.Inputs.Where(input => input.Domain.IndexOf is { } symbol && _symbols.ContainsKey(symbol) && Asked(symbol) is null))
        {
            var symbol = indices.Domain.IndexOf!;
            _symbols[symbol] = (int)Math.Clamp(indices.Shapes[0].Evaluate(_symbols)?.Count ?? 0, _symbols[symbol], MostIds);
        }

        if (Patterns.Any(shape => shape.Where is ("L", _)) || _equation.Attributes.Any(attribute => attribute.Domain.Text == "even"))
            _symbols["L"] = Asked("L") ?? 2 * Draw(1, 4);
        foreach (var padded in _equation.Inputs.Where(input => input.Kind == ValueKind.Padded))
            _symbols[padded.Shapes[0].Extents[0].ToString()] = _symbols["M"] + _symbols["L"] + 2 * _random.Next(4);
        foreach (var central in _equation.Attributes.Where(attribute => attribute.Kind == ValueKind.Central))
        {
            var all = _symbols[central.UpTo!];
            _symbols[central.Extent!.ToString()] = all - 2 * _random.Next((all + 1) / 2);
        }

        foreach (var symbol in Patterns.SelectMany(shape => shape.Extents).Concat(_equation.Attributes.Select(attribute => attribute.Extent).OfType<Extent>())
            .SelectMany(extent => extent.Symbols).Where(symbol => !_symbols.ContainsKey(symbol)).Distinct().ToArray())
        {
            _symbols[symbol] = Asked(symbol) ?? Draw(2, 6);
        }
    }

    private int? WidthAsked => Asked("d") ?? Asked("e") ?? Asked("n");

    // Whether a bank comes as matrices, where either is possible.
    private bool IsOfMatrices
    {
        get
        {
            var bank = _equation.Inputs.First(input => input.Shapes.Any(shape => shape.Where is ("R", _)));
            return _scope?.Rank(bank.Name) is { } rank ? bank.Shapes.First(shape => shape.Where is ("R", _)).Extents.Count == rank
                : _asked.IsEmpty ? _random.Next(2) == 0
                : _asked["N"] is not null;
        }
    }

    // As drawn for ever; beside an extent that is asked for, or large, the others are smaller still.
    private int Draw(int least, int above) => _random.Next(least, _asked.IsEmpty && !IsLarge ? above : Math.Min(above, least + 2));

    private (int Heads, int HeadWidth) DrawHeads(bool isEven)
    {
        int[] counts = IsGrouped ? [1, 2, 3, 4, 6] : [1, 2, 3];
        var heads = counts[_random.Next(counts.Length)];
        return (heads, isEven ? 2 * _random.Next(1, 3) : _random.Next(1, 5));
    }

    // A width that is asked for decides which numbers of heads there are, where it is that of all heads.
    private (int Heads, int HeadWidth) FitHeads(bool isEven)
    {
        var step = isEven ? 2 : 1;
        if (WidthAsked is not { } width || !SizeAxis.IsOfHeads(_equation))
            return (Asked("H") ?? (Asked("G") is { } groups ? groups * _random.Next(1, 3) : IsGrouped ? 2 * _random.Next(1, 3) : _random.Next(1, 3)), Asked("dh") ?? step * _random.Next(1, 3));
        int[] fitting = [.. Enumerable.Range(1, 5).Where(count => width % (count * step) == 0)];
        var heads = Asked("dh") is { } given ? Math.Max(width / given, 1) : Asked("H") ?? (fitting.Length == 0 ? 1 : fitting[_random.Next(fitting.Length)]);
        return (heads, width / heads);
    }

    private bool IsGrouped => Patterns.SelectMany(shape => shape.Extents).SelectMany(extent => extent.Symbols).Contains("G");

    // Mostly as grouped heads are: fewer than heads and more than one, where there is such a number.
    private int DrawGroups(int heads)
    {
        int[] divisors = [.. Enumerable.Range(1, heads).Where(count => heads % count == 0)];
        return IsGrouped && divisors.Length > 2 && _random.Next(3) > 0
            ? divisors[_random.Next(1, divisors.Length - 1)]
            : divisors[_random.Next(divisors.Length)];
    }

    private IEnumerable<ShapePattern> Patterns => _equation.Inputs.SelectMany(input => input.Shapes);

    private void DrawAttributes()
    {
        foreach (var attribute in _equation.Attributes.Where(attribute => !_attributes.Has(attribute.Name)))
        {
            var stated = _scope?.Of(attribute.Name);
            object? value = attribute.Type switch
            {
                _ when stated?.Values is not null => Stated(attribute),
                AttributeType.Integer => Integer(attribute),
                AttributeType.Number when attribute.Otherwise is var (kind, when) && _attributes.Has(when.Attribute)
                    && _attributes.Text(when.Attribute) == when.Word => Number(attribute, kind),
                AttributeType.Number => attribute is { IsRequired: false, Default: null } && stated is null && !IsNeeded(attribute) && _random.Next(2) == 0 ? null : Number(attribute, attribute.Kind),
                AttributeType.Flag => attribute.Needs.All(CanHold) && (_random.Next(2) == 0 || attribute.Needs.Any(IsOfAsked)),
                _ => attribute.Choices[_random.Next(attribute.Choices.Count)],
            };
            if (value is not null)
                _attributes = _attributes.With(attribute.Name, value);
        }

        foreach (var flag in _equation.Attributes.Where(attribute => attribute.Type == AttributeType.Flag))
        {
            foreach (var need in flag.Needs)
            {
                if (!_attributes.Flag(flag.Name))
                    _attributes = _attributes.Without(need);
                else if (need.Split('=') is [var left, var right] && _symbols.TryGetValue(right, out var extent))
                    (_symbols[left], _symbols[right]) = Asked(left) is { } asked ? (asked, asked) : (extent, extent);
            }
        }
    }

    // One of the values that are stated; a number is one as the attribute has it.
    private object? Stated(AttributeSpec attribute)
    {
        var value = _scope?.Of(attribute.Name)?.Values is { } values ? values[_random.Next(values.Count)] : null;
        return attribute.Type == AttributeType.Number && value is int whole ? (double)whole : value;
    }

    private bool IsNeeded(AttributeSpec attribute) => _equation.Attributes.Any(flag => flag.Needs.Contains(attribute.Name));

    private int Integer(AttributeSpec attribute) => Asked(attribute.Name) ?? attribute switch
    {
        { Extent: { } extent } => (int)extent.Evaluate(_symbols)!.Value,
        { UpTo: { } largest } => _random.Next(2) == 0 ? 0 : _random.Next(1, _symbols[largest] + 1),
        { Divides: not null } when !_asked.IsEmpty && WidthAsked is not null => 1,
        { Divides: { } whole } => _random.Next(2) == 0 ? 1 : _symbols[whole] % _symbols["H"] == 0 ? _symbols["H"] : _symbols[whole],
        { Kind: ValueKind.Segments } => _random.Next(3) == 0 ? 0 : _random.Next(1, 2 * _symbols["L"] + 1),
        { Domain.Text: ">0" } => _random.Next(1, 4),
        { Domain.Text: "even" } => 2 * _random.Next(1, 4),
        _ => _random.Next(50),
    };

    // As it is drawn, unless a range is stated that it is not in.
    private double Number(AttributeSpec attribute, ValueKind? kind)
    {
        var drawn = Number(kind, attribute.Domain);
        if (_scope?.Of(attribute.Name) is not { } range || range.Allows(drawn))
            return drawn;
        var least = range.Minimum ?? Math.Min(range.Maximum!.Value, drawn);
        return Between(least, range.Maximum ?? Math.Max(2 * least, least + 1));
    }

    private double Number(ValueKind? kind, Domain domain) => kind switch
    {
        ValueKind.Deviations => Between(0.06, 0.2),
        ValueKind.Spread => Between(0.05, 0.6),
        ValueKind.Positions => Between(0.1, 0.9),
        ValueKind.Signed => Between(-0.9, 0.9),
        ValueKind.Epsilon => _random.Next(2) == 0 ? 1e-5 : Between(0.01, 1),
        ValueKind.Upper => Between(2.25, 5),
        ValueKind.Span => Between(8, 50),
        ValueKind.Base => _random.Next(2) == 0 ? Between(2, 100) : 500000.0,
        _ => domain.Text switch
        {
            ">0" => Between(0.25, 2),
            ">=0" => _random.Next(2) == 0 ? 0.0 : Between(0.2, 0.6),
            "in (0,1)" or "in [0,1)" => Between(0.25, 0.85),
            _ => Normal(),
        },
    };

    // T=R can be made to hold. dh=2*h holds or not: where a product brings a symbol of its own, the other side must be a multiple.
    private bool CanHold(string need) => need.Split('=') is not [var left, var right]
        || (right.Contains('*') ? Extent.Parse(right).Bind(_symbols[left], []) : !_symbols.ContainsKey(right) || CanBeEqual(left, right));

    private bool CanBeEqual(string left, string right) =>
        (_asked.IsEmpty && _pinned.Count == 0) || Asked(left) is not { } extent || (Asked(right) ?? extent) == extent && !_symbols.ContainsKey("matrix");

    private void DrawTensors()
    {
        foreach (var input in _equation.Inputs)
        {
            if (input.IsOptional && !IsWanted(input))
                continue;
            var pattern = input.Shapes.Count == 1 ? input.Shapes[0]
                : _scope?.Rank(input.Name) is { } rank && input.Shapes.FirstOrDefault(shape => shape.Extents.Count == rank) is { When: null } stated ? stated
                : input.Shapes[0].When is not null ? input.Shapes.First(shape => _attributes.Text(shape.When!.Attribute) == shape.When.Word)
                : input.Shapes[1].Where is not null ? input.Shapes[_symbols.ContainsKey("matrix") ? 1 : 0]
                : input.Shapes[_random.Next(input.Shapes.Count)];
            var shape = pattern.Evaluate(_symbols)!.Value;
            if (_scope is not null && shape.Aggregate(1.0, (count, extent) => count * extent) > MostValues)
                throw new EquationException(_equation.Id, $"tensor \"{input.Name}\"", $"{shape}", $"at most {MostValues} entries, which can be examined");
            var values = input.Domain.IndexOf is { } extent ? Indices(shape, (int)Extent.Parse(extent).Evaluate(_symbols)!.Value) : Values(input, shape);
            _inputs[input.Name] = new TensorData(shape, Array.ConvertAll(values, input.FormatIn(_format).Round));
        }
    }

    private bool IsAsked(IEnumerable<Extent> extents) => extents.SelectMany(extent => extent.Symbols).Any(symbol => _asked[symbol] is not null);

    // Whether a tensor that is always there has the extent too.
    private bool IsElsewhere(Extent extent, TensorSpec but) =>
        _equation.Inputs.Any(input => input != but && !input.IsOptional && input.Shapes.Any(shape => shape.Extents.Any(other => other.Symbols.Intersect(extent.Symbols).Any())))
        || _equation.Attributes.Any(attribute => attribute.Extent is { } given && given.Symbols.Intersect(extent.Symbols).Any());

    // An attribute that is a flag's, and that gives an extent which is asked for.
    private bool IsOfAsked(string need) => !_asked.IsEmpty && _equation.Attributes.Any(attribute => attribute.Name == need && attribute.Extent is { } extent && IsAsked([extent]));

    // Where many are asked for, the last ones are among them.
    private double[] Indices(Shape shape, int count)
    {
        var values = Fill(shape, () => _random.Next(count));
        for (var i = 0; i < values.Length && !_asked.IsEmpty; i += 2)
            values[i] = count - 1 - _random.Next(Math.Min(i + 1, count));
        return values;
    }

    // An optional tensor is given where a flag needs it; one that no flag needs, every other time.
    private bool IsWanted(TensorSpec input)
    {
        if (_scope?.IsGiven(input.Name) is { } isGiven)
            return isGiven;
        if (input.When is null && !_asked.IsEmpty && IsAsked(input.Shapes.SelectMany(shape => shape.Extents).Where(extent => !IsElsewhere(extent, input))))
            return true;
        if (input.With is not null)
            return _inputs.ContainsKey(input.With);
        if (input.When is not null)
            return _attributes.Text(input.When.Attribute) == input.When.Word;
        var flag = _equation.Attributes.FirstOrDefault(attribute => attribute.Needs.Contains(input.Name));
        return flag is null ? _random.Next(2) == 0 : _attributes.Flag(flag.Name);
    }

    private double[] Values(TensorSpec input, Shape shape) => input.Kind switch
    {
        ValueKind.Weights => Fill(shape, () => Normal() * 1.5 / Math.Sqrt(shape[^2])),
        ValueKind.Direction => Fill(shape, () => Normal() / Math.Sqrt(shape[^1])),
        ValueKind.Gates => Fill(shape, () => _random.NextDouble()),
        ValueKind.Shares => Fill(shape, () => Between(0.05, 1)),
        ValueKind.Mask => Mask(shape),
        ValueKind.Dropout => Fill(shape, () => _random.Next(4) == 0 ? 0 : 4 / 3.0),
        ValueKind.Positions => Ascending(Fill(shape, () => Between(0.02, 0.98))),
        ValueKind.Timeline or ValueKind.Padded => Ascending(Fill(shape, () => Between(0.01, 1))),
        ValueKind.Variances => Fill(shape, () => Math.Exp(Between(Math.Log(1e-3), Math.Log(0.2)))),
        ValueKind.Basis => BasisAtRandomPositions(shape),
        not null => Fill(shape, () => Number(input.Kind, input.Domain)),
        null => input.Domain.Text switch
        {
            ">0" or ">=0" or "mass" => Fill(shape, () => Between(0.05, 1)),
            "in (0,1)" => Fill(shape, () => Between(0.05, 0.95)),
            "in [0,1)" => Fill(shape, () => Math.Min(_random.NextDouble(), 1 - _format.UnitRoundoff * 4)),
            "even" => Fill(shape, () => 2 * _random.Next(4)),
            _ => Fill(shape, Normal),
        },
    };

    // A plausible psi: few, broad functions at distinct positions, so that a regression on it is no worse conditioned than usual.
    private double[] BasisAtRandomPositions(Shape shape)
    {
        var (functions, width) = (shape[^1], Between(0.1, 0.2));
        var values = new double[shape.Count];
        for (var row = 0; row < values.Length / functions; row++)
        {
            var t = _random.NextDouble();
            for (var j = 0; j < functions; j++)
            {
                var distance = (t - (double)j / Math.Max(functions - 1, 1)) / width;
                values[row * functions + j] = Math.Exp(-distance * distance / 2) / (width * Math.Sqrt(2 * Math.PI));
            }
        }

        return values;
    }

    // Every token sees its own row at least.
    private double[] Mask(Shape shape)
    {
        var (n, values) = (shape[^1], Fill(shape, () => _random.Next(3) == 0 ? -Math.ScaleB(1, _random.Next(15)) : 0));
        for (var i = 0; i < values.Length / n; i++)
            values[i * n + i % n] = 0;
        return values;
    }

    private static double[] Ascending(double[] values)
    {
        Array.Sort(values);
        return values;
    }

    private static double[] Fill(Shape shape, Func<double> draw)
    {
        var values = new double[shape.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = draw();
        return values;
    }

    private double Between(double low, double high) => low + (high - low) * _random.NextDouble();

    private double Normal() => _random.NextNormal();
}
