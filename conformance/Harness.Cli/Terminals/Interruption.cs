using System.Runtime.InteropServices;

namespace Harness.Cli.Terminals;

/// <summary>Turns the first signal that asks this process to end into a cancellation; the second one ends it, as does one that nothing waits for.</summary>
internal sealed class Interruption : IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    // A registration that nobody holds is undone.
    private static readonly List<PosixSignalRegistration> Expected = [];

    private static int Waiting;

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="interrupted">Called once, on a thread of its own.</param>
    public Interruption(Action interrupted)
    {
        void Handle(PosixSignalContext context)
        {
            // What there is to clean up, a watch cleans up.
            if (_source.IsCancellationRequested)
                Environment.Exit(ExitCode.Interrupted);
            context.Cancel = true;
            _source.Cancel();
            interrupted();
        }

        Interlocked.Increment(ref Waiting);
        _registrations = [.. Signals.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    /// <summary>Cancelled with the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>From now on, a signal that nothing waits for ends this process with <see cref="ExitCode.Interrupted"/>, whichever it is.</summary>
    public static void Expect()
    {
        foreach (var signal in Signals)
        {
            Expected.Add(PosixSignalRegistration.Create(signal, context =>
            {
                if (Volatile.Read(ref Waiting) == 0)
                    Environment.Exit(ExitCode.Interrupted);
                context.Cancel = true;
            }));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Interlocked.Decrement(ref Waiting);
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }
}
