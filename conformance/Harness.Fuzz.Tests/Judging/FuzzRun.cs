using Harness.Fuzz.Tests.Readers;

namespace Harness.Fuzz.Tests.Judging;

/// <summary>Hands a reader one damaged input after another.</summary>
internal static class FuzzRun
{
    /// <summary>Only a hang takes so long: an input takes milliseconds.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs through inputs; those of a number and a seed are the same whenever and wherever they are made.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="seed">Of all inputs.</param>
    /// <param name="numbers">Which of them.</param>
    /// <param name="found">Called with everything that must not be; it may throw to end the run.</param>
    /// <returns>How often each exit code came out.</returns>
    public static SortedDictionary<int, int> Run(Reader reader, int seed, IEnumerable<int> numbers, Action<int, FindingException> found)
    {
        var codes = new SortedDictionary<int, int>();
        var (current, since) = (0, Environment.TickCount64);
        Exception? end = null;
        var worker = new Thread(() =>
        {
            try
            {
                foreach (var number in numbers)
                {
                    Volatile.Write(ref current, number);
                    Volatile.Write(ref since, Environment.TickCount64);
                    Try(reader, seed, number, codes, found);
                }
            }
            catch (Exception failure)
            {
                end = failure;
            }
        })
        {
            IsBackground = true,
        };
        worker.Start();
        while (!worker.Join(Glance))
        {
            if (Environment.TickCount64 - Volatile.Read(ref since) > Longest.TotalMilliseconds)
                throw new InvalidOperationException(Describe(reader, seed, Volatile.Read(ref current), $"found no end within {Longest.TotalSeconds} s"));
        }

        return end is null ? codes : throw new InvalidOperationException(end.Message, end);
    }

    private static void Try(Reader reader, int seed, int number, SortedDictionary<int, int> codes, Action<int, FindingException> found)
    {
        try
        {
            var code = reader.Try(new Random(Mix(seed, number)));
            codes[code] = codes.GetValueOrDefault(code) + 1;
        }
        catch (FindingException finding)
        {
            found(number, finding);
        }
    }

    /// <summary>What was found, and how to find it again.</summary>
    public static string Describe(Reader reader, int seed, int number, string what) =>
        $"input {number} of seed {seed} for {reader.Name}: {what}\nagain: dotnet run --project conformance/Harness.Fuzz.Tests -- {reader.Name} --seed {seed} --number {number}";

    // Neighbouring seeds of Random begin alike.
    private static int Mix(int seed, int number)
    {
        var mixed = unchecked((uint)seed * 0x9E3779B9u + (uint)number * 0x85EBCA6Bu);
        mixed = (mixed ^ (mixed >> 16)) * 0x7FEB352Du;
        mixed = (mixed ^ (mixed >> 15)) * 0x846CA68Bu;
        return (int)(mixed ^ (mixed >> 16));
    }
}
