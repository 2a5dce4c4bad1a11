using System.Globalization;

namespace Harness.Perf.Results;

/// <summary>What a processor is called, from what Linux tells of it.</summary>
internal static class ProcessorName
{
    // Arm has the processor say numbers, and gives their meaning in manuals; these are the ones that servers and boards have.
    private static readonly Dictionary<(int Implementer, int Part), string> Arm = new()
    {
        [(0x41, 0xd03)] = "Cortex-A53",
        [(0x41, 0xd04)] = "Cortex-A35",
        [(0x41, 0xd05)] = "Cortex-A55",
        [(0x41, 0xd07)] = "Cortex-A57",
        [(0x41, 0xd08)] = "Cortex-A72",
        [(0x41, 0xd09)] = "Cortex-A73",
        [(0x41, 0xd0a)] = "Cortex-A75",
        [(0x41, 0xd0b)] = "Cortex-A76",
        [(0x41, 0xd0c)] = "Neoverse-N1",
        [(0x41, 0xd0d)] = "Cortex-A77",
        [(0x41, 0xd40)] = "Neoverse-V1",
        [(0x41, 0xd41)] = "Cortex-A78",
        [(0x41, 0xd42)] = "Cortex-A78AE",
        [(0x41, 0xd44)] = "Cortex-X1",
        [(0x41, 0xd49)] = "Neoverse-N2",
        [(0x41, 0xd4a)] = "Neoverse-E1",
        [(0x41, 0xd4f)] = "Neoverse-V2",
        [(0x41, 0xd84)] = "Neoverse-V3",
        [(0x41, 0xd8e)] = "Neoverse-N3",
        [(0x46, 0x001)] = "A64FX",
        [(0x48, 0xd01)] = "TaiShan-v110",
        [(0x4e, 0x004)] = "Carmel",
        [(0xc0, 0xac3)] = "Ampere-1",
        [(0xc0, 0xac4)] = "Ampere-1a",
    };

    // x86, then MIPS, POWER and RISC-V.
    private static readonly string[] Models = ["model name", "cpu model", "cpu", "uarch"];

    /// <summary>The model; of Arm's each kind of core, and the board where the system knows it.</summary>
    /// <param name="cpus">/proc/cpuinfo.</param>
    /// <param name="board">/proc/device-tree/model; null where there is none.</param>
    /// <returns>Null where nothing is told.</returns>
    public static string? Of(string cpus, string? board)
    {
        var lines = cpus.Split('\n').Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2)
            .Select(parts => (Name: parts[0].Trim(), Value: parts[1].Trim())).ToArray();
        if (Models.Select(model => lines.FirstOrDefault(line => line.Name == model && line.Value.Length > 0).Value).FirstOrDefault(value => value is not null) is { } found)
            return found;
        var cores = new List<(string? Implementer, string? Part, string? Variant)>();
        foreach (var (name, value) in lines)
        {
            if (name == "CPU implementer")
                cores.Add((value, null, null));
            else if (cores.Count > 0)
                cores[^1] = name switch { "CPU part" => cores[^1] with { Part = value }, "CPU variant" => cores[^1] with { Variant = value }, _ => cores[^1] };
        }

        var kinds = cores.GroupBy(core => core).Select(kind => (cores.Count == kind.Count() ? "" : $"{kind.Count()} × ") + Describe(kind.Key)).ToArray();
        var where = board?.Trim('\0', ' ', '\n') is { Length: > 0 } model ? $"{model}{(kinds.Length > 0 ? ": " : "")}" : "";
        return where.Length + kinds.Length > 0 ? where + string.Join(" + ", kinds) : null;
    }

    private static string Describe((string? Implementer, string? Part, string? Variant) core)
    {
        var numbers = $"implementer {core.Implementer}, part {core.Part}, variant {core.Variant}";
        return Arm.TryGetValue((Number(core.Implementer), Number(core.Part)), out var name) ? $"{name} ({numbers})" : numbers;
    }

    private static int Number(string? text) =>
        text?.StartsWith("0x", StringComparison.Ordinal) == true && int.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? number
            : -1;
}
