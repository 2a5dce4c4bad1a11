namespace Harness.Perf.Results;

/// <summary>
/// What every <c>harness perf</c> command writes with <c>--json</c>; <c>perf/schema/perf.schema.json</c> describes it. History, gate and
/// report read nothing else.
/// </summary>
/// <param name="Format">The version of this schema; a reader refuses another.</param>
/// <param name="Harness">The version of the harness.</param>
/// <param name="Created">When the run ended, UTC.</param>
/// <param name="Machine">Where it ran.</param>
/// <param name="Commit">Of the code measured; null outside a repository.</param>
/// <param name="Command">The command line, without the program.</param>
/// <param name="Seconds">How long the run took.</param>
/// <param name="Figures">Everything measured or counted.</param>
/// <param name="Verdicts">What was concluded.</param>
public sealed record PerfFile(
    int Format,
    string Harness,
    DateTimeOffset Created,
    MachineRecord Machine,
    CommitRecord? Commit,
    string Command,
    double Seconds,
    IReadOnlyList<FigureRecord> Figures,
    IReadOnlyList<VerdictRecord> Verdicts);

/// <summary>Where a run took place: times are compared only between equal ones.</summary>
/// <param name="Fingerprint">A short hash of what changes times; to be compared by <see cref="MachineFingerprint.Of"/>.</param>
/// <param name="Name">The host's name, for people.</param>
/// <param name="Processor">Its model.</param>
/// <param name="Processors">Logical processors available to the process.</param>
/// <param name="MemoryBytes">Physical memory, rounded to gibibytes.</param>
/// <param name="Gpu">The GPU's model; null without one.</param>
/// <param name="Driver">The GPU driver's version; null without one.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Architecture">Of the process.</param>
/// <param name="Flags">Settings of the environment that change times; null without any.</param>
public sealed record MachineRecord(
    string Fingerprint,
    string Name,
    string Processor,
    int Processors,
    long MemoryBytes,
    string? Gpu,
    string? Driver,
    string Runtime,
    string OperatingSystem,
    string Architecture,
    string? Flags = null);

/// <summary>The code that was measured.</summary>
/// <param name="Id">The commit's hash.</param>
/// <param name="Time">When it was committed.</param>
/// <param name="IsDirty">Whether files were changed since.</param>
public sealed record CommitRecord(string Id, DateTimeOffset Time, bool IsDirty);

/// <summary>What is measured: a figure with the same key belongs to the same series, night after night.</summary>
/// <param name="Suite"><c>scaling</c>, <c>fidelity</c>, <c>complexity</c>, <c>micro</c> or <c>roofline</c>.</param>
/// <param name="Subject">The system, or the benchmark's name.</param>
/// <param name="Implementation"><c>managed</c>, <c>torch</c>, or an adapter's name.</param>
/// <param name="Device"><c>cpu</c>, or what the implementation says.</param>
/// <param name="Dtype">The format computed in; null where none matters.</param>
/// <param name="Configuration">The sizes' name; null where the subject says all.</param>
/// <param name="Axis">What <see cref="At"/> counts, <c>context</c> (tokens) or <c>updates</c>; null without one.</param>
/// <param name="At">Where on that axis.</param>
/// <param name="Metric">What the value is, in snake case: <c>segment_time</c>, <c>state_bytes</c>, <c>operations</c>, …</param>
public sealed record FigureKey(
    string Suite,
    string Subject,
    string Implementation,
    string Device,
    string? Dtype,
    string? Configuration,
    string? Axis,
    long? At,
    string Metric)
{
    /// <summary>All of it in one line for people; what is usual (the managed engine, on a CPU) goes without saying.</summary>
    public string Describe()
    {
        string?[] parts =
        [
            Suite, Subject, Implementation == "managed" ? null : Implementation, Device == "cpu" ? null : Device, Dtype, Configuration,
            At is { } at ? $"{Axis} {at}" : null, Metric,
        ];
        return string.Join(" · ", parts.OfType<string>());
    }
}

/// <summary>One figure.</summary>
/// <param name="Key">What it is of.</param>
/// <param name="Unit"><c>s</c>, <c>B</c>, <c>FLOP</c>, <c>FLOP/s</c>, <c>B/s</c>, <c>tokens/s</c>, <c>FLOP/B</c>, or <c>1</c> for a share.</param>
/// <param name="Better"><c>lower</c>, <c>higher</c>, or null where neither is.</param>
/// <param name="Value">The median of the samples, or the one value.</param>
/// <param name="Low">Lower end of the value's 95 % confidence interval; null for what is exact.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Samples">What was measured, in order; null for what is exact.</param>
/// <param name="Exact">
/// A whole number in decimal digits, for what is the same in every run (operations, bytes of state); compared as it is. Null for what
/// is measured.
/// </param>
public sealed record FigureRecord(
    FigureKey Key,
    string Unit,
    string? Better,
    double Value,
    double? Low = null,
    double? High = null,
    IReadOnlyList<double>? Samples = null,
    string? Exact = null);

/// <summary>A conclusion from figures.</summary>
/// <param name="Suite">As in <see cref="FigureKey"/>.</param>
/// <param name="Subject">As there.</param>
/// <param name="Implementation">As there.</param>
/// <param name="Device">As there.</param>
/// <param name="Dtype">As there.</param>
/// <param name="Configuration">As there.</param>
/// <param name="Metric">The metric concluded on.</param>
/// <param name="Conclusion">In snake case, of the suite's own list: <c>context_independent</c>, <c>grows</c>, <c>undecided</c>, …</param>
/// <param name="Text">One sentence for people.</param>
/// <param name="Exponent">The fitted exponent, where one was fitted.</param>
/// <param name="ExponentLow">Lower end of its 95 % interval.</param>
/// <param name="ExponentHigh">Its upper end.</param>
public sealed record VerdictRecord(
    string Suite,
    string Subject,
    string Implementation,
    string Device,
    string? Dtype,
    string? Configuration,
    string Metric,
    string Conclusion,
    string Text,
    double? Exponent = null,
    double? ExponentLow = null,
    double? ExponentHigh = null)
{
    /// <summary>Every word that a conclusion may be: those of scaling and complexity, then those of a gate.</summary>
    public static IReadOnlyList<string> Conclusions { get; } =
        ["context_independent", "linear", "grows", "undecided", "regression", "missing", "suspicious", "insufficient_data", "improvement", "no_change"];
}
