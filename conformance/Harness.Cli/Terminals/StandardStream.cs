using System.Runtime.InteropServices;
using System.Text;

namespace Harness.Cli.Terminals;

/// <summary>The output and the error stream of this process, as far as it was given them.</summary>
internal static partial class StandardStream
{
    public const int OutputNumber = 1;
    public const int ErrorNumber = 2;

    // FD_CLOEXEC, as it is on every Unix.
    private const int ClosedInPrograms = 1;

    public static TextWriter Output() => IsOpen(OutputNumber) ? Console.Out : new Absent();

    public static TextWriter Error() => IsOpen(ErrorNumber) ? Console.Error : TextWriter.Null;

    /// <summary>Whether the process was started with a stream of this number.</summary>
    /// <remarks>
    /// Where it was not, the number went to whatever the runtime opened first, and text written there does harm. The runtime closes its
    /// own in programs that it starts; what a program was started with was not closed so.
    /// </remarks>
    public static bool IsOpen(int number) => OperatingSystem.IsWindows() || FlagsOf(number) is >= 0 and var flags && (flags & ClosedInPrograms) == 0;

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_FcntlGetFD")]
    private static partial int FlagsOf(nint descriptor);

    private sealed class Absent : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException("it is closed");
    }
}
