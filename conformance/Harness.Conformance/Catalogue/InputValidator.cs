using System.Numerics;
using Harness.Architectures;
using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Catalogue;

/// <summary>Holds a call against the equation's signature, before anything is computed.</summary>
internal sealed class InputValidator
{
    private readonly Equation _equation;
    private readonly AttributeValues _attributes;
    private readonly IReadOnlyDictionary<string, TensorData> _inputs;
    private readonly Dictionary<string, int> _symbols = [];

    private InputValidator(Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
    {
        _equation = equation;
        _attributes = attributes;
        _inputs = inputs;
    }

    /// <summary>Checks names, ranks, extents and values.</summary>
    /// <returns>The shape that every output must have.</returns>
    /// <exception cref="EquationException">Something does not fit; only the first finding is reported.</exception>
    public static IReadOnlyDictionary<string, Shape> Validate(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
    {
        var validator = new InputValidator(equation, attributes, inputs);
        validator.CheckNames();
        validator.CheckAttributeValues();
        validator.CheckCompanions();
        validator.CheckShapes();
        validator.CheckAttributesAgainstExtents();
        validator.CheckCotangentShapes();
        validator.CheckTensorValues();
        return GradientSignature.Given(equation, inputs).ToDictionary(output => output.Name, validator.OutputShape);
    }

    /// <summary>Whether an attribute may have a value, whatever else is given.</summary>
    public static bool IsInDomain(AttributeSpec spec, object? value) => (spec.Type, value) switch
    {
        (AttributeType.Flag, bool) => true,
        (AttributeType.Integer or AttributeType.Number, int whole) => spec.Domain.Contains(whole),
        (AttributeType.Number, double number) => double.IsFinite(number) && spec.Domain.Contains(number),
        (AttributeType.Numbers, double[] numbers) => numbers.Length > 0 && numbers.All(number => double.IsFinite(number) && spec.Domain.Contains(number)),
        (AttributeType.Choice, string word) => spec.Choices.Contains(word),
        _ => false,
    };

    private void CheckNames()
    {
        foreach (var name in _attributes.Names)
        {
            if (_equation.Attributes.All(attribute => attribute.Name != name))
                throw Failure($"attribute \"{name}\"", "an unknown attribute", List(_equation.Attributes.Select(known => known.Name)));
        }

        foreach (var name in _inputs.Keys)
        {
            if (_equation.Inputs.All(input => input.Name != name))
                throw Failure($"tensor \"{name}\"", "an unknown tensor", List(_equation.Inputs.Select(known => known.Name)));
        }

        foreach (var input in _equation.Inputs)
        {
            if (!input.IsOptional && !_inputs.ContainsKey(input.Name))
                throw Failure($"tensor \"{input.Name}\"", "nothing", input.Text);
        }
    }

    private void CheckAttributeValues()
    {
        foreach (var spec in _equation.Attributes)
        {
            var what = $"attribute \"{spec.Name}\"";
            var given = _attributes.Find(spec.Name);
            if (given is null && spec.IsRequired)
                throw Failure(what, "nothing", Expected(spec));
            if ((given ?? spec.Default) is not { } value)
                continue;

            // No array is longer than MaxLength, and below it an extent plus one still is an int.
            if (!IsInDomain(spec, value) || (spec.Extent is not null && (value is < 1 || (int)value > Array.MaxLength || !spec.Extent.Bind((int)value, _symbols))))
                throw Failure(what, AttributeValues.ToJson(value), Expected(spec));
        }
    }

    // Optional tensors that come together, or with a value of an attribute, or not at all.
    private void CheckCompanions()
    {
        foreach (var spec in _equation.Inputs)
        {
            var isGiven = _inputs.ContainsKey(spec.Name);
            if (spec.With is { } other && isGiven != _inputs.ContainsKey(other))
            {
                var (missing, given) = isGiven ? (other, spec.Name) : (spec.Name, other);
                throw Failure($"tensor \"{missing}\"", "nothing", $"a value, because {given} is given");
            }

            if (spec.When is { } condition && isGiven != Holds(condition))
                throw Failure($"tensor \"{spec.Name}\"", isGiven ? "a value" : "nothing", $"{(isGiven ? "nothing unless" : "a value, because")} {condition}");
        }
    }

    private bool Holds(WordCondition condition) =>
        (_attributes.Find(condition.Attribute) ?? _equation.Attributes.First(spec => spec.Name == condition.Attribute).Default) is string word
        && word == condition.Word;

    private void CheckShapes()
    {
        var inputs = (_equation.Differentiated ?? _equation).Inputs;
        foreach (var spec in inputs)
        {
            if (!_inputs.TryGetValue(spec.Name, out var tensor))
                continue;
            var what = $"tensor \"{spec.Name}\"";
            var shapes = spec.Shapes.Where(shape => shape.When is null || Holds(shape.When)).ToArray();
            var expected = string.Join(" or ", shapes.Select(shape => shape.When is null ? shape.Text : $"{shape.Text} because {shape.When}"));
            if (shapes.FirstOrDefault(shape => shape.Extents.Count == tensor.Shape.Rank) is not { } pattern)
                throw Failure(what, $"{tensor.Shape} of rank {tensor.Shape.Rank}", expected + Known(spec));
            CheckCount(what, tensor);
            for (var axis = 0; axis < pattern.Extents.Count; axis++)
            {
                if (tensor.Shape[axis] < 1)
                    throw Failure(what, $"{tensor.Shape} with an empty axis {axis}", $"{pattern.Text} with every extent ≥ 1");
                if (!pattern.Extents[axis].Bind(tensor.Shape[axis], _symbols))
                    throw Failure(what, tensor.Shape.ToString(), pattern.Text + Known(spec));
            }

            if (pattern.Where is var (symbol, extent) && !Equate(symbol, extent))
                throw Failure(what, tensor.Shape.ToString(), $"{pattern.Text} where {symbol}={extent}{Known(spec)}");
        }

        // What is absent has no entries.
        foreach (var symbol in inputs.Where(spec => !_inputs.ContainsKey(spec.Name))
            .SelectMany(spec => spec.Shapes).SelectMany(shape => shape.Extents).SelectMany(extent => extent.Symbols))
        {
            _symbols.TryAdd(symbol, 0);
        }
    }

    private void CheckCount(string what, TensorData tensor)
    {
        var count = tensor.Shape.Aggregate(BigInteger.One, (product, extent) => product * extent);
        if (count != tensor.Values.Length)
            throw Failure(what, $"{tensor.Values.Length} values", $"{count} for shape {tensor.Shape}");
    }

    // A cotangent has the shape of its output, which the inputs decide.
    private void CheckCotangentShapes()
    {
        foreach (var output in _equation.Differentiated?.Outputs ?? [])
        {
            var (name, shape) = (GradientSignature.NameOf(output), OutputShape(output));
            if (_inputs[name].Shape != shape)
                throw Failure($"tensor \"{name}\"", _inputs[name].Shape.ToString(), $"{shape}, the shape of {output.Name}");
            CheckCount($"tensor \"{name}\"", _inputs[name]);
        }
    }

    private bool Equate(string symbol, Extent extent)
    {
        if (_symbols.TryGetValue(symbol, out var known))
            return extent.Bind(known, _symbols);
        _symbols[symbol] = (int)extent.Evaluate(_symbols)!.Value;
        return true;
    }

    private void CheckAttributesAgainstExtents()
    {
        foreach (var spec in _equation.Attributes)
        {
            if ((_attributes.Find(spec.Name) ?? spec.Default) is not { } value)
                continue;
            var what = $"attribute \"{spec.Name}\"";
            if (spec.UpTo is not null && value is int number && (number < 0 || number > _symbols[spec.UpTo]))
                throw Failure(what, $"{number}", $"0…{spec.UpTo} with {spec.UpTo} = {_symbols[spec.UpTo]}");
            if (spec.Divides is not null)
            {
                var divisor = value is double[] list ? list.Length : (int)value;
                var kind = value is double[]? "as many numbers as divide" : "a divisor of";
                if (_symbols[spec.Divides] % divisor != 0)
                    throw Failure(what, AttributeValues.ToJson(value), $"{kind} {spec.Divides} = {_symbols[spec.Divides]}");
            }

            if (value is true)
                CheckNeeds(spec);
        }
    }

    private void CheckNeeds(AttributeSpec flag)
    {
        foreach (var need in flag.Needs)
        {
            var sides = need.Split('=');
            if (sides.Length == 2)
            {
                var (left, right) = (_symbols[sides[0]], Extent.Parse(sides[1]));
                if (right.Bind(left, _symbols))
                    continue;
                var known = right.Evaluate(_symbols) is { } value ? $", {right} = {value}" : "";
                throw Failure($"attribute \"{flag.Name}\"", $"true with {sides[0]} = {left}{known}", $"{need} where it is true");
            }
            else if (!_attributes.Has(need) && !_inputs.ContainsKey(need))
            {
                var kind = _equation.Inputs.Any(input => input.Name == need) ? "tensor" : "attribute";
                throw Failure($"{kind} \"{need}\"", "nothing", $"a value, because {flag.Name} is true");
            }
        }
    }

    private void CheckTensorValues()
    {
        foreach (var spec in _equation.Inputs)
        {
            if (!_inputs.TryGetValue(spec.Name, out var tensor))
                continue;
            for (var i = 0; i < tensor.Values.Length; i++)
            {
                var value = tensor.Values[i];
                if (!double.IsFinite(value))
                    throw Failure($"tensor \"{spec.Name}\"", $"{value} at {tensor.Shape.IndexText(i)}", "finite values");
                // The extent of a tensor that is given and not used may be open.
                if (spec.Domain.IndexOf is { } extent && Extent.Parse(extent).Evaluate(_symbols) is { } count && (!spec.Domain.Contains(value) || value >= count))
                    throw Failure($"tensor \"{spec.Name}\"", $"{value} at {tensor.Shape.IndexText(i)}", $"whole numbers 0…{extent}−1 with {extent} = {count}");
                if (!spec.Domain.Contains(value))
                    throw Failure($"tensor \"{spec.Name}\"", $"{value} at {tensor.Shape.IndexText(i)}", spec.Domain == Domain.Mass ? "values ≥ 0" : $"values {spec.Domain}");
            }

            if (spec.Domain == Domain.Mass)
                CheckRowSums(spec.Name, tensor);
        }
    }

    private void CheckRowSums(string name, TensorData tensor)
    {
        var extent = tensor.Shape[^1];
        for (var start = 0; start < tensor.Values.Length; start += extent)
        {
            var sum = tensor.Values.AsSpan(start, extent).ToArray().Sum();
            if (!(sum > 0) || !double.IsFinite(sum))
                throw Failure($"tensor \"{name}\"", $"a sum of {sum} in row {start / extent}", "rows with a positive, finite sum");
        }
    }

    private Shape OutputShape(TensorSpec output)
    {
        if (output.Like is not null)
            return _inputs[output.Like].Shape;
        foreach (var extent in output.Shapes.SelectMany(pattern => pattern.Extents))
        {
            if (extent.Evaluate(_symbols) is { } value && value > Array.MaxLength)
                throw Failure($"tensor \"{output.Name}\"", $"{extent} = {value}", $"at most {Array.MaxLength}");
        }

        // Where an input came in one of two shapes, only the output alternative that belongs to it has values for all its symbols;
        // the longer one, if both have.
        return output.Shapes.Select(pattern => pattern.Evaluate(_symbols)).Last(shape => shape is not null)!.Value;
    }

    // ", with R = 5, d = 4" for the symbols of a pattern that are known by now.
    private string Known(TensorSpec spec)
    {
        var known = spec.Shapes.SelectMany(shape => shape.Extents.SelectMany(extent => extent.Symbols).Append(shape.Where?.Symbol)).OfType<string>().Distinct()
            .Where(_symbols.ContainsKey).Select(symbol => $"{symbol} = {_symbols[symbol]}").ToArray();
        return known.Length == 0 ? "" : $" with {string.Join(", ", known)}";
    }

    private static string Expected(AttributeSpec spec) => spec.Type switch
    {
        AttributeType.Integer when spec.Extent is not null =>
            $"a whole number in 1…{Array.MaxLength}{(spec.Extent.IsProduct ? $" that is {spec.Extent}" : spec.Domain == Domain.Any ? "" : $" that is {spec.Domain}")}",
        AttributeType.Integer when spec.UpTo is not null => $"a whole number in 0…{spec.UpTo}",
        AttributeType.Integer => $"a whole number {spec.Domain}".TrimEnd(),
        AttributeType.Number => $"a finite number {spec.Domain}".TrimEnd(),
        AttributeType.Numbers => $"a non-empty list of finite numbers {spec.Domain}".TrimEnd(),
        AttributeType.Flag => "true or false",
        _ => List(spec.Choices),
    };

    private static string List(IEnumerable<string> names) => names.Any() ? $"one of {string.Join(", ", names)}" : "none";

    private EquationException Failure(string what, string found, string expected) => new(_equation.Id, what, found, expected);
}
