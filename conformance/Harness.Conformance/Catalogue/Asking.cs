using System.Collections.ObjectModel;
using System.Diagnostics;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Catalogue;

/// <summary>Asks an implementation so that nothing it does with what it is given, or with what it has answered, reaches anyone else.</summary>
internal static class Asking
{
    /// <summary>Runs a request on copies of its tensors.</summary>
    /// <param name="implementation">What is asked.</param>
    /// <param name="request">What it is asked.</param>
    /// <param name="clock">Runs while the implementation does, and no longer.</param>
    /// <returns>
    /// The outputs asked for, as far as they are there, in arrays of their own, omitted ones as such, and what it shows of what the equation's wiring
    /// computes on the way; where an output is missing, what else is there besides. Null for "unsupported".
    /// </returns>
    /// <exception cref="ChangedInputException">It wrote to one of the tensors.</exception>
    /// <exception cref="AdapterException">It omits what the equation does not have.</exception>
    /// <exception cref="UnsupportedRequestException">It omits every output, or what is asked is out of its scope: then it has not been asked.</exception>
    public static IReadOnlyDictionary<string, TensorData>? Ask(
        this IImplementation implementation, EquationRequest request, Stopwatch? clock = null)
    {
        var scope = EquationCatalogue.Find(request.Equation) is { } equation ? Scope.Of(equation, implementation.Constraints) : null;
        if (scope?.Misfit(request.Attributes, request.Inputs) is { } misfit)
            throw new OutOfScopeException($"out of its scope: {misfit}");
        var lent = request.Inputs.ToDictionary(input => input.Key, input => Copy(input.Value)!);
        IReadOnlyDictionary<string, TensorData>? answer;
        try
        {
            clock?.Start();
            answer = implementation.Run(request with { Inputs = new ReadOnlyDictionary<string, TensorData>(lent) });
        }
        finally
        {
            clock?.Stop();
        }

        foreach (var (name, given) in request.Inputs)
            RequireUnchanged(name, given, lent[name]);
        if (answer is null)
            return null;
        var own = Own(answer, request, scope);
        if (implementation is INoting noting)
            NoteUnasked(noting, answer, request);
        return own;
    }

    /// <summary>What is said of a tensor that nobody asked for.</summary>
    /// <returns>Null where it holds numbers alone.</returns>
    public static string? DescribeUnasked(string equation, string name, TensorData tensor)
    {
        var strange = Array.FindIndex(tensor.Values, value => !double.IsFinite(value));
        return strange < 0 ? null
            : $"{equation}: the answer also holds \"{name}\", which nobody asked for and nothing is held against, with {tensor.Values[strange]} "
                + $"{(strange < tensor.Shape.Count ? $"at {tensor.Shape.IndexText(strange)}" : "in it")}";
    }

    /// <summary>What the implementation printed while it answered.</summary>
    public static string? WordsFor(this IImplementation implementation, EquationRequest request)
    {
        try
        {
            return implementation.WordsOn(request);
        }
        catch (Exception failure)
        {
            return $"(WordsOn: {FailureWords.Of(failure)})";
        }
    }

    private static void NoteUnasked(INoting noting, IReadOnlyDictionary<string, TensorData> answer, EquationRequest request)
    {
        var equation = EquationCatalogue.Find(request.Equation);
        var asked = equation?.Outputs.Select(output => output.Name).Concat(equation.Wiring?.Intermediates ?? []) ?? [];
        foreach (var (name, tensor) in answer)
        {
            if (tensor is { Values: not null, IsOmitted: false } && !asked.Contains(name) && DescribeUnasked(request.Equation, name, tensor) is { } sentence)
                noting.Note(request.Equation, sentence);
        }
    }

    /// <summary>Requires a tensor to be what was given.</summary>
    /// <exception cref="ChangedInputException">It is not.</exception>
    public static void RequireUnchanged(string name, TensorData given, TensorData returned)
    {
        if (returned.Shape != given.Shape)
            throw new ChangedInputException($"changed its input \"{name}\": found shape {returned.Shape}, expected {given.Shape} as it was given: inputs are there to be read");
        for (var i = 0; i < given.Values.Length; i++)
        {
            if (BitConverter.DoubleToInt64Bits(given.Values[i]) != BitConverter.DoubleToInt64Bits(returned.Values[i]))
            {
                throw new ChangedInputException(
                    $"changed its input \"{name}\" at {given.Shape.IndexText(i)}: found {returned.Values[i]:G9}, expected "
                    + $"{given.Values[i]:G9} as it was given: inputs are there to be read");
            }
        }
    }

    private static Dictionary<string, TensorData> Own(IReadOnlyDictionary<string, TensorData> answer, EquationRequest request, Scope? scope)
    {
        var own = new Dictionary<string, TensorData>();
        var isMissing = false;
        var equation = EquationCatalogue.Find(request.Equation);
        foreach (var output in equation is null ? [] : GradientSignature.Given(equation, request.Inputs))
        {
            if (scope?.Hidden.Contains(output.Name) == true)
                own[output.Name] = TensorData.Omitted;
            else if (answer.TryGetValue(output.Name, out var tensor) && Copy(tensor) is { } copy)
                own[output.Name] = copy;
            else
                isMissing = true;
        }

        foreach (var (name, _) in answer.Where(output => output.Value is { IsOmitted: true }))
        {
            if (equation?.Outputs.All(output => output.Name != name) != false)
            {
                throw new AdapterException(
                    $"omitted: found \"{name}\", expected outputs of {request.Equation}: {string.Join(", ", equation?.Outputs.Select(output => output.Name) ?? [])}");
            }
        }

        var isAllOmitted = own.Count > 0 && !isMissing && own.Values.All(output => output.IsOmitted);
        foreach (var name in equation?.Wiring?.Intermediates ?? [])
        {
            if (!own.ContainsKey(name) && answer.TryGetValue(name, out var shown) && shown is { IsOmitted: false, Values: not null } && Copy(shown) is { } copy)
                own[name] = copy;
        }

        if (isAllOmitted)
            throw new UnsupportedRequestException("every output is omitted");
        if (!isMissing)
            return own;
        foreach (var (name, tensor) in answer)
        {
            if (name is not null && tensor is { IsOmitted: false })
                own.TryAdd(name, tensor);
        }

        return own;
    }

    // An answer may be null where its type does not allow it.
    private static TensorData? Copy(TensorData? tensor) =>
        tensor?.Values is null || tensor.IsOmitted ? tensor : tensor with { Values = [.. tensor.Values] };
}

/// <summary>An implementation wrote to a tensor that it was given to read.</summary>
internal sealed class ChangedInputException(string message) : Exception(message);
