using Harness.Conformance.Checks;
using Harness.Conformance.Results;

namespace Harness.Cli.Options;

/// <summary>The journal of a run, whose end it is not if the journal can no longer be written.</summary>
internal sealed class RunJournal(Journal journal) : IDisposable
{
    private readonly Lock _gate = new();

    /// <summary>Why it misses checks; null where it does not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>What an interrupted run found about an implementation; null if nothing.</summary>
    public IReadOnlyDictionary<(string Id, Tensors.Numerics.FloatFormat Format), CheckResult>? Known(string implementation) =>
        journal.Known.GetValueOrDefault(implementation);

    /// <summary>Adds a result; from any thread.</summary>
    public void Add(string implementation, CheckResult check) => Attempt(() => journal.Add(implementation, check));

    /// <summary>The results are written: the journal has done its work.</summary>
    public void Remove() => Attempt(journal.Remove);

    /// <inheritdoc/>
    public void Dispose() => Attempt(journal.Dispose);

    private void Attempt(Action act)
    {
        try
        {
            act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            lock (_gate)
                Failure ??= failure;
        }
    }
}
