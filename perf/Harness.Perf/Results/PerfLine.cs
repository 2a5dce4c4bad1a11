using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Harness.Perf.Results;

/// <summary>Perf results as one line of JSON: how they are stored, exported and recognised.</summary>
internal static class PerfLine
{
    /// <summary>The same results give the same line, however their file was laid out.</summary>
    public static string Write(PerfFile file) => JsonSerializer.Serialize(file, PerfSpelling.Line<PerfFile>());

    /// <summary>A key as one line; equal keys give equal lines.</summary>
    public static string Write(FigureKey key) => JsonSerializer.Serialize(key, PerfSpelling.Line<FigureKey>());

    /// <summary>A key from its line.</summary>
    public static FigureKey ReadKey(string line) => JsonSerializer.Deserialize(line, PerfSpelling.Line<FigureKey>())!;

    /// <summary>A machine as one line.</summary>
    public static string Write(MachineRecord machine) => JsonSerializer.Serialize(machine, PerfSpelling.Line<MachineRecord>());

    /// <summary>A machine from its line.</summary>
    public static MachineRecord ReadMachine(string line) => JsonSerializer.Deserialize(line, PerfSpelling.Line<MachineRecord>())!;

    /// <summary>A commit as one line.</summary>
    public static string Write(CommitRecord commit) => JsonSerializer.Serialize(commit, PerfSpelling.Line<CommitRecord>());

    /// <summary>A commit from its line.</summary>
    public static CommitRecord ReadCommit(string line) => JsonSerializer.Deserialize(line, PerfSpelling.Line<CommitRecord>())!;

    /// <summary>What tells runs apart: SHA-256 of the line.</summary>
    public static string Hash(string line) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)));
}
