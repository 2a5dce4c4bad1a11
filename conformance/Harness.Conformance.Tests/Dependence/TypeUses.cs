using System.Reflection;
using System.Reflection.Emit;

namespace Harness.Conformance.Tests.Dependence;

/// <summary>The types that a type mentions, in what it declares and in the bodies of its methods, as far as reflection shows it.</summary>
/// <remarks>What the compiler makes within a type (closures, iterators, nested types) is part of it. Constants are not seen: they are copied.</remarks>
internal static class TypeUses
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    // Operation codes of two bytes begin with this one.
    private const byte Prefix = 0xFE;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Pairs of a type and one that it mentions, both outermost and written by hand.</summary>
    public static IEnumerable<(Type User, Type Used)> Of(IEnumerable<Type> types) =>
        types.SelectMany(type => Mentioned(type).SelectMany(Parts).Select(used => (Outermost(type), Outermost(used)))).Distinct();

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    // List<Foo[]> mentions List and Foo.
    private static IEnumerable<Type> Parts(Type type) =>
        type.IsGenericParameter || type.IsFunctionPointer ? []
        : type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type.GetGenericTypeDefinition())
        : [type];

    private static IEnumerable<Type> Mentioned(Type type)
    {
        var inherited = (type.BaseType?.GetInterfaces() ?? []).Concat(type.GetInterfaces().SelectMany(one => one.GetInterfaces()));
        return type.GetInterfaces().Except(inherited)
            .Append(type.BaseType).OfType<Type>()
            .Concat(Constraints(type.GetGenericArguments()))
            .Concat(Annotations(type.CustomAttributes))
            .Concat(type.GetMembers(Declared).SelectMany(Mentioned));
    }

    private static IEnumerable<Type> Mentioned(MemberInfo member) => Annotations(member.CustomAttributes).Concat(member switch
    {
        FieldInfo field => [field.FieldType],
        PropertyInfo property => [property.PropertyType],
        EventInfo { EventHandlerType: { } handler } => [handler],
        MethodInfo method => Constraints(method.IsGenericMethodDefinition ? method.GetGenericArguments() : [])
            .Append(method.ReturnType).Concat(Signature(method)).Concat(Body(method)),
        ConstructorInfo constructor => Signature(constructor).Concat(Body(constructor)),
        _ => [],
    });

    private static IEnumerable<Type> Constraints(Type[] parameters) =>
        parameters.Where(parameter => parameter.IsGenericParameter).SelectMany(parameter => parameter.GetGenericParameterConstraints());

    private static IEnumerable<Type> Annotations(IEnumerable<CustomAttributeData> annotations) => annotations.SelectMany(annotation =>
        annotation.ConstructorArguments.Concat(annotation.NamedArguments.Select(named => named.TypedValue))
            .Select(argument => argument.Value).OfType<Type>().Append(annotation.AttributeType));

    private static IEnumerable<Type> Signature(MethodBase method) =>
        method.GetParameters().SelectMany(parameter => Annotations(parameter.CustomAttributes).Append(parameter.ParameterType));

    private static IEnumerable<Type> Body(MethodBase method) => method.GetMethodBody() is { } body
        ? body.LocalVariables.Select(local => local.LocalType)
            .Concat(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType!))
            .Concat(Tokens(body.GetILAsByteArray()!).SelectMany(token => Resolved(method, token)))
        : [];

    private static IEnumerable<Type> Resolved(MethodBase method, int token)
    {
        var member = method.Module.ResolveMember(
            token,
            method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null,
            method.IsGenericMethod ? method.GetGenericArguments() : null);
        return member switch
        {
            Type type => [type],
            MethodInfo { IsGenericMethod: true } generic => generic.GetGenericArguments().Append(generic.DeclaringType!),
            { DeclaringType: { } type } => [type],
            _ => [],
        };
    }

    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (var position = 0; position < code.Length;)
        {
            var first = code[position++];
            var operation = Codes[first == Prefix ? (short)(first << 8 | code[position++]) : first];
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                yield return BitConverter.ToInt32(code, position);
            position += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, position),
                _ => 4,
            };
        }
    }
}
