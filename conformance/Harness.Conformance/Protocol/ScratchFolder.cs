namespace Harness.Conformance.Protocol;

/// <summary>The folder that one adapter process may write to; it goes with the process.</summary>
internal sealed class ScratchFolder : IDisposable
{
    /// <summary>How the name of the folder around it starts.</summary>
    public const string Prefix = "harness-adapter-";

    private int _disposed;

    /// <exception cref="IOException">There is no room for another folder, or no folder for temporary files.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder for temporary files may not be written to.</exception>
    public ScratchFolder()
    {
        Outer = Directory.CreateTempSubdirectory(Prefix).FullName;
        Path = System.IO.Path.Combine(Outer, "scratch");
        Directory.CreateDirectory(Path);
    }

    /// <summary>What is removed in the end: an adapter may move its own folder aside, and put something else in its place.</summary>
    public string Outer { get; }

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>Where inputs go.</summary>
    public string Input => System.IO.Path.Combine(Path, "in.safetensors");

    /// <summary>Where outputs are expected.</summary>
    public string Output => System.IO.Path.Combine(Path, "out.safetensors");

    /// <summary>What tells the inputs that are there from others; null if none are.</summary>
    public (DateTime Written, long Bytes)? FindInputs()
    {
        try
        {
            var file = new FileInfo(Input);
            return file.Exists ? (file.LastWriteTimeUtc, file.Length) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Remove(Outer);
    }

    /// <summary>Removes the outputs of a request, which must not pass for those of the next.</summary>
    /// <returns>False if the folder is no longer fit for another request: something else is there, or it is gone itself.</returns>
    public bool TryClear()
    {
        try
        {
            File.Delete(Output);
            return new DirectoryInfo(Path) is { Exists: true, LinkTarget: null } && new DirectoryInfo(Outer).LinkTarget is null;
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
            if (FolderRemoval.IsPossible)
                FolderRemoval.Remove(path);
            else
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
        try
        {
            var full = System.IO.Path.GetFullPath(named, Path);
            if (!full.StartsWith(Path + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
                return $"output: found '{named}', expected a path inside {Path}";
            for (var part = full; ; part = System.IO.Path.GetDirectoryName(part)!)
            {
                if (new FileInfo(part).LinkTarget is { } target)
                    return $"output: '{part}' is a link to '{target}', expected {(part == Path || part == Outer ? "the scratch folder" : "a file")}";
                if (part == Outer)
                    return null;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"output: found '{named}', expected a path: {failure.Message}";
        }
    }
}
