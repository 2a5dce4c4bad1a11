using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.FreshInputs;

/// <summary>Draws a valid input of any equation from its signature; what a tensor's values look like follows from its name.</summary>
internal sealed class InputSampler
{
    private readonly Equation _equation;
    private readonly FloatFormat _format;
    private readonly Random _random;
    private readonly Dictionary<string, int> _symbols = [];
    private readonly Dictionary<string, TensorData> _inputs = [];
    private AttributeValues _attributes = AttributeValues.None;

    private InputSampler(Equation equation, FloatFormat format, Random random)
    {
        _equation = equation;
        _format = format;
        _random = random;
    }

    /// <summary>Draws attributes and tensors; the tensors' values are exact in the format.</summary>
    public static (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs) Draw(
        Equation equation, FloatFormat format, Random random)
    {
        if (equation.Differentiated is { } differentiated)
            return DrawCotangents(equation, Draw(differentiated, format, random), format, random);
        var sampler = new InputSampler(equation, format, random);
        sampler.DrawExtents();
        sampler.DrawAttributes();
        sampler.DrawTensors();
        return (sampler._attributes, sampler._inputs);
    }

    // What the differentiated equation takes is drawn; every output of it then has a shape.
    private static (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs) DrawCotangents(
        Equation equation, (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs) drawn, FloatFormat format, Random random)
    {
        var shapes = InputValidator.Validate(equation.Differentiated!, drawn.Attributes, drawn.Inputs);
        var inputs = new Dictionary<string, TensorData>(drawn.Inputs);
        foreach (var output in equation.Differentiated!.Outputs)
        {
            var shape = shapes[output.Name];
            inputs[GradientSignature.NameOf(output)] = new TensorData(shape, Array.ConvertAll(Fill(shape, () => Normal(random)), format.Round));
        }

        return (equation.Attributes.Skip(equation.Differentiated.Attributes.Count).Aggregate(
            drawn.Attributes, (all, own) => all.With(own.Name, own.Choices[random.Next(own.Choices.Count)])), inputs);
    }

    private void DrawExtents()
    {
        // Small, mostly unequal, and every width a multiple of the number of heads; heads of even width where positions rotate them.
        var heads = _random.Next(1, 4);
        var isEven = Patterns.Any(shape => shape.Where is not null && shape.Where.Value.Symbol is not ("R" or "L"));
        var headWidth = isEven ? 2 * _random.Next(1, 3) : _random.Next(1, 5);
        var width = heads * headWidth;
        var widths = _random.Next(1, 3);
        foreach (var (symbol, value) in new[]
        {
            ("B", _random.Next(1, 4)), ("T", _random.Next(2, 8)), ("R", _random.Next(2, 8)), ("L", _random.Next(2, 7)),
            ("P", _random.Next(3, 10)), ("M", _random.Next(2, 9)), ("D", _random.Next(3, 10)), ("S", _random.Next(2, 4)),
            ("H", heads), ("d", width), ("e", width), ("n", width), ("dh", headWidth), ("N", widths * _random.Next(2, 6)),
        })
        {
            _symbols[symbol] = value;
        }

        _attributes = Takes("widths")
            ? _attributes.With("widths", Enumerable.Range(0, widths).Select(_ => Between(0.06, 0.2)).ToArray())
            : _attributes;

        // The shape that a bank of matrix slots takes decides R.
        if (Patterns.Any(shape => shape.Where is ("R", _)) && _random.Next(2) == 0)
        {
            _symbols["N"] = _random.Next(1, 3);
            _symbols["R"] = _symbols["N"] * width;
            _symbols["matrix"] = 1;
        }

        foreach (var (symbol, value) in new[]
        {
            ("h", _random.Next(1, 4)), ("F", _random.Next(1, 4)), ("G", heads % 2 == 0 ? heads / _random.Next(1, 3) : _random.Next(2) == 0 ? heads : 1),
            ("f", _random.Next(1, 7)), ("C", _random.Next(1, 6)), ("K", _random.Next(1, 4)), ("c", _random.Next(1, 4)), ("V", _random.Next(2, 9)),
        })
        {
            _symbols[symbol] = value;
        }

        // Positions with as many of padding on either side.
        if (Patterns.Any(shape => shape.Where is ("L", _)) || _equation.Attributes.Any(attribute => attribute.Domain.Text == "even"))
            _symbols["L"] = 2 * _random.Next(1, 4);
        if (_equation.Inputs.Any(input => input.Name == "t_padded"))
            _symbols["P"] = _symbols["M"] + _symbols["L"] + 2 * _random.Next(4);
        if (Takes("kept"))
            _symbols["K"] = _symbols["P"] - 2 * _random.Next((_symbols["P"] + 1) / 2);
    }

    private IEnumerable<ShapePattern> Patterns => _equation.Inputs.SelectMany(input => input.Shapes);

    private void DrawAttributes()
    {
        foreach (var attribute in _equation.Attributes)
        {
            object? value = attribute.Name switch
            {
                "widths" => null,
                "top_k" => _random.Next(2) == 0 ? 0 : _random.Next(1, _symbols[attribute.UpTo!] + 1),
                "ridge" => Between(0.25, 2),
                "tau" => Between(0.25, 0.85),
                "variance_floor" => _random.Next(2) == 0 ? 0.0 : Between(0.2, 0.6),
                "sigma_0" => Between(0.05, 0.6),
                "mu_0" when _attributes.Has("version") && _attributes.Text("version") == "gpt2" => Between(-0.9, 0.9),
                "mu_0" => _random.Next(2) == 0 ? null : Between(0.1, 0.9),
                "eps" => _random.Next(2) == 0 ? 1e-5 : Between(0.01, 1),
                "base" => _random.Next(2) == 0 ? Between(2, 100) : 500000.0,
                "offset" => _random.Next(50),
                "memory_heads" => _random.Next(2) == 0 ? 1 : _symbols["H"],
                "blocks" or "mlp_layers" => _random.Next(1, 4),
                "reset" => _random.Next(3) == 0 ? 0 : _random.Next(1, 2 * _symbols["L"] + 1),
                "rope" => _symbols["dh"] % 2 == 0 && _random.Next(2) == 0,
                _ when attribute.Extent is { } extent => (int)extent.Evaluate(_symbols)!.Value,
                _ when attribute.Type == AttributeType.Flag => _random.Next(2) == 0,
                _ when attribute.Type == AttributeType.Choice => attribute.Choices[_random.Next(attribute.Choices.Count)],
                _ => throw new NotSupportedException($"{_equation}: no way to draw the attribute \"{attribute.Name}\""),
            };
            if (value is not null)
                _attributes = _attributes.With(attribute.Name, value);
        }

        if (_attributes.Flag("causal"))
            _symbols["T"] = _symbols["R"];
        if (!_attributes.Flag("sticky") && Takes("sticky"))
            _attributes = _attributes.Without("bins");
    }

    private void DrawTensors()
    {
        foreach (var input in _equation.Inputs)
        {
            if (input.IsOptional && !IsWanted(input))
                continue;
            var pattern = input.Shapes.Count == 1 ? input.Shapes[0]
                : input.Shapes[0].When is not null ? input.Shapes.First(shape => _attributes.Text(shape.When!.Attribute) == shape.When.Word)
                : input.Shapes[1].Where is not null ? input.Shapes[_symbols.ContainsKey("matrix") ? 1 : 0]
                : input.Shapes[_random.Next(2)];
            var shape = pattern.Evaluate(_symbols)!.Value;
            var values = input.Domain.IndexOf is { } extent ? Fill(shape, () => _random.Next(_symbols[extent])) : Values(input.Name, shape);
            _inputs[input.Name] = new TensorData(shape, Array.ConvertAll(values, _format.Round));
        }
    }

    // An optional tensor is given where a flag needs it; one that no flag needs, every other time.
    private bool IsWanted(TensorSpec input)
    {
        if (input.With is not null)
            return _inputs.ContainsKey(input.With);
        if (input.When is not null)
            return _attributes.Text(input.When.Attribute) == input.When.Word;
        var flag = _equation.Attributes.FirstOrDefault(attribute => attribute.Needs.Contains(input.Name));
        return flag is null ? _random.Next(2) == 0 : _attributes.Flag(flag.Name);
    }

    private double[] Values(string name, Shape shape) => name switch
    {
        "W_emb" => Fill(shape, Normal),
        _ when name.StartsWith("W_", StringComparison.Ordinal) => Fill(shape, () => Normal() * 1.5 / Math.Sqrt(shape[IsPerBlock(shape) ? 1 : 0])),
        _ when name.StartsWith("g_", StringComparison.Ordinal) => Fill(shape, () => _random.NextDouble()),
        "A" or "p" => Fill(shape, () => Between(0.05, 1)),
        "u" => Fill(shape, () => Math.Min(_random.NextDouble(), 1 - _format.UnitRoundoff * 4)),
        "mu" or "mu_j" or "t" or "t_past" => Ascending(Fill(shape, () => Between(0.02, 0.98))),
        "t_joint" or "t_padded" => Ascending(Fill(shape, () => Between(0.01, 1))),
        "sigma_j" => Fill(shape, () => Between(0.06, 0.2)),
        "var" => Fill(shape, () => Math.Exp(Between(Math.Log(1e-3), Math.Log(0.2)))),
        "w_mu" or "w_sigma" => Fill(shape, () => Normal() / Math.Sqrt(shape[^1])),
        "psi" => BasisAtRandomPositions(shape),
        _ => Fill(shape, Normal),
    };

    // A stack's weights have the block in front.
    private bool IsPerBlock(Shape shape) => Patterns.Any(pattern =>
        pattern.Extents.Count == shape.Rank && pattern.Extents[0].ToString() == "S" && pattern.Evaluate(_symbols) == shape);

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

    private double Normal() => Normal(_random);

    /// <summary>A standard normal number.</summary>
    internal static double Normal(Random random) =>
        // Box–Muller; 1 − u keeps the logarithm finite.
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private bool Takes(string attribute) => _equation.Attributes.Any(known => known.Name == attribute);
}
