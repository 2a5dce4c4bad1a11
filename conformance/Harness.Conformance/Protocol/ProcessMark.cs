using System.Globalization;
using System.Runtime.InteropServices;

namespace Harness.Conformance.Protocol;

/// <summary>
/// What every process that an adapter starts inherits, however it detaches itself, and is found by. It is a variable of the environment,
/// which a process may drop, and on Linux also a limit that means nothing to it: of the microseconds that a process of real-time priority
/// may compute without a pause, more than a hundred thousand years, in a number of its own.
/// </summary>
/// <param name="Text">What tells it from others.</param>
internal sealed partial record ProcessMark(string Text)
{
    /// <summary>The name of the variable.</summary>
    public const string Variable = "HARNESS_ADAPTER";

    // Linux's RLIMIT_RTTIME and RLIM_INFINITY.
    private const int RealTime = 15;
    private const ulong Unlimited = ulong.MaxValue;

    private const int TextLength = 32;
    private const ulong HundredThousandYears = 1UL << 62;

    private static readonly Lock Gate = new();

    /// <summary>A mark that nothing carries.</summary>
    public static ProcessMark Create() => new(Guid.NewGuid().ToString("N"));

    /// <summary>The variable and its value, as they stand in an environment.</summary>
    public string Entry => $"{Variable}={Text}";

    /// <summary>The limit.</summary>
    public ulong Limit => HundredThousandYears | (ulong.Parse(Text.AsSpan(0, TextLength / 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> 3);

    /// <summary>The same for a text that another process has sent; null if it is none.</summary>
    public static ProcessMark? Parse(string text) => text.Length == TextLength && text.All(char.IsAsciiHexDigit) ? new ProcessMark(text) : null;

    /// <summary>Starts a process that inherits the limit. This one has it meanwhile, because nothing else is inherited.</summary>
    public T Inherited<T>(Func<T> start)
    {
        lock (Gate)
        {
            // Where there is a limit, it is someone's, and the variable alone has to do.
            if (GetLimit(RealTime, out var own) != 0 || own.Hard != Unlimited || SetLimit(RealTime, own with { Soft = Limit }) != 0)
                return start();
            try
            {
                return start();
            }
            finally
            {
                _ = SetLimit(RealTime, own);
            }
        }
    }

    /// <summary>Starts a process that inherits no limit, whatever other threads start meanwhile: it would be killed with theirs.</summary>
    public static T Unmarked<T>(Func<T> start)
    {
        lock (Gate)
            return start();
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limits limits);

    // struct rlimit.
    [StructLayout(LayoutKind.Sequential)]
    private record struct Limits(ulong Soft, ulong Hard);
}
