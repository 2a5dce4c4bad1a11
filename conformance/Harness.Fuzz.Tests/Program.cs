using System.Diagnostics;
using System.Globalization;
using Harness.Fuzz.Tests.Judging;
using Harness.Fuzz.Tests.Readers;

namespace Harness.Fuzz.Tests;

/// <summary>The long run, and the repetition of a single input; README.md beside it.</summary>
internal static class Program
{
    private const string Usage = "fuzz [READER…] [--count N] [--seed N] [--number N]: N damaged inputs of each reader, or a single one with all that is said of it";

    private static int Main(string[] args)
    {
        var readers = new List<string>();
        var (count, seed, number) = (10_000, 1, (int?)null);
        for (var i = 0; i < args.Length; i++)
        {
            if (Reader.All.ContainsKey(args[i]))
                readers.Add(args[i]);
            else if (args[i] is not ("--count" or "--seed" or "--number") || i + 1 == args.Length || !int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var value))
                return Refuse(args[i]);
            else
                (count, seed, number) = args[i++] switch { "--count" => (value, seed, number), "--seed" => (count, value, number), _ => (count, seed, value) };
        }

        return number is { } one
            ? Repeat(readers.Single(), seed, one)
            : RunAll(readers.Count > 0 ? readers : [.. Reader.All.Keys], count, seed);
    }

    private static int Refuse(string found)
    {
        Console.Error.WriteLine($"fuzz: found '{found}', expected {string.Join(", ", Reader.All.Keys)}, --count, --seed or --number\n{Usage}");
        return 2;
    }

    private static int RunAll(List<string> readers, int count, int seed)
    {
        var findings = 0;
        Console.WriteLine($"{"reader",-15}{"inputs",10}{"found",8}{"seconds",10}  exit codes");
        Parallel.ForEach(readers, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, name =>
        {
            // What is found once is found again and again.
            var kinds = new Dictionary<string, int>();
            var clock = Stopwatch.StartNew();
            using var reader = Reader.All[name](name);
            var codes = FuzzRun.Run(reader, seed, Enumerable.Range(0, count), (number, finding) =>
            {
                if (!kinds.TryGetValue(finding.Kind, out var times))
                    Console.WriteLine(FuzzRun.Describe(reader, seed, number, finding.Message));
                kinds[finding.Kind] = times + 1;
            });
            var counts = string.Join(", ", codes.Select(code => $"{code.Value} × {code.Key}"));
            Console.WriteLine($"{name,-15}{count,10}{kinds.Values.Sum(),8}{clock.Elapsed.TotalSeconds,10:F0}  {counts}");
            foreach (var (kind, times) in kinds)
                Console.WriteLine($"{name,-15}{times,10} × {kind}");
            Interlocked.Add(ref findings, kinds.Values.Sum());
        });
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"{findings} found in {readers.Count * (long)count} inputs of seed {seed}; at most {process.PeakWorkingSet64 >> 20} MiB of memory");
        return findings == 0 ? 0 : 1;
    }

    private static int Repeat(string name, int seed, int number)
    {
        using var reader = Reader.All[name](name);
        reader.Said = answer => Console.WriteLine($"$ harness {answer.Command}\n{answer.Output}{answer.Error}exit code {answer.Code}\n");
        var isGood = true;
        FuzzRun.Run(reader, seed, [number], (_, finding) =>
        {
            isGood = false;
            Console.WriteLine(FuzzRun.Describe(reader, seed, number, finding.Message));
        });
        var path = Path.Combine(Path.GetTempPath(), $"fuzz-{name}-{seed}-{number}");
        File.WriteAllBytes(path, reader.Input);
        Console.WriteLine($"the input: {path}");
        return isGood ? 0 : 1;
    }
}
