using System.Reflection;
using Harness.Architectures;

namespace Harness.Conformance.Catalogue;

/// <summary>
/// The parameters of an equation's method, or of the constructor of a record among them: a record's own stand in its place, and it is
/// built again for a call.
/// </summary>
internal sealed class Parameters
{
    private readonly MethodBase _method;

    // For each of the method's own parameters: those of a record; null where it is no record.
    private readonly Parameters?[] _records;

    public Parameters(MethodBase method)
    {
        var own = method.GetParameters();
        _method = method;
        _records = Array.ConvertAll(own, parameter =>
            parameter.ParameterType.IsDefined(typeof(ParametersAttribute)) ? new Parameters(parameter.ParameterType.GetConstructors().Single()) : null);
        All = [.. own.Zip(_records).SelectMany(pair => pair.Second?.All ?? [pair.First])];
    }

    /// <summary>All of them, in their order, no record among them.</summary>
    public ParameterInfo[] All { get; }

    /// <summary>Calls the method with a value for each of <see cref="All"/>.</summary>
    public object? Invoke(ReadOnlySpan<object?> values)
    {
        var arguments = new object?[_records.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            var taken = _records[i]?.All.Length ?? 1;
            arguments[i] = _records[i] is { } record ? record.Invoke(values[..taken]) : values[0];
            values = values[taken..];
        }

        return _method is ConstructorInfo constructor
            ? constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null)
            : _method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);
    }
}
