using System.Diagnostics;
using Harness.Conformance.Writing;
using Harness.Perf.Results;

namespace Harness.Perf.Gate;

/// <summary>A command that measures and writes perf results where it is told to.</summary>
public sealed class MeasuringCommand
{
    /// <summary>Stands in the command for the path of the results.</summary>
    public const string Placeholder = "{out}";

    private const int WordsShown = 5;

    /// <summary>Shells and this harness end so where they were interrupted: what is there may be half of it. Codes below may be a verdict.</summary>
    private const int FirstSignal = 128;

    private readonly string _text;
    private readonly IReadOnlyList<string> _words;

    /// <param name="command">Split as by <see cref="CommandWords"/>: no shell looks at it.</param>
    /// <exception cref="FormatException">It is no command, or does not say where the results go.</exception>
    public MeasuringCommand(string command)
    {
        (_text, _words) = (command, CommandWords.Split(command));
        if (!_words.Any(word => word.Contains(Placeholder, StringComparison.Ordinal)))
            throw new FormatException($"found no {Placeholder} in '{command}', expected it where the path of the results goes, such as: harness perf scaling --json {Placeholder}");
    }

    /// <summary>Runs it once.</summary>
    /// <exception cref="FormatException">It cannot be started, writes no results, or was interrupted; the message has its last words.</exception>
    public PerfFile Run()
    {
        var path = Path.Combine(Path.GetTempPath(), $"harness-perf-{Guid.NewGuid():N}.json");
        try
        {
            var last = new Queue<string>();
            using var process = Start(path);
            void Keep(object _, DataReceivedEventArgs line)
            {
                if (string.IsNullOrWhiteSpace(line.Data))
                    return;
                lock (last)
                {
                    last.Enqueue(line.Data);
                    if (last.Count > WordsShown)
                        last.Dequeue();
                }
            }

            process.OutputDataReceived += Keep;
            process.ErrorDataReceived += Keep;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            process.WaitForExit();
            if (process.ExitCode >= FirstSignal || !File.Exists(path))
            {
                var found = process.ExitCode == 0 ? "no results" : $"exit code {process.ExitCode}";
                throw new FormatException($"'{_text}': found {found}, expected results at {Placeholder}; it said: {string.Join(" | ", last)}");
            }

            return PerfJson.Read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private Process Start(string path)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(_words[0], _words.Skip(1).Select(word => word.Replace(Placeholder, path, StringComparison.Ordinal)))
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new FormatException($"'{_text}': cannot be started: {failure.Message}", failure);
        }
    }
}
