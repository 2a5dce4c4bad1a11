using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Writing;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Protocol;

/// <summary>Whether an adapter keeps to the protocol where ordinary cases would not show it; the table is in <c>conformance/PROTOCOL.md</c>.</summary>
internal sealed class ProtocolExamination
{
    private const int LongLine = 100_000;
    private const long LargestId = (1L << 53) - 1;
    private const int Samples = 3;

    // A port that answers none of so many is asked the others as cases, but not here. Who takes certain sizes alone refuses the smallest.
    private const int Candidates = 64;
    private const int Smallest = Candidates / 2;
    private const int FreshCandidates = 4;

    private readonly ProcessImplementation _adapter;
    private readonly FixtureSet _fixtures;
    private readonly (string Name, string Note, Func<string?> Run)[] _checks;
    private readonly Lazy<Dictionary<string, Outcome>> _outcomes;
    private AdapterProcess? _process;
    private Candidate? _answerable;
    private string? _notAsked;
    private bool _answeredTwice;

    public ProtocolExamination(ProcessImplementation adapter, FixtureSet fixtures)
    {
        _adapter = adapter;
        _fixtures = fixtures;
        _checks =
        [
            ("start", "A port's adapter should say at once what it is and what it offers.", () => null),
            ("run", "One golden case is answered with \"ok\".", FindAnswerable),
            ("unknown-command", "A later version of the protocol may ask for something new.", () =>
                Expect(AnswerStatus.Unsupported, new JsonObject { ["cmd"] = "x-unknown" })),
            ("unknown-fields", "A later version of the protocol may say more.", () =>
                Expect(AnswerStatus.Ok, With(Run(), "x-future", new JsonObject { ["list"] = new JsonArray(1, "two", null), ["flag"] = true }))),
            ("unknown-equation", "What an adapter does not know is unsupported, and no error.", () =>
                Expect(AnswerStatus.Unsupported, With(Run(), "equation", "x.unknown"))),
            ("unknown-dtype", "What an adapter does not know is unsupported, and no error.", () =>
                Expect(AnswerStatus.Unsupported, With(Run(), "dtype", "f8"))),
            ("missing-input", "One case that goes wrong must not end the program.", () =>
                Expect(AnswerStatus.Error, With(Run(), "input", Path.Combine(Process().Scratch.Path, "missing.safetensors")))
                    ?? Expect(AnswerStatus.Ok, Run())),
            ("long-line", "A fixed line buffer truncates the commands of large models.", () =>
                Expect(AnswerStatus.Ok, With(Run(), "x-future", new string('x', LongLine)))),
            ("large-id", "Ids are integers, and lose digits as floats of 32 bits.", () => Expect(AnswerStatus.Ok, Run(), LargestId)),
            ("measure", "What is measured is asked for by count.", Measure),
            ("one-answer", "A second answer would be taken for the next one.", OneAnswer),
            ("stop", "Programs left behind fill machines that run every night.", () => Process().Stop()),
        ];
        _outcomes = new Lazy<Dictionary<string, Outcome>>(Examine);
    }

    /// <summary>The checks, all of them on one process, which starts with the first.</summary>
    public IEnumerable<PlannedCheck> Plan(FloatFormat format) =>
        _checks.Select(check => new PlannedCheck(IdOf(check.Name), format, () => Result(check.Name, check.Note, format)));

    private static string IdOf(string name) => $"protocol.{name}";

    private CheckResult Result(string name, string note, FloatFormat format)
    {
        var outcome = _outcomes.Value[name];
        return new CheckResult(
            IdOf(name), CheckKind.Protocol, IdOf(name), format, outcome.Verdict, outcome.Reason, note, [], outcome.Milliseconds, outcome.Words);
    }

    private Dictionary<string, Outcome> Examine()
    {
        try
        {
            return _checks.ToDictionary(check => check.Name, check => Examine(check.Run));
        }
        finally
        {
            if (_process is not null)
                _adapter.Discard(_process);
        }
    }

    // What one check breaks, the next one does not meet: it gets a process of its own.
    private Outcome Examine(Func<string?> run)
    {
        var clock = Stopwatch.StartNew();
        if (_process?.Scratch.TryClear() == false)
            Drop();
        var isReused = _process is not null;
        try
        {
            Process();
            var fault = run() is { } found ? BoundedText.Of(found) : null;
            var words = _process?.TakeWords();
            return new Outcome(
                fault is null ? Verdict.Passed : Verdict.Failed, fault, fault is null ? null : words, clock.Elapsed.TotalMilliseconds);
        }
        catch (UnsupportedRequestException failure)
        {
            return new Outcome(Verdict.Unsupported, failure.Message, null, clock.Elapsed.TotalMilliseconds);
        }
        catch (UnreceivedException failure) when (isReused)
        {
            // What it did after the last answer is nothing that this check asks about.
            _adapter.NoteFresh(failure);
            Drop();
            return Examine(run);
        }
        catch (AdapterException failure)
        {
            Drop();
            return new Outcome(
                failure is AdapterTimeoutException ? Verdict.TimedOut : Verdict.Errored, failure.Message, failure.Words, clock.Elapsed.TotalMilliseconds);
        }
    }

    private void Drop()
    {
        if (_process is null)
            return;
        _answeredTwice |= _process.AnsweredTwice;
        _adapter.Discard(_process);
        _process = null;
    }

    private AdapterProcess Process() => _process ??= _adapter.StartProcess(out _);

    // Before the next command is answered, a second answer to an earlier one would have come.
    private string? OneAnswer()
    {
        Process().Ask(new JsonObject { ["cmd"] = "x-unknown" }, _adapter.Options.RunTimeout);
        return _answeredTwice || Process().AnsweredTwice ? "found two answers to one command, expected one" : null;
    }

    private string? Measure()
    {
        var command = Run();
        command["cmd"] = "measure";
        command["carry"] = new JsonObject();
        command["stream"] = 1;
        command["samples"] = Samples;
        var answer = Process().Ask(command, _adapter.Options.RunTimeout);
        if (AnswerMember.Is(answer, AnswerStatus.Unsupported))
            return null;
        if (!AnswerMember.Is(answer, AnswerStatus.Ok))
            return AnswerMember.Unexpected(answer, "ok or unsupported");
        if (!answer.TryGetProperty("seconds", out var seconds) || seconds.ValueKind != JsonValueKind.Array || seconds.GetArrayLength() != Samples)
            return $"measure: found {answer}, expected \"seconds\" with {Samples} times";
        return seconds.EnumerateArray().Any(time => !AnswerMember.IsNumber(time, double.Epsilon))
            ? $"measure: found seconds {seconds}, expected positive and finite numbers"
            : !answer.TryGetProperty("peak_bytes", out var peak) ? "measure: found no \"peak_bytes\", expected a number of bytes"
            : !AnswerMember.IsNumber(peak, least: 0) ? AnswerMember.Wrong("measure", "peak_bytes", peak, "a number of bytes").Message
            : null;
    }

    private string? Expect(string status, JsonObject command, long? id = null)
    {
        var answer = Process().Ask(command, _adapter.Options.RunTimeout, id);
        return AnswerMember.Is(answer, status) ? null : AnswerMember.Unexpected(answer, status);
    }

    private static JsonObject With(JsonObject command, string name, JsonNode value)
    {
        command[name] = value;
        return command;
    }

    // Many ports do equations in part. The other checks need a case that this one does, and small ones are asked first.
    private string? FindAnswerable()
    {
        string? fault = null;
        var (asked, refused) = (0, 0);
        foreach (var candidate in CandidatesOf(_adapter.Description!))
        {
            asked++;
            JsonElement answer;
            try
            {
                answer = Process().Ask(Run(candidate), _adapter.Options.RunTimeout);
            }
            catch (FixtureException)
            {
                // The damage is the golden check's to report; another case will do.
                fault ??= $"found no golden case that is sound enough to ask for: {candidate.Id} is damaged";
                continue;
            }

            if (AnswerMember.Is(answer, AnswerStatus.Ok))
            {
                _answerable = candidate;
                return null;
            }

            refused += AnswerMember.Is(answer, AnswerStatus.Unsupported) ? 1 : 0;
            fault = AnswerMember.Unexpected(answer, AnswerStatus.Ok);
        }

        _notAsked = asked == 0 ? "no golden case is offered" : asked == refused ? "no case that was tried is answered" : null;
        if (asked > 0 && asked == refused)
            throw new UnsupportedRequestException($"none of {asked} cases is answered, {fault}: who takes certain sizes alone says so in \"constraints\"");
        return fault ?? $"offers no equation of catalogue {EquationCatalogue.Version} in a dtype that a golden case is judged in: there is nothing to ask for ('harness list' has the ids)";
    }

    // Of what is refused the next is of another size; where constraints leave no golden case, or few, inputs are drawn.
    private IEnumerable<Candidate> CandidatesOf(AdapterDescription offered)
    {
        var golden = _fixtures.Cases
            .Where(golden => offered.Equations.Contains(golden.Equation.Id) && Scope.Of(golden.Equation, offered.Constraints)?.Misfit(golden.Attributes, golden.Inputs) is null)
            .OrderBy(golden => golden.Inputs.Values.Sum(shape => shape.Count))
            .Select(golden => (Golden: golden, Format: golden.Judged.FirstOrDefault(offered.Formats.Contains)))
            .Where(candidate => candidate.Format is not null)
            .Select(candidate => new Candidate(candidate.Golden.Id, candidate.Format!, () => new EquationRequest(
                candidate.Golden.Equation.Id, candidate.Format!, candidate.Golden.Attributes, FixtureSet.LoadTensors(candidate.Golden).Inputs)
            {
                Case = candidate.Golden.Id,
            }))
            .ToArray();
        var step = Math.Max(1, (golden.Length - Smallest) / (Candidates - Smallest));
        return golden.Where((_, i) => i < Smallest || (i - Smallest) % step == 0).Take(Candidates).Concat(Drawn(offered));
    }

    private static IEnumerable<Candidate> Drawn(AdapterDescription offered) =>
        from id in offered.Equations.Order(StringComparer.Ordinal)
        let equation = EquationCatalogue.Find(id)
        where equation is not null
        let scope = Scope.Of(equation, offered.Constraints)
        where scope is not null
        let format = FloatFormat.All.FirstOrDefault(offered.Formats.Contains)
        where format is not null
        from number in Enumerable.Range(1, FreshCandidates)
        select new Candidate($"{id}/fresh-{number}", format, () =>
        {
            var (attributes, inputs) = InputSampler.Draw(equation, format, new Random(number), Sizes.Any, scope);
            return new EquationRequest(id, format, attributes, inputs) { Case = $"{id}/fresh-{number}" };
        });

    private JsonObject Run() => _answerable is { } candidate
        ? Run(candidate)
        : _notAsked is { } reason ? throw new UnsupportedRequestException($"not asked: {reason}")
        : throw new AdapterException("not asked: no golden case was answered with \"ok\"");

    private JsonObject Run(Candidate candidate)
    {
        var (scratch, request) = (Process().Scratch, candidate.Request.Value);
        TensorFiles.WriteInputs(scratch.Input, request);
        var equation = EquationCatalogue.Find(request.Equation)!;
        var hidden = Scope.Of(equation, _adapter.Constraints)?.Hidden ?? [];
        var shapes = InputValidator.Validate(equation, request.Attributes, request.Inputs).Where(output => !hidden.Contains(output.Key)).ToDictionary();
        return AdapterCommands.Run(request.Neutral(), scratch.Input, scratch.Output, shapes);
    }

    // What is asked for again and again is loaded, or drawn, once.
    private sealed record Candidate(string Id, FloatFormat Format, Func<EquationRequest> Load)
    {
        public Lazy<EquationRequest> Request { get; } = new(Load);
    }

    private sealed record Outcome(Verdict Verdict, string? Reason, string? Words, double Milliseconds);
}
