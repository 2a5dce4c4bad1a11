using System.Reflection;
using System.Runtime.Loader;
using Harness.Conformance.Reading;
using Harness.Conformance.Writing;

namespace Harness.Conformance.Implementations;

/// <summary>Loads implementations from assemblies, each in a context of its own with its own dependencies.</summary>
public static class PluginLoader
{
    /// <summary>Makes the implementation that an assembly holds.</summary>
    /// <param name="source"><c>path/to/my.dll</c>, or <c>path/to/my.dll#Name.Of.Type</c> where there are several.</param>
    /// <exception cref="FormatException">There is no such assembly, or not exactly one such class; the message says what was found.</exception>
    public static IImplementation Load(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var parts = source.Split('#', 2);
        RequireFile(parts[0]);
        try
        {
            var path = Path.GetFullPath(parts[0]);
            var types = new Context(path).LoadFromAssemblyPath(path).GetExportedTypes()
                .Where(type => type is { IsClass: true, IsAbstract: false } && typeof(IImplementation).IsAssignableFrom(type)
                    && type.GetConstructor(Type.EmptyTypes) is not null)
                .ToArray();
            var chosen = parts.Length == 2 ? types.Where(type => type.FullName == parts[1]).ToArray() : types;
            return chosen.Length == 1
                ? new PluginImplementation(Create(chosen[0]), () => Create(new Context(path).LoadFromAssemblyPath(path).GetType(chosen[0].FullName!, throwOnError: true)!))
                : throw NotOne(source, parts, types);
        }
        catch (Exception failure) when (failure is TargetInvocationException or TypeInitializationException)
        {
            throw new FormatException($"{source}: its constructor threw: {FailureWords.Of(failure)}", failure);
        }
        catch (FormatException failure) when (failure.InnerException is not null)
        {
            throw new FormatException($"{source}: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is not FormatException)
        {
            throw new FormatException($"{source}: cannot be loaded: {FailureWords.Of(failure)}", failure);
        }
    }

    private static IImplementation Create(Type type) => (IImplementation)Activator.CreateInstance(type)!;

    // Whatever a file lacks that is loaded is a matter of its own.
    private static void RequireFile(string path)
    {
        try
        {
            ForeignFile.RequireRegular(path);
            File.OpenHandle(path).Dispose();
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            throw new FormatException($"{path}: {FileFault.Describe(failure, path, "a .NET assembly")}", failure);
        }
    }

    private static FormatException NotOne(string source, string[] parts, Type[] types)
    {
        var found = types.Length == 0 ? "no public class" : string.Join(", ", types.Select(type => type.FullName));
        var expected = types.Length <= 1 && parts.Length == 1
            ? $"one that implements {nameof(IImplementation)} and has a public constructor without parameters"
            : $"one of them, as in {parts[0]}#{types.FirstOrDefault()?.FullName ?? "Name.Of.Type"}";
        return new FormatException($"{source}: found {found}, expected {expected}");
    }

    private sealed class Context(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        // What the harness itself has must be the same type on both sides; everything else is the plug-in's own.
        protected override Assembly? Load(AssemblyName assemblyName) =>
            IsShared(assemblyName) ? null
            : _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found)
            : null;

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } found ? LoadUnmanagedDllFromPath(found) : 0;

        private static bool IsShared(AssemblyName name) =>
            name.Name is "Harness.Conformance" or "Harness.Architectures" or "Harness.Tensors";
    }
}
