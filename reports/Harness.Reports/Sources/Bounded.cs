using Harness.Conformance.Results;
using Harness.Conformance.Writing;
using Harness.Perf.Results;

namespace Harness.Reports.Sources;

/// <summary>Results with every text cut to what a report shows of it: no program makes a report that nobody can open.</summary>
internal static class Bounded
{
    private const int Sentence = 2000;
    private const int Remark = 600;
    private const int MostOfEach = 20;

    public static VerifySource Of(VerifySource run)
    {
        var (results, settings) = (run.Results, run.Results.Settings);
        return new VerifySource(Excerpt.Name(run.Name), results with
        {
            Machines = [.. results.Machines.Take(MostOfEach).Select(machine => machine with
            {
                Runtime = Excerpt.Name(machine.Runtime), OperatingSystem = Excerpt.Name(machine.OperatingSystem), Architecture = Excerpt.Name(machine.Architecture),
            })],
            Settings = settings with
            {
                Catalogue = Excerpt.Name(settings.Catalogue),
                Fixtures = Excerpt.Name(settings.Fixtures),
                Profile = Excerpt.Name(settings.Profile),
                Equations = Excerpt.Name(settings.Equations),
                Cases = settings.Cases is null ? null : Excerpt.Name(settings.Cases),
            },
            Implementations = [.. results.Implementations.Select(Of)],
            Notes = Notes(results.Notes),
        });
    }

    public static PerfSource Of(PerfSource run)
    {
        var (results, machine) = (run.Results, run.Results.Machine);
        return new PerfSource(Excerpt.Name(run.Name), results with
        {
            Command = Excerpt.Of(results.Command, Remark),
            Machine = machine with
            {
                // Whatever version of the harness made it: all behind this compare texts.
                Fingerprint = Excerpt.Name(MachineFingerprint.Of(machine)),
                Name = Excerpt.Name(machine.Name),
                Processor = Excerpt.Name(machine.Processor),
                Gpu = Name(machine.Gpu),
                Driver = Name(machine.Driver),
                Runtime = Excerpt.Name(machine.Runtime),
                OperatingSystem = Excerpt.Name(machine.OperatingSystem),
                Architecture = Excerpt.Name(machine.Architecture),
            },
            Commit = results.Commit is { } commit ? commit with { Id = Excerpt.Name(commit.Id) } : null,
            Figures = [.. results.Figures.Select(figure => figure with { Key = Of(figure.Key), Unit = Excerpt.Name(figure.Unit), Exact = Name(figure.Exact) })],
            Verdicts = [.. results.Verdicts.Select(verdict => verdict with
            {
                Subject = Excerpt.Name(verdict.Subject), Implementation = Excerpt.Name(verdict.Implementation), Device = Excerpt.Name(verdict.Device),
                Dtype = Name(verdict.Dtype), Configuration = Name(verdict.Configuration), Metric = Excerpt.Name(verdict.Metric), Text = Excerpt.Of(verdict.Text, Sentence),
            })],
        });
    }

    private static FigureKey Of(FigureKey key) => key with
    {
        Subject = Excerpt.Name(key.Subject),
        Implementation = Excerpt.Name(key.Implementation),
        Device = Excerpt.Name(key.Device),
        Dtype = Name(key.Dtype),
        Configuration = Name(key.Configuration),
        Metric = Excerpt.Name(key.Metric),
    };

    private static ImplementationRecord Of(ImplementationRecord record) => record with
    {
        Name = Excerpt.Name(record.Name),
        Source = record.Source is null ? null : Excerpt.Of(record.Source, Remark),
        Version = Name(record.Version),
        Language = Name(record.Language),
        Device = Name(record.Device),
        Diagnoses = [.. record.Diagnoses.Select(diagnosis => diagnosis with
        {
            Equation = Excerpt.Name(diagnosis.Equation),
            Findings = [.. diagnosis.Findings.Take(MostOfEach).Select(finding => Excerpt.Of(finding, Sentence))],
        })],
        Checks = [.. record.Checks.Select(Of)],
        Notes = Notes(record.Notes),
    };

    private static CheckRecord Of(CheckRecord check) => check with
    {
        Id = Excerpt.Name(check.Id),
        Equation = Excerpt.Name(check.Equation),
        Reason = check.Reason is null ? null : Excerpt.Of(check.Reason, Sentence),
        Note = check.Note is null ? null : Excerpt.Of(check.Note, Remark),
        Words = check.Words is null ? null : Excerpt.EndOf(check.Words, Sentence),
        Asked = check.Asked is null ? null : Excerpt.Of(check.Asked, Remark),
        Flags = [.. check.Flags.Take(MostOfEach).Select(Excerpt.Name)],
        Outputs = [.. check.Outputs.Select(output => output with
        {
            Name = Excerpt.Name(output.Name),
            Fault = output.Fault is null ? null : Excerpt.Of(output.Fault, Remark),
            MaximumUlpIndex = Excerpt.Name(output.MaximumUlpIndex),
            Worst = [.. output.Worst.Take(MostOfEach).Select(element => element with { Index = Excerpt.Name(element.Index) })],
            Spread = output.Spread is { } spread ? spread with { Shape = Excerpt.Name(spread.Shape), Judged = Excerpt.Name(spread.Judged) } : null,
        })],
    };

    private static string[]? Notes(IReadOnlyList<string>? notes) => notes is null ? null : [.. notes.Take(MostOfEach).Select(note => Excerpt.Of(note, Remark))];

    private static string? Name(string? text) => text is null ? null : Excerpt.Name(text);
}
