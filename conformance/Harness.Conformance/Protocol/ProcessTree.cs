using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Harness.Conformance.Protocol;

/// <summary>
/// All processes that carry an adapter's mark. Linux shows every process's limits and first environment; elsewhere a detached process
/// stays unknown.
/// </summary>
internal static partial class ProcessTree
{
    private const string Processes = "/proc";

    // As <signal.h> numbers it.
    private const int KillSignal = 9;

    // What stands where in what Status finds.
    private const int State = 0;
    private const int Group = 2;
    private const int Session = 3;
    private const int UserTicks = 11;
    private const int SystemTicks = 12;

    // USER_HZ, in which /proc counts, is 100 on every architecture that .NET runs on.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    // Whoever starts processes faster than they are killed is given up on.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private static readonly string? OwnSession = Status($"{Processes}/self")?[Session];

    /// <summary>Kills whatever carries a mark.</summary>
    /// <returns>How many processes did.</returns>
    public static int Kill(ProcessMark mark)
    {
        var found = new HashSet<int>();
        var deadline = new Deadline(Longest);
        bool isDone;
        do
        {
            // One that is killed may just have started another. So each is killed as it is found, with its group, from which nothing
            // that is being started escapes, and all are looked at again.
            isDone = true;
            foreach (var (id, status) in Marked(mark))
            {
                found.Add(id);
                if (status[Session] != OwnSession)
                    Kill(-int.Parse(status[Group], CultureInfo.InvariantCulture));

                // Another user's cannot be killed.
                if (Kill(id))
                    isDone = false;
            }

            if (!isDone)
                Thread.Sleep(Moment);
        }
        while (!isDone && !deadline.IsOver());
        return found.Count;
    }

    /// <summary>Kills a process, or a group by the number below 0.</summary>
    /// <returns>False if there is none, or it is another user's.</returns>
    public static bool Kill(int id) => SendSignal(id, KillSignal) == 0;

    /// <summary>Whether anything carries a mark.</summary>
    public static bool Any(ProcessMark mark) => Marked(mark).Any();

    /// <summary>Whether a process has been told to pause, and would do nothing if it were needed.</summary>
    public static bool IsStopped(int id) => Status($"{Processes}/{id}")?[State] == "T";

    /// <summary>How much those that carry a mark have computed so far, and whether one of them would if it could.</summary>
    public static (TimeSpan Worked, bool IsRunnable) Effort(ProcessMark mark)
    {
        var ticks = 0L;
        var isRunnable = false;
        foreach (var (_, status) in Marked(mark))
        {
            ticks += long.Parse(status[UserTicks], CultureInfo.InvariantCulture) + long.Parse(status[SystemTicks], CultureInfo.InvariantCulture);
            isRunnable |= status[State] is "R" or "D";
        }

        return (ticks * Tick, isRunnable);
    }

    private static IEnumerable<(int Id, string[] Status)> Marked(ProcessMark mark)
    {
        if (!OperatingSystem.IsLinux())
            yield break;
        var entry = Encoding.UTF8.GetBytes(mark.Entry);
        var limit = Encoding.UTF8.GetBytes(mark.Limit.ToString(CultureInfo.InvariantCulture));
        foreach (var folder in Directory.EnumerateDirectories(Processes))
        {
            // This process has the limit while it starts another.
            if (int.TryParse(Path.GetFileName(folder), out var id) && id != Environment.ProcessId
                && (Has(folder, "limits", limit) || Has(folder, "environ", entry)) && Status(folder) is { } status && status[State] is not ("Z" or "X"))
            {
                yield return (id, status);
            }
        }
    }

    private static bool Has(string folder, string file, byte[] bytes)
    {
        try
        {
            return File.ReadAllBytes($"{folder}/{file}").AsSpan().IndexOf(bytes) >= 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Gone meanwhile, or another user's.
            return false;
        }
    }

    // What stands after the name in /proc/…/stat, the state first; null if the process is gone.
    private static string[]? Status(string folder)
    {
        try
        {
            var text = File.ReadAllText($"{folder}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
