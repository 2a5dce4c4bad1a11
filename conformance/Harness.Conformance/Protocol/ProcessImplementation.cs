using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Writing;
using Harness.Tensors;

namespace Harness.Conformance.Protocol;

/// <summary>
/// An implementation in a program of its own. Every thread that asks gets a process to itself; a process that cannot be trusted any
/// more is replaced, so that whatever a program does costs it the case at hand and no other.
/// </summary>
public sealed class ProcessImplementation : IImplementation, IDisposable
{
    // A program that hangs in an equation would make a run of hundreds of cases wait for each of them.
    private const int TimeoutsPerEquation = 3;

    // A program that starts no more will not start for the next case either.
    private const int FailedStarts = 3;

    private readonly AdapterOptions _options;
    private readonly AdapterDescription? _description;
    private readonly ConcurrentBag<AdapterProcess> _idle = [];
    private readonly ConcurrentDictionary<AdapterProcess, bool> _running = new();
    private readonly ConcurrentDictionary<(string Equation, string Format), int> _timeouts = new();
    private readonly ConcurrentDictionary<(string Case, string Format), string> _words = new();
    private readonly ConcurrentDictionary<string, bool> _faultsOfStopping = new();
    private readonly TimeSpan _starting;
    private AdapterException? _cannotStart;
    private int _failedStarts;
    private volatile bool _isAborted;

    private ProcessImplementation(AdapterOptions options)
    {
        _options = options;
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
        Notes = [.. _description?.Notes() ?? [], .. _faultsOfStopping.Keys.Order(StringComparer.Ordinal)],
    };

    /// <summary>Why the program cannot be asked anything at all; null if it can.</summary>
    public string? CannotStart => _cannotStart?.Message;

    /// <summary>How long it took to start for the first time.</summary>
    internal TimeSpan Starting => _starting;

    /// <summary>How it is run.</summary>
    internal AdapterOptions Options => _options;

    /// <summary>What it says of itself; null if it could not be started.</summary>
    internal AdapterDescription? Description => _description;

    /// <summary>Starts the program once, to learn what it offers. A program that does not start answers every request with the reason.</summary>
    public static ProcessImplementation Start(AdapterOptions options) => new(options);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
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
            return RunOnce(request);
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

    /// <summary>Stops the processes that are not asked anything at the moment. Whoever asks again starts another.</summary>
    public void Rest()
    {
        var processes = new List<AdapterProcess>();
        while (_idle.TryTake(out var process))
            processes.Add(process);
        Stop(processes);
    }

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
                _faultsOfStopping[$"stopping it: {fault}"] = true;
            process.Dispose();
        });

    private Dictionary<string, TensorData> RunOnce(EquationRequest request)
    {
        var shapes = InputValidator.Validate(EquationCatalogue.Find(request.Equation)!, request.Attributes, request.Inputs);
        var process = Prepare(request);
        var isInStep = false;
        try
        {
            var outputs = Exchange(process, request, shapes);
            isInStep = true;
            return outputs;
        }
        catch (Exception failure) when (failure is RefusedException or UnsupportedRequestException)
        {
            // It has answered: nothing is wrong with the process.
            isInStep = true;
            throw;
        }
        finally
        {
            if (isInStep && process.Scratch.TryClear())
                _idle.Add(process);
            else
                Discard(process);
        }
    }

    // What a process has done to its scratch folder since its last answer costs no case: there are others.
    private AdapterProcess Prepare(EquationRequest request)
    {
        while (_idle.TryTake(out var idle))
        {
            // One that has ended since its last answer costs no other case.
            if (idle.HasExited)
            {
                Discard(idle);
                continue;
            }

            try
            {
                return Prepared(idle, request);
            }
            catch (AdapterException)
            {
                Discard(idle);
            }
        }

        var process = StartProcess(out _);
        try
        {
            return Prepared(process, request);
        }
        catch (AdapterException)
        {
            Discard(process);
            throw;
        }
    }

    private static AdapterProcess Prepared(AdapterProcess process, EquationRequest request)
    {
        if (!process.Scratch.TryClear())
            throw new AdapterException($"scratch: found something else at {process.Scratch.Path}, expected the folder that was there");
        TensorFiles.WriteInputs(process.Scratch.Input, request);
        return process;
    }

    private Dictionary<string, TensorData> Exchange(AdapterProcess process, EquationRequest request, IReadOnlyDictionary<string, Shape> shapes)
    {
        var scratch = process.Scratch;
        process.TakeWords();
        var answer = process.Ask(AdapterCommands.Run(request, scratch.Input, scratch.Output, shapes), _options.RunTimeout);
        switch (answer.GetProperty("status").GetString())
        {
            case AnswerStatus.Unsupported:
                throw new UnsupportedRequestException(Reason(answer));
            case AnswerStatus.Error:
                throw new RefusedException(Reason(answer) ?? "the adapter answered with an error, and no reason", process.AwaitWords());
        }

        try
        {
            var named = answer.TryGetProperty("output", out var other) && other.ValueKind == JsonValueKind.String ? other.GetString()! : scratch.Output;
            return scratch.Fault(named) is { } fault
                ? throw new RefusedException(fault, process.AwaitWords())
                : TensorFiles.ReadOutputs(Path.GetFullPath(named, scratch.Path), request.Format, shapes);
        }
        catch (AdapterException failure) when (failure is not RefusedException)
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
        answer.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String ? BoundedText.Of(reason.GetString()!) : null;

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
            if (answer.GetProperty("status").GetString() != AnswerStatus.Ok)
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

    internal void Discard(AdapterProcess process)
    {
        _running.TryRemove(process, out _);
        process.Dispose();
    }

    // The adapter has answered, though not with a result.
    private sealed class RefusedException(string message, string? words) : AdapterException(message, words);
}
