using Harness.Conformance.Implementations;
using Harness.Conformance.Results;
using Harness.Conformance.Writing;
using Harness.Reports.Sources;

namespace Harness.Reports.Conformance;

/// <summary>The command line that shows a check again.</summary>
internal static class Reproduction
{
    public static string Of(Column column, CheckRecord check)
    {
        var record = column.Record;
        var again = new ImplementationDetails(record.Kind, record.Source, record.Version, record.Language, record.Device).Options;
        var seed = check.Kind == "golden" ? "" : $" --seed {column.Run.Results.Settings.Seed}";
        return LogText.Line(check.Kind switch
        {
            "golden" or "fresh" => $"harness explain {check.Id} --dtype {check.Dtype}{seed}{again}",
            "pooled" when check.Equation == ConformanceReport.AllEquations => $"harness verify --dtype {check.Dtype}{seed}{again}",
            "property" or "pooled" => $"harness verify --equation {check.Equation} --dtype {check.Dtype}{seed}{again}",
            "protocol" => $"harness verify{seed}{again}",
            _ => throw Fault.Of($"{check.Id} {check.Dtype}: kind", Fault.Quoted(check.Kind), "golden, fresh, property, protocol or pooled"),
        });
    }
}
