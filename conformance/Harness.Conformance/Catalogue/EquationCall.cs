using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Harness.Architectures;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Gradients;

namespace Harness.Conformance.Catalogue;

/// <summary>Evaluates an equation of the catalogue on any engine.</summary>
public static class EquationCall
{
    private static readonly ConcurrentDictionary<(Equation, Type), Parameters> Methods = new();

    /// <summary>Validates the call, then computes it.</summary>
    /// <exception cref="EquationException">The input does not fit the equation.</exception>
    public static IReadOnlyDictionary<string, TensorData> Evaluate<T>(
        Equation equation, IEngine<T> engine, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs)
        where T : class, ITensor<T>
    {
        InputValidator.Validate(equation, attributes, inputs);
        try
        {
            return EvaluateTensors(equation, engine, attributes, Create(equation, engine, inputs))
                .ToDictionary(output => output.Key, output => new TensorData(output.Value.Shape, output.Value.ToArray()));
        }
        catch (EquationException inner) when (inner.Equation == equation.Differentiated?.Id)
        {
            throw new EquationException(equation.Id, inner.What, inner.Found, inner.Expected);
        }
        catch (EquationException inner) when (inner.Equation != equation.Id)
        {
            // A part of a composed equation met what only it could see; the caller asked for the whole.
            throw new EquationException(equation.Id, $"{inner.What} of {inner.Equation}", inner.Found, inner.Expected);
        }
    }

    /// <summary>The inputs as tensors of an engine.</summary>
    internal static Dictionary<string, T> Create<T>(Equation equation, IEngine<T> engine, IReadOnlyDictionary<string, TensorData> inputs)
        where T : class, ITensor<T> =>
        equation.Inputs.Where(input => inputs.ContainsKey(input.Name))
            .ToDictionary(input => input.Name, input => Create(input, engine, inputs[input.Name]));

    private static T Create<T>(TensorSpec input, IEngine<T> engine, TensorData data)
        where T : class, ITensor<T>
    {
        if (input.Part == PrecisionPart.Tensors)
            return engine.Create(data.Values, data.Shape);
        using var precision = engine.Within(input.Part);
        return engine.HandedOn(engine.Create(data.Values, data.Shape), input.Part);
    }

    /// <summary>Computes on tensors that are there already, without another look at them.</summary>
    internal static IReadOnlyDictionary<string, T> EvaluateTensors<T>(
        Equation equation, IEngine<T> engine, AttributeValues attributes, IReadOnlyDictionary<string, T> inputs)
        where T : class, ITensor<T>
    {
        if (equation.Differentiated is null)
            return Invoke(equation, engine, attributes, inputs);
        using var tape = new GradientEngine<T>(engine, GradientSignature.IsTruncated(attributes));
        return Differentiate(equation.Differentiated, tape, attributes, inputs);
    }

    /// <summary>The gradients of an equation by an engine that has recorded nothing yet.</summary>
    internal static IReadOnlyDictionary<string, T> Differentiate<T>(
        Equation equation, GradientEngine<T> tape, AttributeValues attributes, IReadOnlyDictionary<string, T> inputs)
        where T : class, ITensor<T>
    {
        var taped = equation.Inputs.Where(input => inputs.ContainsKey(input.Name)).ToDictionary(
            input => input.Name, input => input.IsConstant ? tape.Constant(inputs[input.Name]) : Variable(input, tape, inputs[input.Name]));
        var outputs = Invoke(equation, tape, attributes, taped);
        var variables = GradientSignature.Variables(equation).Where(input => taped.ContainsKey(input.Name)).ToArray();
        var gradients = tape.Gradients(
            [.. equation.Outputs.Select(output => (outputs[output.Name], inputs[GradientSignature.NameOf(output)]))],
            [.. variables.Select(input => taped[input.Name])]);
        return variables.Zip(gradients).ToDictionary(pair => GradientSignature.NameOf(pair.First), pair => pair.Second);
    }

    private static TapedTensor<T> Variable<T>(TensorSpec input, GradientEngine<T> tape, T value)
        where T : class, ITensor<T>
    {
        using var precision = tape.Within(input.Part);
        return tape.Variable(value);
    }

    private static Dictionary<string, T> Invoke<T>(
        Equation equation, IEngine<T> engine, AttributeValues attributes, IReadOnlyDictionary<string, T> inputs)
        where T : class, ITensor<T>
    {
        List<object?> arguments = new(equation.Parameters.Length);
        if (equation.TakesEngine)
            arguments.Add(engine);
        foreach (var input in equation.Inputs)
            arguments.Add(inputs.GetValueOrDefault(input.Name));
        foreach (var attribute in equation.Attributes)
        {
            arguments.Add(attribute.Type == AttributeType.Number && attributes.Has(attribute.Name)
                ? attributes.Number(attribute.Name)
                : attributes.Find(attribute.Name) ?? attribute.Default);
        }

        var method = Methods.GetOrAdd((equation, typeof(T)), static key => new(key.Item1.Method.MakeGenericMethod(key.Item2)));
        var result = method.Invoke(CollectionsMarshal.AsSpan(arguments));
        return equation.Outputs.Select((output, i) => (output.Name, Tensor: (T)(result is ITuple tuple ? tuple[i] : result)!))
            .ToDictionary(output => output.Name, output => output.Tensor);
    }
}
