using System.Diagnostics;

namespace Harness.Conformance.Protocol;

/// <summary>A process as .NET starts it: in the session of this one.</summary>
internal sealed class PlainProcess : ChildProcess
{
    private readonly Process _process;

    public PlainProcess(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        info.Environment.Clear();
        foreach (var (name, value) in environment)
            info.Environment[name] = value;
        _process = Process.Start(info)!;
    }

    /// <inheritdoc/>
    public override int Id => _process.Id;

    /// <inheritdoc/>
    public override Stream Input => _process.StandardInput.BaseStream;

    /// <inheritdoc/>
    public override Stream Output => _process.StandardOutput.BaseStream;

    /// <inheritdoc/>
    public override Stream Error => _process.StandardError.BaseStream;

    /// <inheritdoc/>
    public override bool HasExited => _process.HasExited;

    /// <inheritdoc/>
    public override int ExitCode => _process.ExitCode;

    /// <inheritdoc/>
    public override void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception failure) when (failure is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It has already ended, wholly or in part.
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _process.Dispose();
}
