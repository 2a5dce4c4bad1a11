using System.Text;
using System.Text.Json;
using Harness.Cli.Rendering;
using Harness.Cli.Terminals;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Protocol;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;
using Harness.Perf.Configurations;
using Harness.Perf.Results;
using Harness.Perf.Scaling;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>What a program answers to <c>start</c>, <c>run</c>, <c>measure</c> and <c>stop</c>, as <c>verify --exec</c> and <c>perf scaling --exec</c> read it.</summary>
/// <remarks>
/// The program is <c>cat</c>, which has its answers ready. When they are used up it repeats what it is told, which is no answer: nobody waits for
/// one. It is started without the watch that the commands give it, a process more for each.
/// </remarks>
internal sealed class AnswerReader : Reader
{
    private const string Case = "lm2.readout.skip/one-entry";

    private static readonly byte[] ToVerify = Encoding.UTF8.GetBytes(
        """
        {"id":0,"status":"ok","protocol":1,"name":"fuzz","version":"1","language":"sh","device":"cpu","dtypes":["f64"],"equations":["lm2.readout.skip"]}
        {"id":1,"status":"ok"}
        {"id":2,"status":"ok"}

        """);

    private static readonly byte[] ToRefuse = Encoding.UTF8.GetBytes(
        """
        {"id":0,"status":"ok","protocol":1,"name":"fuzz","dtypes":["f64","f32"],"equations":["lm2.readout.skip","lm2.decoder.block"]}
        {"id":1,"status":"error","reason":"out of luck","output":"out.safetensors"}
        {"id":2,"status":"ok"}

        """);

    private static readonly byte[] ToMeasure = Encoding.UTF8.GetBytes(
        """
        {"id":0,"status":"ok","protocol":1,"name":"fuzz","version":"1","language":"sh","device":"cpu","dtypes":["f32"],"equations":["base.txl.relative"]}
        {"id":1,"status":"ok","seconds":[0.001,0.0011,0.0012,0.0011,0.001],"peak_bytes":4096}
        {"id":2,"status":"ok"}

        """);

    private readonly FixtureSet _fixtures;
    private readonly ScalingOptions _scaling;

    public AnswerReader(string name)
        : base(name)
    {
        FixtureFolder.Write(this["fixtures"]);
        _fixtures = FixtureSet.Load(this["fixtures"]);
        var golden = _fixtures.Cases.Single(each => each.Id == Case);
        var outputs = FixtureSet.LoadTensors(golden).Golden;
        Conformance.Safetensors.SafetensorsFile.Write(this["out.safetensors"], outputs.Select(output =>
            Conformance.Safetensors.StoredTensor.FromDoubles(output.Key, "F64", output.Value.Shape.ToArrayExtents(), output.Value.Values)));
        var sizes = PublishedConfigurations.Tiny;
        _scaling = new ScalingOptions(sizes, [sizes.Segment], [.. MemorySystem.All.Where(system => system.Id == "txl")], Rounds: 1, Budget: null, Seed: 1);
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        byte[][] samples = [ToVerify, ToRefuse, ToMeasure];
        var sample = samples[random.Next(samples.Length)];
        Write(this["input"], Mutation.OfLines(random, sample, samples[random.Next(samples.Length)]));
        string[] repeating = ["cat", this["input"], "-"];
        return sample == ToMeasure ? Measure(repeating) : Verify(sample == ToVerify && Input.Contains((byte)'\n') ? Computing : repeating);
    }

    // Where it may write is in the first command; what it writes before the second is not taken for an answer to it.
    private string[] Computing =>
    [
        "sh", "-c",
        $$"""
        read -r start
        head -n 1 '{{this["input"]}}'
        read -r run
        scratch="${start#*'"scratch":"'}"
        cp '{{this["out.safetensors"]}}' "${scratch%%'"'*}"
        tail -n +2 '{{this["input"]}}'
        exec cat
        """,
    ];

    private int Verify(string[] command)
    {
        var answer = Run("verify --exec cat", terminal =>
        {
            using var program = ProcessImplementation.Start(new AdapterOptions { Command = command });
            var options = new VerifyOptions { CaseGlob = Case, Formats = [FloatFormat.Float64], Jobs = 1 };
            var found = new Verifier(program, _fixtures, options).Run();
            var report = new VerifyReport(options, [found with { Name = program.Name, Details = program.Details }], [], 1);
            ResultsJson.Write(ResultsJson.FromReport(report, RunSettings.Of(options, _fixtures), DateTimeOffset.UnixEpoch), this["results.json"]);
            ResultsJson.ToReport(ResultsJson.Read(this["results.json"]));
            VerifyReportWriter.Write(terminal, report, null);
            return ExitCode.Of(report);
        });
        if (answer.Output.Contains("\n1 passed, ", StringComparison.Ordinal))
            answer.Require(SaysOk(Input), "found a check passed that no answer says is");
        return answer.Code;
    }

    private int Measure(string[] command) => Run("perf scaling --exec cat", terminal =>
    {
        using var program = ProcessImplementation.Start(new AdapterOptions { Command = command });
        var measured = AdapterScaling.Measure(_scaling, program, FloatFormat.Float32, _ => { }, default);
        var verdicts = ScalingJudge.Decide(measured);
        var figures = new ScalingFigures(program.Name, "cpu", "f32", _scaling.Configuration);
        var file = PerfRuns.Night(0) with { Figures = [.. measured.SelectMany(series => figures.Of(series, null))], Verdicts = [.. verdicts.SelectMany(figures.Of)] };
        PerfJson.Write(file, this["perf.json"]);
        PerfJson.Read(this["perf.json"]);
        ScalingWriter.Write(terminal, _scaling, figures, verdicts, null, TimeSpan.FromSeconds(1));
        return file.Figures.All(figure => double.IsFinite(figure.Value) && (figure.Unit != "s" || figure.Value > 0))
            ? ExitCode.Undecided
            : throw new Judging.FindingException("found times measured that cannot be", Encoding.UTF8.GetString(Input));
    }).Code;

    private static bool SaysOk(byte[] input) => Encoding.UTF8.GetString(input).Split('\n').Any(line =>
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("id").GetDouble() == 1 && document.RootElement.GetProperty("status").GetString() == "ok";
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return false;
        }
    });
}
