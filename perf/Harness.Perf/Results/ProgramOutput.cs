using System.ComponentModel;
using System.Diagnostics;

namespace Harness.Perf.Results;

/// <summary>What small programs of the system say.</summary>
internal static class ProgramOutput
{
    /// <summary>What a program prints, without blanks around it; null where there is no such program, or it fails.</summary>
    public static string? Of(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
