using Harness.Conformance.Catalogue;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Operations;

/// <summary>What can be wrong with what any equation is given: an input left out, transposed, moved or exchanged, an attribute off by one.</summary>
internal static class InputMistakes
{
    /// <summary>Those that fit a call of an equation.</summary>
    /// <param name="equation">The equation.</param>
    /// <param name="sample">What it is called with.</param>
    public static IEnumerable<Mistake> Of(Equation equation, Call sample) =>
        [.. OfTensors(equation, sample), .. Exchanged(equation, sample), .. OfAttributes(equation, sample)];

    private static IEnumerable<Mistake> OfTensors(Equation equation, Call sample)
    {
        foreach (var input in equation.Inputs)
        {
            if (sample.Find(input.Name) is not { } tensor)
                continue;
            var (name, shape) = (input.Name, tensor.Shape);
            var pattern = equation.Pattern(input, shape.Rank);
            if (input.Domain == Domain.Any)
            {
                yield return Changed(equation, name, $"{name} is left out: 0 stands in its place", x => x * 0);
                yield return Changed(equation, name, $"{name} is left out: 1 stands in its place", x => x.Map(_ => 1));
                yield return Changed(equation, name, $"{name} has the opposite sign", x => -x);
            }

            yield return new(equation.Id, $"{name}-float32", $"{name} is rounded to float32", call => call.With(name, call[name].Map(Single)).Right()) { Formats = [FloatFormat.Float64] };
            yield return Changed(equation, name, $"{name} is rounded to bfloat16", x => x.Map(BFloat16));
            if (input.IsOptional)
                yield return new(equation.Id, $"without-{name}", $"{name} is ignored", call => call.Missing(name).Right());
            if (shape.Rank >= 2 && shape[^1] == shape[^2])
                yield return Changed(equation, name, $"{name} is used transposed", x => x.Shape[^1] == x.Shape[^2] ? x.Transposed() : throw new NotSupportedException("not square"));
            for (var axis = 0; axis < shape.Rank; axis++)
            {
                var (along, symbol) = (axis, pattern is null ? $"axis {axis}" : $"axis {axis} ({pattern.Extents[axis]})");
                yield return Changed(equation, name, $"{name} is read from the last to the first along {symbol}", x => Read(x, along, (i, count) => count - 1 - i));
                yield return Changed(equation, name, $"{name} is read one place before along {symbol}, the last at the front", x => Read(x, along, (i, count) => (i + count - 1) % count));
                yield return Changed(equation, name, $"{name} is read one place behind along {symbol}, the first at the end", x => Read(x, along, (i, count) => (i + 1) % count));
                yield return Changed(equation, name, $"{name} is read one place before along {symbol}, with 0 at the front", x => Read(x, along, (i, _) => i - 1));
                yield return Changed(equation, name, $"{name} is that of the first index of {symbol} everywhere", x => Read(x, along, (_, _) => 0));
                yield return Changed(equation, name, $"{name} is that of the last index of {symbol} everywhere", x => Read(x, along, (_, count) => count - 1));
            }
        }
    }

    private static IEnumerable<Mistake> Exchanged(Equation equation, Call sample)
    {
        string[] given = [.. equation.Inputs.Select(input => input.Name).Where(name => sample.Find(name) is not null)];
        for (var i = 0; i < given.Length; i++)
        {
            for (var j = i + 1; j < given.Length; j++)
            {
                var (first, second) = (given[i], given[j]);
                if (sample[first].Shape != sample[second].Shape)
                    continue;
                yield return new(equation.Id, $"{first}-for-{second}", $"{first} and {second} stand for each other", call => call.Exchanged(first, second).Right());
                yield return new(equation.Id, $"{first}-twice", $"{first} stands for {second} too", call => call.With(second, call[first]).Right());
                yield return new(equation.Id, $"{second}-twice", $"{second} stands for {first} too", call => call.With(first, call[second]).Right());
            }
        }
    }

    private static IEnumerable<Mistake> OfAttributes(Equation equation, Call sample)
    {
        foreach (var attribute in equation.Attributes.Where(attribute => sample.Has(attribute.Name)))
        {
            var name = attribute.Name;
            if (attribute.Default is { } usual)
                yield return Asked(equation, name, $"{name} is ignored", _ => usual);
            switch (attribute.Type)
            {
                case AttributeType.Integer when attribute.Extent is null:
                    yield return Asked(equation, name, $"{name} is one too large", call => call.Integer(name) + 1);
                    yield return Asked(equation, name, $"{name} is one too small", call => call.Integer(name) - 1);
                    break;
                case AttributeType.Flag:
                    yield return Asked(equation, name, $"{name} is taken for its opposite", call => !call.Flag(name));
                    break;
                case AttributeType.Choice:
                    foreach (var word in attribute.Choices)
                        yield return Asked(equation, name, $"{name} is always taken as {word}", _ => word);
                    break;
                case AttributeType.Number:
                    yield return Asked(equation, name, $"{name} is squared", call => call.Number(name) * call.Number(name));
                    yield return Asked(equation, name, $"the root of {name} stands for it", call => Math.Sqrt(call.Number(name)));
                    yield return Asked(equation, name, $"{name} is halved", call => call.Number(name) / 2);
                    yield return Asked(equation, name, $"{name} is doubled", call => call.Number(name) * 2);
                    yield return Asked(equation, name, $"the inverse of {name} stands for it", call => 1 / call.Number(name));
                    yield return Asked(equation, name, $"1 − {name} stands for {name}", call => 1 - call.Number(name));
                    yield return Asked(equation, name, $"{name} is 0", _ => 0.0);
                    break;
                case AttributeType.Numbers:
                    yield return Asked(equation, name, $"{name} come in the opposite order", call => call.Numbers(name).Reverse().ToArray());
                    yield return Asked(equation, name, $"{name} are squared", call => call.Numbers(name).Select(value => value * value).ToArray());
                    break;
            }
        }
    }

    private static Mistake Changed(Equation equation, string input, string when, Func<Tensor, Tensor> change) =>
        new(equation.Id, when, when, call => call.With(input, change(call[input])).Right());

    private static Mistake Asked(Equation equation, string attribute, string when, Func<Call, object> value) =>
        new(equation.Id, when, when, call => call.With(attribute, value(call)).Right());

    private static Tensor Read(Tensor x, int axis, Func<int, int, int> source)
    {
        if (axis >= x.Shape.Rank)
            throw new NotSupportedException($"no axis {axis}");
        var (entries, count) = (x.Entries(), x.Shape[axis]);
        return Make(x.Shape, index => source(index[axis], count) is >= 0 and var from ? entries[[.. index[..axis], from, .. index[(axis + 1)..]]] : 0);
    }
}
