using System.Globalization;
using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Catalogue;

/// <summary>Every way in which a call can contradict an equation's signature, each derived from that signature.</summary>
internal sealed class BadInputs
{
    private const int Draws = 2000;

    private readonly Equation _equation;
    private readonly AttributeValues _attributes;
    private readonly IReadOnlyDictionary<string, TensorData> _inputs;

    private BadInputs(Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
    {
        _equation = equation;
        _attributes = attributes;
        _inputs = inputs;
    }

    // Without cotangents, which have the shapes of outputs.
    private IEnumerable<(TensorSpec Spec, TensorData Data, ShapePattern Pattern)> Tensors =>
        from spec in (_equation.Differentiated ?? _equation).Inputs
        where _inputs.ContainsKey(spec.Name)
        let data = _inputs[spec.Name]
        select (spec, data, spec.Shapes.Single(shape => shape.Extents.Count == data.Shape.Rank));

    /// <summary>All bad input of one equation, by what is broken.</summary>
    public static IReadOnlyDictionary<string, BadInput> Of(Equation equation)
    {
        var all = new Dictionary<string, BadInput>();
        foreach (var starting in Bases(equation))
        {
            foreach (var bad in starting.All())
                all.TryAdd(bad.Broken, bad);
        }

        return all;
    }

    /// <summary>Valid calls to break: one for every alternative shape of every tensor.</summary>
    private static IEnumerable<BadInputs> Bases(Equation equation)
    {
        var seen = new HashSet<(string, int)>();
        var own = (equation.Differentiated ?? equation).Inputs;
        var wanted = own.Sum(input => input.Shapes.Count);
        for (var seed = 0; seed < Draws && (seed == 0 || seen.Count < wanted); seed++)
        {
            var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float64, new Random(seed));
            var reached = own.Where(input => inputs.ContainsKey(input.Name)).Select(input => (input.Name, inputs[input.Name].Shape.Rank)).ToArray();
            var isNew = reached.Any(shape => !seen.Contains(shape));
            var hasAll = inputs.Count == equation.Inputs.Count;

            // With an extent of 1 or a single head, something that should fail may be right by chance.
            var isLarge = inputs.Values.All(tensor => tensor.Shape.All(extent => extent > 1))
                && equation.Attributes.All(spec => spec.Extent is null || !attributes.Has(spec.Name) || attributes.Integer(spec.Name) > 1);
            var isWanted = equation.Inputs.Count == 0 || (isNew && hasAll && isLarge);
            if (isWanted && !attributes.Flag("causal"))
            {
                seen.UnionWith(reached);
                yield return new BadInputs(equation, attributes, inputs);
            }
        }

        if (seen.Count < wanted)
            throw new InvalidOperationException($"{equation}: {Draws} draws reach {seen.Count} of {wanted} shapes");
    }

    private IEnumerable<BadInput> All() =>
        [.. Names(), .. Companions(), .. Ranks(), .. Extents(), .. Values(), .. AttributeTypes(), .. AttributeRanges(), .. Needs(), .. Cotangents()];

    private IEnumerable<BadInput> Names()
    {
        var attributes = _equation.Attributes.Count == 0 ? "none" : _equation.Attributes[0].Name;
        foreach (var name in new[] { "temperature", "HEADS" })
            yield return Bad($"unknown attribute {name}", _attributes.With(name, 1), new Complaint($"attribute \"{name}\"", "unknown", attributes));
        var tensors = _equation.Inputs.Count == 0 ? "none" : _equation.Inputs[0].Name;
        yield return Bad("unknown tensor", "Bias", new TensorData([1], [0]), new Complaint("tensor \"Bias\"", "unknown", tensors));
        foreach (var (spec, _, _) in Tensors)
        {
            if (!spec.IsOptional)
                yield return Bad($"{spec.Name} missing", spec.Name, null, new Complaint($"tensor \"{spec.Name}\"", "nothing", spec.Text));
        }

        foreach (var spec in _equation.Attributes.Where(spec => spec.IsRequired))
        {
            yield return Bad($"{spec.Name} missing", _attributes.Without(spec.Name),
                new Complaint($"attribute \"{spec.Name}\"", "nothing", Kind(spec)));
        }
    }

    private IEnumerable<BadInput> Companions()
    {
        foreach (var (spec, data, _) in Tensors)
        {
            if (spec.With is not null)
            {
                foreach (var (missing, given) in new[] { (spec.Name, spec.With), (spec.With, spec.Name) })
                    yield return Bad($"{given} without {missing}", missing, null, new Complaint($"tensor \"{missing}\"", "nothing", $"{given} is given"));
            }

            if (spec.When is not { } condition)
                continue;
            var what = $"tensor \"{spec.Name}\"";
            yield return Bad($"no {spec.Name} when {condition}", spec.Name, null, new Complaint(what, "nothing", $"{condition}"));
            var other = _equation.Attributes.Single(attribute => attribute.Name == condition.Attribute).Choices.First(word => word != condition.Word);
            yield return new BadInput(
                _equation, $"{spec.Name} when {condition.Attribute} is {other}", _attributes.With(condition.Attribute, other),
                _inputs.Where(input => input.Key == spec.Name || _equation.Inputs.Single(known => known.Name == input.Key).When is null).ToDictionary(),
                [new Complaint(what, "a value", $"nothing unless {condition}")]);
        }
    }

    private IEnumerable<BadInput> Ranks()
    {
        foreach (var (spec, data, pattern) in Tensors)
        {
            var what = $"tensor \"{spec.Name}\"";
            for (var rank = 0; rank <= 5; rank++)
            {
                if (spec.Shapes.Any(shape => shape.Extents.Count == rank))
                    continue;
                Shape shape = [.. Enumerable.Repeat(1, rank)];
                yield return Bad($"{spec.Name} of rank {rank}", spec.Name, Reshaped(data, shape),
                    new Complaint(what, $"{shape} of rank {rank}", pattern.Text));
            }

            for (var axis = 0; axis < data.Shape.Rank; axis++)
            {
                var empty = data.Shape.With(axis, 0);
                yield return Bad($"{spec.Name}{pattern.Text} axis {axis} empty", spec.Name, new TensorData(empty, []),
                    new Complaint(what, $"{empty} with an empty axis {axis}", pattern.Text));
            }

            foreach (var count in new[] { data.Values.Length - 1, data.Values.Length + 1 })
            {
                var values = Reshaped(data, [count]).Values;
                yield return Bad($"{spec.Name}{pattern.Text} with too {(count < data.Values.Length ? "few" : "many")} values", spec.Name,
                    data with { Values = values }, new Complaint(what, $"{count} values", $"{data.Values.Length} for shape {data.Shape}"));
            }
        }
    }

    private IEnumerable<BadInput> Extents()
    {
        foreach (var (spec, data, pattern) in Tensors)
        {
            for (var axis = 0; axis < data.Shape.Rank; axis++)
            {
                foreach (var (extent, name) in Unfit(spec, pattern, axis))
                {
                    var changed = Reshaped(data, data.Shape.With(axis, extent));
                    var sharing = Sharing([.. pattern.Extents[axis].Symbols]).Where(other => other.Spec != spec);
                    yield return Bad($"{spec.Name}{pattern.Text} axis {axis} {name}", spec.Name, changed,
                        [Contradiction(spec, changed, pattern), .. sharing.Select(other => Contradiction(other.Spec, other.Data, other.Pattern))]);
                }
            }
        }

        foreach (var spec in _equation.Attributes.Where(spec => spec.Extent is not null && _attributes.Has(spec.Name)))
        {
            var sharing = SharingProducts([.. spec.Extent!.Symbols]).ToArray();
            if (sharing.Length == 0)
                continue;
            yield return Bad($"{spec.Name} one too large", _attributes.With(spec.Name, _attributes.Integer(spec.Name) + 1),
                [.. sharing.Select(other => Contradiction(other.Spec, other.Data, other.Pattern))]);
        }
    }

    private IEnumerable<BadInput> Values()
    {
        foreach (var (spec, data, pattern) in Tensors)
        {
            var what = $"tensor \"{spec.Name}\"";
            var last = data.Values.Length - 1;
            foreach (var (value, position) in new[] { (double.NaN, 0), (double.PositiveInfinity, last), (double.NegativeInfinity, last) })
            {
                yield return Bad($"{spec.Name}{pattern.Text} with {value}", spec.Name, Replaced(data, position, value),
                    new Complaint(what, $"{value} at {data.Shape.IndexText(position)}", "finite values"));
            }

            foreach (var value in spec.Domain.IndexOf is { } extent ? [-1, 0.5, Extent(extent)] : Outside(spec.Domain))
            {
                yield return Bad($"{spec.Name}{pattern.Text} with {value}", spec.Name, Replaced(data, last, value),
                    new Complaint(
                        what, $"{value} at {data.Shape.IndexText(last)}",
                        spec.Domain == Domain.Mass ? "≥ 0"
                            : spec.Domain.IndexOf is { } bound ? $"whole numbers 0…{bound}−1 with {bound} = {Extent(bound)}"
                            : spec.Domain.Text));
            }

            if (spec.Domain == Domain.Mass)
            {
                var row = data.Shape[^1];
                var zero = data.Values.ToArray();
                zero.AsSpan(^row..).Clear();
                yield return Bad($"{spec.Name} with an empty histogram", spec.Name, data with { Values = zero },
                    new Complaint(what, $"a sum of 0 in row {data.Values.Length / row - 1}", "positive"));
                var huge = data.Values.ToArray();
                huge.AsSpan(..row).Fill(double.MaxValue);
                yield return Bad($"{spec.Name} with a histogram beyond float64", spec.Name, data with { Values = huge },
                    new Complaint(what, "a sum of Infinity in row 0", "finite"));
            }
        }
    }

    private IEnumerable<BadInput> AttributeTypes()
    {
        foreach (var spec in _equation.Attributes)
        {
            object[] values = spec.Type switch
            {
                AttributeType.Integer => [1.5, 2.0, 3e9, 5_000_000_000L, "2", true, new double[] { 2 }],
                AttributeType.Number => ["0.5", true, new double[] { 0.5 }, double.NaN, double.PositiveInfinity, double.NegativeInfinity],
                AttributeType.Numbers =>
                    [1, 0.1, "0.1", true, Array.Empty<double>(), new[] { 0.1, double.NaN }, new[] { double.PositiveInfinity }],
                AttributeType.Flag => [0, 1, 1.0, "true", new double[] { 1 }],
                _ => ["elsewhere", "", spec.Choices[0].ToUpperInvariant(), string.Join("|", spec.Choices), 0, true],
            };
            foreach (var value in values)
            {
                var text = AttributeValues.ToJson(value);
                yield return Bad($"{spec.Name} = {text} ({value.GetType().Name})", _attributes.With(spec.Name, value),
                    new Complaint($"attribute \"{spec.Name}\"", text, Kind(spec)));
            }
        }
    }

    private IEnumerable<BadInput> AttributeRanges()
    {
        foreach (var spec in _equation.Attributes)
        {
            object[] values = spec.Type switch
            {
                AttributeType.Integer when spec.Extent is not null =>
                    [0, -1, int.MinValue, int.MaxValue, .. Outside(spec.Domain).Select(value => (object)(int)value)],
                AttributeType.Integer when spec.UpTo is not null => [-1, Extent(spec.UpTo) + 1, int.MinValue, int.MaxValue],
                AttributeType.Integer => [.. Outside(spec.Domain).Where(double.IsInteger).Select(value => (object)(int)value), int.MinValue],
                AttributeType.Number =>
                    [.. Outside(spec.Domain).Cast<object>(), .. Outside(spec.Domain).Where(double.IsInteger).Select(value => (object)(int)value)],
                AttributeType.Numbers => [.. Outside(spec.Domain).Select(value => new[] { 0.1, value })],
                _ => [],
            };
            foreach (var value in values)
            {
                var text = AttributeValues.ToJson(value);
                var expected = spec.Type != AttributeType.Integer ? spec.Domain.Text
                    : spec.Extent is not null ? $"a whole number in 1…{Array.MaxLength}"
                    : spec.UpTo is null ? $"a whole number {spec.Domain}"
                    : $"0…{spec.UpTo} with {spec.UpTo} = {Extent(spec.UpTo!)}";
                yield return Bad($"{spec.Name} = {text}", _attributes.With(spec.Name, value),
                    new Complaint($"attribute \"{spec.Name}\"", text, expected));
            }

            if (spec.Divides is null)
                continue;
            var (whole, what) = (Extent(spec.Divides), $"attribute \"{spec.Name}\"");
            var sharing = spec.Extent is null ? [] : SharingProducts([.. spec.Extent.Symbols]);
            object divisor = spec.Type == AttributeType.Numbers ? Enumerable.Repeat(0.1, whole + 1).ToArray() : whole + 1;
            yield return Bad($"{spec.Name} dividing no {spec.Divides}", _attributes.With(spec.Name, divisor),
                [new Complaint(what, AttributeValues.ToJson(divisor), $"{spec.Divides} = {whole}"),
                    .. sharing.Select(other => Contradiction(other.Spec, other.Data, other.Pattern))]);
        }
    }

    private IEnumerable<BadInput> Needs()
    {
        foreach (var flag in _equation.Attributes)
        {
            foreach (var need in flag.Needs)
            {
                var raised = flag.Needs.Where(other => other != need && _equation.Attributes.Any(spec => spec.Name == other) && !_attributes.Has(other))
                    .Aggregate(_attributes.With(flag.Name, true), (all, other) => all.With(other, 1));
                // A product such as dh=2*h brings a symbol of its own, and the drawn extent may be one.
                if (need.Contains('*'))
                    continue;
                if (need.Split('=') is [var left, var right])
                {
                    yield return Bad($"{flag.Name} without {need}", raised,
                        new Complaint($"attribute \"{flag.Name}\"", $"{left} = {Extent(left)}, {right} = {Extent(right)}", need));
                }
                else if (_equation.Inputs.Any(input => input.Name == need))
                {
                    yield return new BadInput(_equation, $"{flag.Name} without {need}", raised,
                        _inputs.Where(input => input.Key != need).ToDictionary(),
                        [new Complaint($"tensor \"{need}\"", "nothing", $"{flag.Name} is true")]);
                }
                else
                {
                    yield return Bad($"{flag.Name} without {need}", raised.Without(need),
                        new Complaint($"attribute \"{need}\"", "nothing", $"{flag.Name} is true"));
                }
            }
        }
    }

    private IEnumerable<BadInput> Cotangents()
    {
        foreach (var output in _equation.Differentiated?.Outputs ?? [])
        {
            var name = GradientSignature.NameOf(output);
            var (what, data) = ($"tensor \"{name}\"", _inputs[name]);
            var (shape, last) = (data.Shape, data.Values.Length - 1);
            yield return Bad($"{name} missing", name, null, new Complaint(what, "nothing", name));
            Shape[] others = [[.. shape, 1], .. Enumerable.Range(0, shape.Rank).SelectMany(axis => new[] { shape.With(axis, shape[axis] + 1), shape.With(axis, 0) })];
            foreach (var other in others)
            {
                yield return Bad($"{name}{shape} as {other}", name, new TensorData(other, new double[other.Count]),
                    new Complaint(what, $"{other}", $"{shape}, the shape of {output.Name}"));
            }

            yield return Bad($"{name} with too many values", name, data with { Values = [.. data.Values, 0] },
                new Complaint(what, $"{data.Values.Length + 1} values", $"{data.Values.Length} for shape {shape}"));
            foreach (var value in new[] { double.NaN, double.PositiveInfinity })
            {
                yield return Bad($"{name} with {value}", name, Replaced(data, last, value),
                    new Complaint(what, $"{value} at {shape.IndexText(last)}", "finite values"));
            }
        }
    }

    /// <summary>Extents that contradict another axis, an attribute or a number; none where nothing else fixes this axis.</summary>
    private IEnumerable<(int Extent, string Name)> Unfit(TensorSpec spec, ShapePattern pattern, int axis)
    {
        var symbols = pattern.Extents[axis].Symbols.ToArray();
        var found = _inputs[spec.Name].Shape[axis];
        if (symbols is [var symbol])
        {
            var elsewhere = Tensors
                .SelectMany(tensor => tensor.Pattern.Extents.Select((extent, i) => (Extent: extent, Found: tensor.Data.Shape[i], tensor.Spec, i)))
                .Where(other => (other.Spec != spec || other.i != axis) && other.Extent.Symbols.Contains(symbol)).ToArray();
            var isAttribute = _equation.Attributes.Any(attribute => attribute.Extent?.ToString() == symbol && _attributes.Has(attribute.Name));
            if (elsewhere.Length == 0 && !isAttribute)
                yield break;

            // As a mere factor it may be anything that divides.
            if (!isAttribute && elsewhere.All(other => other.Extent.ToString().Contains('*')))
            {
                yield return (elsewhere[0].Found + 1, $"dividing no {elsewhere[0].Extent}");
                yield break;
            }
        }

        yield return (found + 1, "one too long");
        // What a broadcast would accept.
        yield return (1, "1");
    }

    private static Complaint Contradiction(TensorSpec spec, TensorData data, ShapePattern pattern) =>
        new($"tensor \"{spec.Name}\"", data.Shape.ToString(), pattern.Text);

    private IEnumerable<(TensorSpec Spec, TensorData Data, ShapePattern Pattern)> Sharing(string[] symbols) =>
        Tensors.Where(tensor => tensor.Pattern.Extents.SelectMany(extent => extent.Symbols).Intersect(symbols).Any());

    // Where H is a factor, as in H*dh, a wrong H may come out as a wrong dh.
    private IEnumerable<(TensorSpec Spec, TensorData Data, ShapePattern Pattern)> SharingProducts(string[] symbols) =>
        Sharing([.. _equation.Inputs.SelectMany(input => input.Shapes).SelectMany(shape => shape.Extents.Append(shape.Where?.Value).OfType<Extent>())
            .Select(extent => extent.Symbols.ToArray()).Where(factors => factors.Intersect(symbols).Any()).SelectMany(factors => factors)]);

    private int Extent(string symbol)
    {
        foreach (var attribute in _equation.Attributes)
        {
            if (attribute.Extent?.ToString() == symbol && _attributes.Has(attribute.Name))
                return _attributes.Integer(attribute.Name);
        }

        var symbols = new Dictionary<string, int>();
        foreach (var (_, data, pattern) in Tensors)
        {
            for (var axis = 0; axis < data.Shape.Rank; axis++)
                pattern.Extents[axis].Bind(data.Shape[axis], symbols);
            if (pattern.Where is var (defined, value) && value.Evaluate(symbols) is { } extent)
                symbols[defined] = (int)extent;
        }

        return int.TryParse(symbol, CultureInfo.InvariantCulture, out var number) ? number : symbols[symbol];
    }

    private static string Kind(AttributeSpec spec) => spec.Type switch
    {
        AttributeType.Integer => "a whole number ",
        AttributeType.Number => "a finite number",
        AttributeType.Numbers => "a non-empty list of finite numbers",
        AttributeType.Flag => "true or false",
        _ => string.Join(", ", spec.Choices),
    };

    private static double[] Outside(Domain domain) => domain.Text switch
    {
        ">0" => [0, -double.Epsilon, -1],
        ">=0" or "mass" => [-double.Epsilon, -1],
        "even" => [1, 3],
        "in (0,1)" => [0, 1, -0.5, 1.5],
        "in [0,1)" => [1, -double.Epsilon, 2],
        _ => [],
    };

    /// <summary>The values again and again, under another shape.</summary>
    private static TensorData Reshaped(TensorData data, Shape shape) =>
        new(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(i => data.Values[i % data.Values.Length])]);

    private static TensorData Replaced(TensorData data, int position, double value)
    {
        var values = data.Values.ToArray();
        values[position] = value;
        return data with { Values = values };
    }

    private BadInput Bad(string broken, AttributeValues attributes, params Complaint[] complaints) =>
        new(_equation, broken, attributes, _inputs, complaints);

    private BadInput Bad(string broken, string tensor, TensorData? data, params Complaint[] complaints)
    {
        var inputs = _inputs.Where(input => input.Key != tensor).ToDictionary();
        if (data is not null)
            inputs[tensor] = data;
        return new BadInput(_equation, broken, _attributes, inputs, complaints);
    }
}
