namespace Harness.Conformance.Protocol;

/// <summary>The folder that one adapter process may write to; it goes with the process.</summary>
internal sealed class ScratchFolder : IDisposable
{
    /// <summary>How its name starts.</summary>
    public const string Prefix = "harness-adapter-";

    private int _disposed;

    /// <summary>The absolute path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory(Prefix).FullName;

    /// <summary>Where inputs go.</summary>
    public string Input => System.IO.Path.Combine(Path, "in.safetensors");

    /// <summary>Where outputs are expected.</summary>
    public string Output => System.IO.Path.Combine(Path, "out.safetensors");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Remove(Path);
    }

    /// <summary>Removes the outputs of a request, which must not pass for those of the next.</summary>
    /// <returns>False if the folder is no longer fit for another request: something else is there, or it is gone itself.</returns>
    public bool TryClear()
    {
        try
        {
            File.Delete(Output);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Removes a scratch folder and what an adapter left in it, as far as that is possible.</summary>
    public static void Remove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A process that is just dying may still create files; the system's temporary folder is cleaned by the system.
        }
    }

    /// <summary>Why a path that an adapter named may not be read; null if it may.</summary>
    public string? Fault(string named)
    {
        var full = System.IO.Path.GetFullPath(named, Path);
        if (!full.StartsWith(Path + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return $"output: found '{named}', expected a path inside {Path}";
        for (var part = full; part != Path; part = System.IO.Path.GetDirectoryName(part)!)
        {
            if (new FileInfo(part).LinkTarget is { } target)
                return $"output: '{part}' is a link to '{target}', expected a file";
        }

        return null;
    }
}
