namespace Harness.Conformance.Protocol;

/// <summary>What an adapter sees of the environment: enough to find interpreters, libraries and devices, and no secrets of the user's.</summary>
internal static class AdapterEnvironment
{
    /// <summary>
    /// Marks every process that an adapter starts, however it detaches itself: what is left behind is found by it.
    /// </summary>
    public const string Marker = "HARNESS_ADAPTER";

    private static readonly string[] Names =
    [
        "PATH", "HOME", "USER", "LANG", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "JAVA_HOME",
        "SystemRoot", "USERPROFILE", "PATHEXT", "COMSPEC",
    ];

    private static readonly string[] Prefixes =
        ["LC_", "PYTHON", "CONDA_", "DOTNET_", "CUDA_", "NVIDIA_", "OMP_", "MKL_", "OPENBLAS_", "XLA_", "JAX_"];

    /// <summary>Replaces an environment by the part of it that an adapter may see.</summary>
    public static void Reduce(IDictionary<string, string?> environment, IEnumerable<string> alsoPassed, string scratch, string mark)
    {
        var passed = Names.Concat(alsoPassed).ToHashSet(StringComparer.Ordinal);
        foreach (var name in environment.Keys.ToArray())
        {
            if (!passed.Contains(name) && !Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                environment.Remove(name);
        }

        environment["TMPDIR"] = scratch;
        environment[Marker] = mark;
    }
}
