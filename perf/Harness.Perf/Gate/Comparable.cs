using System.Numerics;
using Harness.Perf.Results;

namespace Harness.Perf.Gate;

/// <summary>What may be compared with what, and what compares without statistics.</summary>
internal static class Comparable
{
    /// <summary>In what two machines differ, each as "name 'old', now 'new'"; the hosts' names do not count.</summary>
    public static string Differences(MachineRecord old, MachineRecord now)
    {
        (string Name, object? Old, object? Now)[] fields =
        [
            ("processor", old.Processor, now.Processor), ("processors", old.Processors, now.Processors),
            ("memory", old.MemoryBytes, now.MemoryBytes), ("GPU", old.Gpu, now.Gpu), ("driver", old.Driver, now.Driver),
            ("runtime", old.Runtime, now.Runtime), ("operating system", old.OperatingSystem, now.OperatingSystem),
            ("architecture", old.Architecture, now.Architecture), ("flags", old.Flags, now.Flags),
        ];
        return string.Join(", ", fields.Where(field => !Equals(field.Old, field.Now))
            .Select(field => $"{field.Name} '{field.Old ?? "none"}', now '{field.Now ?? "none"}'"));
    }

    /// <summary>What changed on a machine that is still comparable, such as its kernel; null where nothing did.</summary>
    public static string? Changes(MachineRecord old, MachineRecord now) => Differences(old, now) is { Length: > 0 } changes ? changes : null;

    /// <summary>A deterministic figure against what it was.</summary>
    /// <param name="now">Tonight's.</param>
    /// <param name="before">What it was, in decimal digits.</param>
    /// <param name="since">When the change came, for people; empty where it is tonight's.</param>
    public static GateFinding Exactly(FigureRecord now, string before, string since)
    {
        var isWhole = BigInteger.TryParse(before, out var old) & BigInteger.TryParse(now.Exact, out var current);
        double? change = isWhole && !old.IsZero ? (double)current / (double)old - 1 : null;
        if (isWhole ? old == current : before == now.Exact)
            return new(now.Key, now.Unit, GateVerdict.NoChange, now.Value, now.Value, 0, "exactly as before");
        var verdict = isWhole && Badness.Of(now.Better) is { } sign
            ? (sign * (current - old)).Sign > 0 ? GateVerdict.Regression : GateVerdict.Improvement
            : GateVerdict.Suspicious;
        var undirected = verdict == GateVerdict.Suspicious ? "; neither direction is better" : "";
        return new(
            now.Key, now.Unit, verdict, isWhole ? (double)old : null, now.Value, change, $"exactly {before} before, {now.Exact} now{since}{undirected}");
    }
}
