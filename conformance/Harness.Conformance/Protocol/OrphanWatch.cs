using System.Diagnostics;

namespace Harness.Conformance.Protocol;

/// <summary>
/// A second process that outlives this one: when this one ends, however it ends, the watch kills the adapters that are still there and
/// removes their scratch folders. Being told over a pipe, it learns of the end from the system.
/// </summary>
public sealed class OrphanWatch : IDisposable
{
    private readonly Process _process;
    private readonly Lock _gate = new();

    private OrphanWatch(Process process) => _process = process;

    /// <summary>Starts a watch.</summary>
    /// <param name="command">The program, and arguments, that call <see cref="Watch"/> on their standard input.</param>
    public static OrphanWatch Start(IReadOnlyList<string> command)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return new OrphanWatch(Process.Start(info)!);
    }

    /// <summary>The watch's own work: waits for the end of the input, then cleans up what was adopted and not released.</summary>
    public static void Watch(TextReader input)
    {
        // An interrupt from the terminal reaches this process as well; it has to stay for what comes after.
        using var ignored = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGINT, context => context.Cancel = true);
        var scratchByMark = new Dictionary<string, string>();
        while (input.ReadLine() is { } line)
        {
            var parts = line.Split('\t');
            if (parts.Length == 2)
                scratchByMark[parts[0]] = parts[1];
            else
                scratchByMark.Remove(parts[0]);
        }

        foreach (var (mark, scratch) in scratchByMark)
        {
            ProcessTree.KillMarked(mark);
            if (Path.GetFileName(scratch).StartsWith(ScratchFolder.Prefix, StringComparison.Ordinal))
                ScratchFolder.Remove(scratch);
        }
    }

    /// <summary>Ends the watch; it cleans up what is still adopted.</summary>
    public void Dispose()
    {
        lock (_gate)
            _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    internal void Adopt(string mark, string scratch) => Tell($"{mark}\t{scratch}");

    internal void Release(string mark) => Tell(mark);

    private void Tell(string line)
    {
        try
        {
            lock (_gate)
            {
                _process.StandardInput.WriteLine(line);
                _process.StandardInput.Flush();
            }
        }
        catch (IOException)
        {
            // Someone has killed the watch; the run goes on without it.
        }
    }
}
