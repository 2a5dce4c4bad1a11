using System.Text;
using Harness.Conformance.Writing;

namespace Harness.Cli.Terminals;

/// <summary>Where a result is written that an option names: a file, a device, a pipe, or the output.</summary>
internal sealed class OutputFile
{
    private const string StandardOutput = "-";

    private readonly string _option;

    private OutputFile(string option, string path) => (_option, Path) = (option, path);

    /// <summary>As it was typed.</summary>
    public string Path { get; }

    /// <summary>Whether it is the output, which then takes nothing else.</summary>
    public bool IsOutput => Path is StandardOutput or "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1";

    /// <summary>Whether a result has been written to it.</summary>
    public bool IsWritten { get; private set; }

    /// <summary>What to call it where something else is shown; null where that is all there is to see.</summary>
    public string? Name => IsOutput ? null : Path;

    /// <summary>Whether there may be other files beside it.</summary>
    public bool IsRegular => !IsOutput && WholeFile.IsReplaceable(Path);

    /// <summary>What an option names; finds out now rather than after the run that it cannot be written.</summary>
    /// <param name="option">The option, for messages.</param>
    /// <param name="path">What was typed; null where nothing was.</param>
    /// <returns>Null where nothing was typed.</returns>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static OutputFile? Of(string option, string? path)
    {
        if (path is null)
            return null;
        var file = new OutputFile(option, path);
        if (file.IsOutput)
            return file;
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
            throw new UsageException($"{option}: found '{path}', expected the path of a file, or - for the output.");
        if (Directory.Exists(path) || System.IO.Path.EndsInDirectorySeparator(path))
            throw new UsageException($"{option}: found a folder at '{path}', expected a file.");
        if (!Directory.Exists(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))))
            throw new UsageException($"{option}: found no folder for '{path}', expected an existing one.");
        try
        {
            WholeFile.Probe(path);
        }
        catch (IOException failure)
        {
            throw new UsageException(file.Refusal(failure));
        }

        return file;
    }

    /// <summary>Writes what was found, then shows it, also where it cannot be written: what a run has found must not be lost.</summary>
    /// <param name="terminal">The terminal of the command.</param>
    /// <param name="show">Shows it.</param>
    /// <param name="code">The exit code, if all that is to be written can be.</param>
    /// <param name="results">The files, and what writes each; null where none was named.</param>
    /// <returns>The exit code.</returns>
    public static int Conclude(Terminal terminal, Action<Terminal> show, int code, params (OutputFile? File, Action<Stream> Write)[] results)
    {
        var refusals = new List<string>();
        try
        {
            refusals.AddRange(results.Select(result => result.File?.Write(terminal, result.Write)).OfType<string>());
        }
        finally
        {
            show(results.Any(result => result.File is { IsOutput: true }) ? terminal.Aside : terminal);
        }

        foreach (var refusal in refusals)
            terminal.Error.WriteLine($"harness: {refusal}");
        return refusals.Count == 0 ? code : ExitCode.Usage;
    }

    /// <summary>Writes a result.</summary>
    /// <param name="terminal">Takes it, where this is the output.</param>
    /// <param name="write">Writes it.</param>
    /// <returns>Why it cannot be written; null where it is.</returns>
    public string? Write(Terminal terminal, Action<Stream> write)
    {
        try
        {
            if (IsOutput)
            {
                using var text = new MemoryStream();
                write(text);
                terminal.Raw(Encoding.UTF8.GetString(text.ToArray()));
            }
            else
            {
                WholeFile.Write(Path, write);
            }

            IsWritten = true;
            return null;
        }
        catch (IOException failure)
        {
            return Refusal(failure);
        }
    }

    /// <summary>What to say where it cannot be written.</summary>
    public string Refusal(Exception failure) => $"{_option}: '{Path}' cannot be written: {FileFault.Describe(failure, Path)}.";
}
