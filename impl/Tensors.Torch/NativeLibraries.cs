using System.Reflection;
using System.Runtime.InteropServices;

namespace Harness.Tensors.Torch;

/// <summary>Has native libraries loaded, and says why they are not.</summary>
/// <remarks>
/// Before TorchSharp does it, which hears nothing of what the loader says: it copies half a gigabyte of packages to beside the program,
/// tries those, and then tells of a package that is missing.
/// </remarks>
internal static class NativeLibraries
{
    private const string PyTorch = "PyTorch computes the same: --exec \"python3 impl/adapters/python-torch/adapter.py\"";

    /// <summary>The folders in which the runtime looks for the native libraries of this program.</summary>
    public static IReadOnlyList<string> Folders =>
        (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Loads some, in that order; all but the last may be missing.</summary>
    /// <param name="user">Whose they are.</param>
    /// <param name="folders">Where they are looked for first.</param>
    /// <param name="names">As in <c>DllImport</c>.</param>
    /// <exception cref="TorchUnavailableException">One of them cannot be loaded, or the last is nowhere.</exception>
    public static void Load(Assembly user, IReadOnlyList<string> folders, params string[] names)
    {
        foreach (var name in names)
        {
            var places = folders.Select(folder => Path.Combine(folder, FileName(name)));
            if (OperatingSystem.IsLinux() && places.FirstOrDefault(File.Exists) is { } path)
                LoadFile(path);
            else if (name == names[^1])
                LoadByName(name, user, folders);
        }
    }

    private static string FileName(string name) => $"lib{name}.so";

    // Of a path the loader says one thing, of a name something of every place where it looked.
    private static void LoadFile(string path)
    {
        try
        {
            RequireWhole(path, []);
            NativeLibrary.Load(path);
        }
        catch (InvalidDataException failure)
        {
            throw Unavailable($"{failure.Message}. Copy or build this program again.", failure);
        }
        catch (DllNotFoundException failure)
        {
            var said = Said(failure);
            throw Unavailable($"{said}. {Advice(said, path)}", failure);
        }
    }

    private static void LoadByName(string name, Assembly user, IReadOnlyList<string> folders)
    {
        try
        {
            NativeLibrary.Load(name, user, searchPath: null);
        }
        catch (DllNotFoundException failure)
        {
            throw Unavailable(OperatingSystem.IsLinux() ? Missing(name, folders) : $"{Said(failure)} Copy or build this program again.", failure);
        }
    }

    // With what the loader will find beside it; the rest is the system's.
    private static void RequireWhole(string path, HashSet<string> seen)
    {
        if (!File.Exists(path) || !seen.Add(path))
            return;
        try
        {
            foreach (var needed in ElfFile.Needs(path))
                RequireWhole(Path.Combine(Path.GetDirectoryName(path)!, needed), seen);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The loader cannot read it either, and says so.
        }
    }

    // .NET puts advice before it, on a line of its own.
    private static string Said(DllNotFoundException failure) => failure.Message[(failure.Message.IndexOf('\n') + 1)..].Trim();

    private static string Missing(string name, IReadOnlyList<string> folders) =>
        $"found no {FileName(name)} in {string.Join(" or ", folders.Select(folder => $"'{folder}'"))}. "
        + (RuntimeInformation.ProcessArchitecture == Architecture.X64
            ? "Copy or build this program again, with all its files."
            : $"TorchSharp has none for {RuntimeInformation.RuntimeIdentifier}; {PyTorch}.");

    private static string Advice(string said, string path)
    {
        var folder = Path.GetDirectoryName(path);
        if (said.Contains("version `"))
            return $"TorchSharp's libraries need the system libraries of Debian 13, Ubuntu 24.04, Fedora 39 or later; on an older system {PyTorch}.";
        if (said.Contains("failed to map"))
        {
            return $"Is '{folder}' mounted noexec? Then copy this program to a file system that is not; if it is not, "
                + "see whether 'ulimit -v' leaves it too little memory.";
        }

        return $"Copy or build this program again, with all of '{folder}'"
            + (said.Contains("cannot open") ? $"; 'ldd {path}' lists what the system must have." : ".");
    }

    private static TorchUnavailableException Unavailable(string message, Exception cause) => new($"libtorch cannot be loaded: {message}", cause);
}
