using Harness.Conformance.Implementations;
using Harness.Conformance.Running;

namespace Harness.Conformance.Results;

/// <summary>Puts the parts of a run together: shards of one implementation, and different implementations.</summary>
public static class ResultsMerge
{
    // What was not computed is not there, and no refusal.
    private const string Outputs = "outputs";

    /// <summary>Merges results files.</summary>
    /// <param name="parts">The files with their paths, for messages.</param>
    /// <exception cref="FormatException">They belong to different runs, a shard is there twice, or one is missing.</exception>
    public static ResultsFile Merge(IReadOnlyList<(string Path, ResultsFile Results)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var first = parts[0];
        foreach (var (path, results) in parts.Skip(1))
        {
            if (first.Results.Settings.DifferenceFrom(results.Settings) is { } difference)
                throw new FormatException($"{path} belongs to another run than {first.Path}: {difference}");
            if (results.Harness != first.Results.Harness)
                throw new FormatException($"{path} belongs to another run than {first.Path}: harness: found {results.Harness}, expected {first.Results.Harness}");
        }

        var implementations = parts
            .SelectMany(part => part.Results.Implementations.Select(implementation => new Part(part.Path, Shard.Parse(part.Results.Settings.Shard), implementation)))
            .GroupBy(part => part.Record.Name)
            .Select(group => Merge([.. group], isWhole: first.Results.Settings.Cases is null))
            .ToArray();
        return first.Results with
        {
            Created = parts.Max(part => part.Results.Created),
            Machines = [.. parts.SelectMany(part => part.Results.Machines).Distinct()],
            Settings = first.Results.Settings with { Shard = Shard.Whole.ToString() },
            Seconds = parts.Sum(part => part.Results.Seconds),
            Summary = SummaryRecord.Sum(implementations.Select(implementation => implementation.Summary)),
            Damage = [.. parts.SelectMany(part => part.Results.Damage).Distinct()],
            Implementations = implementations,
            Notes = [.. parts.SelectMany(part => part.Results.Notes ?? []).Distinct()],
        };
    }

    private static ImplementationRecord Merge(Part[] parts, bool isWhole)
    {
        var name = parts[0].Record.Name;
        var count = parts[0].Shard.Count;
        foreach (var part in parts)
        {
            if (part.Shard.Count != count)
                throw new FormatException($"{part.Path}: found shard {part.Shard} of {name}, expected one of {count} as in {parts[0].Path}");
            if (parts.FirstOrDefault(other => other != part && other.Shard == part.Shard) is { } twin)
                throw new FormatException($"{twin.Path}: found shard {part.Shard} of {name} again, it is in {part.Path} already");
            if (part.Record.Checks.Count < part.Record.Planned)
            {
                throw new FormatException(
                    $"{part.Path}: found {part.Record.Checks.Count} of {part.Record.Planned} checks of {name}, expected all: the run was cut short");
            }

            if (ImplementationIdentity.Anywhere(parts[0].Record).DifferenceFrom(ImplementationIdentity.Anywhere(part.Record)) is { } difference)
                throw new FormatException($"{part.Path}: {name} is another program than in {parts[0].Path}: {difference}");
        }

        var missing = Enumerable.Range(1, count).Except(parts.Select(part => part.Shard.Index)).ToArray();
        if (missing.Length > 0)
        {
            throw new FormatException(
                $"{name}: found no shard {string.Join(", ", missing.Select(index => $"{index}/{count}"))}, expected all {count} of them");
        }

        RequireDisjoint(parts);

        // Checks were dealt out one by one; dealt back they are in their order again.
        var ordered = parts.OrderBy(part => part.Shard.Index).ToArray();
        var longest = ordered.Max(part => part.Record.Checks.Count);
        var checks = Enumerable.Range(0, longest)
            .SelectMany(round => ordered.Where(part => round < part.Record.Checks.Count).Select(part => part.Record.Checks[round]))
            .ToArray();
        RequireComplete(name, checks);
        var summary = SummaryRecord.Sum(parts.Select(part => part.Record.Summary));
        foreach (var (number, check) in Unexamined.Judge(PublishedOnly.Judge([.. checks.Select(ResultsJson.ToCheck)]), parts[0].Record.Kind == Outputs ? Constraints.None : parts[0].Record.Stated).Index())
        {
            var judged = ResultsJson.FromCheck(check);
            if (judged.Verdict == checks[number].Verdict)
                continue;
            checks[number] = judged;
            summary = summary with { Unsupported = summary.Unsupported - 1, Failed = summary.Failed + 1 };
        }

        // No shard has all cases of an equation: what these say together is known here.
        CheckRecord[] pooled = count > 1 && isWhole ? [.. WholeTensors.Judge([.. checks.Select(ResultsJson.ToCheck)]).Select(ResultsJson.FromCheck)] : [];
        return parts[0].Record with
        {
            Planned = parts.Sum(part => part.Record.Planned) + pooled.Length,
            Seconds = parts.Sum(part => part.Record.Seconds),
            Summary = SummaryRecord.Sum([summary, ResultsRules.Count(pooled)]),
            Notes = parts.SelectMany(part => part.Record.Notes ?? []).Distinct().ToArray() is { Length: > 0 } notes ? notes : null,
            Scopes = parts[0].Record.Constraints is null ? null
                : [.. ExaminedScope.Of(parts[0].Record.Stated, [.. checks.Concat(pooled).Select(ResultsJson.ToCheck)]).Select(scope => new ScopeRecord(scope.Equation, scope.Constraints, scope.Checks, scope.OutOfScope, scope.Values))],
            Diagnoses = [.. parts.SelectMany(part => part.Record.Diagnoses).DistinctBy(diagnosis => (diagnosis.Equation, diagnosis.Dtype))],
            Checks = [.. checks, .. pooled],
        };
    }

    private static void RequireDisjoint(Part[] parts)
    {
        var owners = new Dictionary<(string Id, string Dtype), Part>();
        foreach (var part in parts)
        {
            foreach (var check in part.Record.Checks)
            {
                if (!owners.TryAdd((check.Id, check.Dtype), part))
                {
                    throw new FormatException(
                        $"{part.Path}: found {check.Id} {check.Dtype} of {part.Record.Name} again, it is in {owners[(check.Id, check.Dtype)].Path} already");
                }
            }
        }
    }

    // Which numbers a shard may have is known when it is read; that none is missing is known here.
    private static void RequireComplete(string name, CheckRecord[] checks)
    {
        foreach (var (number, check) in checks.Index())
        {
            if (check.Number is { } found && found != number)
                throw new FormatException($"{name}: found {check.Id} {check.Dtype} as number {found} of the run, expected number {number}: a shard lacks a check, or holds another's");
        }
    }

    private sealed record Part(string Path, Shard Shard, ImplementationRecord Record);
}
