using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Writing;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Protocol;

/// <summary>
/// An implementation in a program of its own. Every thread that asks gets a process to itself; a process that cannot be trusted any
/// more is replaced, so that whatever a program does costs it the case at hand and no other.
/// </summary>
public sealed class ProcessImplementation : IImplementation, IExamined, IRestartable, IDisposable
{
    // A program that hangs in an equation would make a run of hundreds of cases wait for each of them.
    private const int TimeoutsPerEquation = 3;

    // A program that starts no more will not start for the next case either.
    private const int FailedStarts = 3;

    private const string ChangedFolder = "changed its scratch folder after an answer";

    private readonly AdapterOptions _options;
    private readonly AdapterDescription? _description;
    private readonly ConcurrentBag<AdapterProcess> _idle = [];
    private readonly FreshProcess _fresh;
    private readonly ConcurrentDictionary<AdapterProcess, bool> _running = new();
    private readonly ConcurrentDictionary<(string Equation, string Format), int> _timeouts = new();
    private readonly ConcurrentDictionary<(string Case, string Format), string> _words = new();
    private readonly ConcurrentDictionary<string, bool> _notes = new();
    private readonly ConcurrentDictionary<string, string> _unasked = new();
    private readonly TimeSpan _starting;
    private AdapterException? _cannotStart;
    private int _failedStarts;
    private volatile bool _isAborted;

    private ProcessImplementation(AdapterOptions options)
    {
        _options = options;
        _fresh = new FreshProcess(this);
        var clock = Stopwatch.StartNew();
        try
        {
            var process = StartProcess(out _description);
            _idle.Add(process);
        }
        catch (AdapterException failure)
        {
            _cannotStart = failure;
        }

        _starting = clock.Elapsed;
    }

    /// <inheritdoc/>
    public string Name => _options.Name ?? _description?.Name ?? Path.GetFileName(_options.Command.FirstOrDefault(IsScript) ?? _options.Command[0]);

    /// <inheritdoc/>
    public ImplementationDetails Details => new(
        "exec", string.Join(' ', _options.Command), _description?.Version, _description?.Language, _description?.Device)
    {
        Notes = [.. _description?.Notes() ?? [], .. _notes.Keys.Concat(_unasked.Values).Order(StringComparer.Ordinal)],
    };

    /// <summary>Why the program cannot be asked anything at all; null if it can.</summary>
    public string? CannotStart => _cannotStart?.Message;

    /// <inheritdoc/>
    public bool KeepsBits => false;

    /// <inheritdoc/>
    public PrecisionContract Precision => _description?.Precision ?? PrecisionContract.Standard;

    /// <inheritdoc/>
    public Constraints Constraints => _description?.Constraints ?? Constraints.None;

    /// <inheritdoc/>
    public TimeSpan Starting => _starting;

    /// <summary>How it is run.</summary>
    internal AdapterOptions Options => _options;

    /// <summary>What it says of itself; null if it could not be started.</summary>
    internal AdapterDescription? Description => _description;

    /// <summary>Starts the program once, to learn what it offers. A program that does not start answers every request with the reason.</summary>
    public static ProcessImplementation Start(AdapterOptions options) => new(options);

    /// <inheritdoc/>
    IImplementation? IRestartable.Fresh => _fresh;

    /// <inheritdoc/>
    bool IRestartable.IsProgram => true;

    /// <inheritdoc/>
    bool IRestartable.Offers(FloatFormat format) => _description?.Formats.Contains(format) != false;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => Run(request, _idle);

    private Dictionary<string, TensorData>? Run(EquationRequest request, ConcurrentBag<AdapterProcess> idle)
    {
        if (_isAborted)
            throw new AdapterException("the run was interrupted");
        if (_description is null)
            throw _cannotStart!;
        if (!_description.Equations.Contains(request.Equation))
            return null;
        if (!_description.Formats.Contains(request.Format))
            throw new UnsupportedRequestException($"dtype {request.Format}");
        var key = (request.Equation, request.Format.Name);
        if (_timeouts.GetValueOrDefault(key) >= TimeoutsPerEquation)
            throw new AdapterTimeoutException($"not asked: {TimeoutsPerEquation} cases of {request.Equation} in {request.Format} timed out before");
        try
        {
            return RunOnce(request, idle);
        }
        catch (AdapterTimeoutException)
        {
            _timeouts.AddOrUpdate(key, 1, (_, count) => count + 1);
            throw;
        }
    }

    /// <inheritdoc/>
    public string? WordsOn(EquationRequest request) => _words.GetValueOrDefault((request.Case, request.Format.Name));

    /// <summary>Kills everything; what is being asked ends with an error.</summary>
    public void Abort()
    {
        _isAborted = true;
        foreach (var process in _running.Keys)
            process.Kill();
    }

    /// <inheritdoc/>
    /// <remarks>Stops the processes that are not asked anything at the moment. Whoever asks again starts another.</remarks>
    public void Rest()
    {
        var processes = new List<AdapterProcess>();
        while (_idle.TryTake(out var process) || _fresh.Idle.TryTake(out process))
            processes.Add(process);
        Stop(processes);
    }

    /// <inheritdoc/>
    IEnumerable<PlannedCheck> IExamined.Examination(FixtureSet fixtures, FloatFormat format) => new ProtocolExamination(this, fixtures).Plan(format);

    /// <summary>Stops every process.</summary>
    public void Dispose() => Stop([.. _running.Keys]);

    // What follows the script are its arguments, what comes before is what runs it.
    private static bool IsScript(string word) => !word.StartsWith('-') && Path.GetExtension(word) is ".py" or ".jl" or ".js" or ".mjs" or ".sh" or ".rb" or ".lua" or ".R" or ".dll" or ".jar";

    // Those that do not stop are waited for at the same time.
    private void Stop(List<AdapterProcess> processes) => Parallel.ForEach(
        processes,
        new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, processes.Count) },
        process =>
        {
            if (!_running.TryRemove(process, out _))
                return;
            if (!_isAborted && process.Stop() is { } fault)
                _notes[$"stopping it: {fault}"] = true;
            process.Dispose();
        });

    // What a process did after its last answer costs no case: what it has not received is asked of a fresh one.
    private Dictionary<string, TensorData> RunOnce(EquationRequest request, ConcurrentBag<AdapterProcess> processes)
    {
        var equation = EquationCatalogue.Find(request.Equation)!;
        var hidden = Scope.Of(equation, Constraints)?.Hidden ?? [];
        var shapes = InputValidator.Validate(equation, request.Attributes, request.Inputs).Where(output => !hidden.Contains(output.Key)).ToDictionary();
        if (processes.TryTake(out var idle))
        {
            try
            {
                return RunOn(idle, request, shapes, processes);
            }
            catch (UnreceivedException failure) when (!_isAborted)
            {
                NoteFresh(failure);
            }
        }

        return RunOn(StartProcess(out _), request, shapes, processes);
    }

    private Dictionary<string, TensorData> RunOn(
        AdapterProcess process, EquationRequest request, IReadOnlyDictionary<string, Shape> shapes, ConcurrentBag<AdapterProcess> processes)
    {
        var isInStep = false;
        try
        {
            var inputs = Prepare(process, request);
            var outputs = Exchange(process, request, shapes, inputs);
            isInStep = true;
            return outputs;
        }
        catch (Exception failure) when (failure is RefusedException or UnsupportedRequestException or ChangedInputException)
        {
            // It has answered: nothing is wrong with the process.
            isInStep = true;
            throw;
        }
        finally
        {
            if (isInStep && process.Scratch.TryClear())
                processes.Add(process);
            else
                Discard(process);
        }
    }

    private static (DateTime Written, long Bytes) Prepare(AdapterProcess process, EquationRequest request)
    {
        if (process.End is { } end)
            throw new UnreceivedException(end, $"ended after an answer ({end})", process.AwaitWords());
        if (!process.Scratch.TryClear())
            throw new UnreceivedException($"scratch: found something else at {process.Scratch.Path}, expected the folder that was there", ChangedFolder);
        try
        {
            TensorFiles.WriteInputs(process.Scratch.Input, request);
        }
        catch (AdapterException failure)
        {
            throw new UnreceivedException(failure.Message, ChangedFolder);
        }

        // What goes before the command is sent goes without having been read.
        return process.Scratch.FindInputs()
            ?? throw new UnreceivedException($"scratch: found no {Path.GetFileName(process.Scratch.Input)}, expected the inputs just written", ChangedFolder);
    }

    private Dictionary<string, TensorData> Exchange(
        AdapterProcess process, EquationRequest request, IReadOnlyDictionary<string, Shape> shapes, (DateTime Written, long Bytes) inputs)
    {
        var scratch = process.Scratch;
        var wasReused = process.IsReused;
        process.TakeWords();
        JsonElement answer;
        try
        {
            answer = process.Ask(AdapterCommands.Run(request.Neutral(), scratch.Input, scratch.Output, shapes), _options.RunTimeout, about: request.Case);
            if (AnswerMember.Is(answer, AnswerStatus.Error))
                throw new RefusedException(Reason(answer) ?? "the adapter answered with an error, and no reason", process.AwaitWords());
        }
        catch (AdapterException failure) when (failure is not AdapterTimeoutException && wasReused && scratch.FindInputs() != inputs)
        {
            // It was left without inputs. What it says is done, it has received.
            throw new UnreceivedException(failure.Message, ChangedFolder, failure.Words);
        }

        return AnswerMember.Is(answer, AnswerStatus.Unsupported)
            ? throw new UnsupportedRequestException(Reason(answer))
            : ReadOutputs(process, answer, request, shapes);
    }

    private Dictionary<string, TensorData> ReadOutputs(
        AdapterProcess process, JsonElement answer, EquationRequest request, IReadOnlyDictionary<string, Shape> shapes)
    {
        var scratch = process.Scratch;
        try
        {
            var named = AnswerMember.Text(answer, "run", "output") ?? scratch.Output;
            if (answer.TryGetProperty("seconds", out var seconds) && !AnswerMember.IsNumber(seconds, least: 0))
                throw AnswerMember.Wrong("run", "seconds", seconds, "a finite number that is not negative");
            var omitted = answer.TryGetProperty("omitted", out var names) ? AnswerMember.Texts(names, "run", "omitted") : [];
            if (scratch.Fault(named) is { } fault)
                throw new AdapterException(fault);
            var outputs = TensorFiles.ReadOutputs(Path.GetFullPath(named, scratch.Path), request.Format, shapes, omitted, EquationCatalogue.Find(request.Equation)!.Wiring?.Intermediates, (name, tensor) =>
            {
                if (Asking.DescribeUnasked(request.Equation, name, tensor) is { } sentence)
                    _unasked.TryAdd(request.Equation, BoundedText.Of(sentence));
            });
            TensorFiles.RequireUnchanged(scratch.Input, request);
            return outputs;
        }
        catch (AdapterException failure)
        {
            throw new RefusedException(failure.Message, process.AwaitWords());
        }
        finally
        {
            if (process.AwaitWords() is { } words)
                _words[(request.Case, request.Format.Name)] = words;
        }
    }

    private static string? Reason(JsonElement answer) =>
        AnswerMember.Text(answer, "answer", "reason") is { } reason ? BoundedText.Of(reason) : null;

    /// <summary>Starts a process and lets it introduce itself.</summary>
    /// <exception cref="AdapterException">It does not start, or says something else.</exception>
    internal AdapterProcess StartProcess(out AdapterDescription description)
    {
        if (_cannotStart is not null)
            throw _cannotStart;
        AdapterProcess? process = null;
        try
        {
            process = AdapterProcess.Start(_options);
            _running[process] = true;
            if (_isAborted)
                throw new AdapterException("the run was interrupted");
            var answer = process.Ask(AdapterCommands.Start(process.Scratch.Path), _options.StartTimeout);
            if (!AnswerMember.Is(answer, AnswerStatus.Ok))
                throw new AdapterException($"start: {Reason(answer) ?? "answered without a reason"}", process.AwaitWords());
            description = AdapterDescription.Parse(answer);
            if (_description is not null && description.DifferenceFrom(_description) is { } difference)
                throw new AdapterException($"start: introduced itself differently after a restart: {difference}", process.AwaitWords());
            _failedStarts = 0;
            return process;
        }
        catch (AdapterException failure)
        {
            if (process is not null)
                Discard(process);
            var message = failure.Message.StartsWith("start: ", StringComparison.Ordinal) ? failure.Message : $"start: {failure.Message}";
            if (failure is AdapterTimeoutException)
                message += "; --start-timeout SECONDS gives it longer";
            var explained = new AdapterException(message, failure.Words);
            if (Interlocked.Increment(ref _failedStarts) >= FailedStarts)
                _cannotStart = explained;
            throw explained;
        }
    }

    /// <summary>Notes why a request is asked again.</summary>
    internal void NoteFresh(UnreceivedException failure) => _notes[$"{failure.Cause}: the next case was asked in a fresh process"] = true;

    internal void Discard(AdapterProcess process)
    {
        _running.TryRemove(process, out _);
        process.Dispose();
    }

    // One process beside those that are asked all day; who asks every equation once finds it as it is after its start.
    private sealed class FreshProcess(ProcessImplementation program) : IImplementation
    {
        private readonly Lock _gate = new();

        public ConcurrentBag<AdapterProcess> Idle { get; } = [];

        public string Name => program.Name;

        public PrecisionContract Precision => program.Precision;

        public Constraints Constraints => program.Constraints;

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
        {
            lock (_gate)
                return program.Run(request, Idle);
        }
    }

    // The adapter has answered, though not with a result.
    private sealed class RefusedException(string message, string? words) : AdapterException(message, words);
}
