using System.Collections;
using System.Diagnostics;
using System.Reflection;

namespace Harness.Conformance.Tests.Dependence;

/// <summary>Dependence runs one way between the folders of a project too: a folder is a namespace.</summary>
public sealed class DependenceTests
{
    [Theory]
    [InlineData("Harness.Tensors", "Harness.Tensors")]
    [InlineData("Harness.Tensors.Torch", "Harness.Tensors.Torch")]
    [InlineData("Harness.Architectures", "Harness.Architectures")]
    [InlineData("Harness.Conformance", "Harness.Conformance")]
    [InlineData("Harness.Perf", "Harness.Perf")]
    [InlineData("Harness.Reports", "Harness.Reports")]
    [InlineData("harness", "Harness.Cli")]
    public void No_folder_of_a_project_depends_on_one_that_depends_on_it(string project, string root)
    {
        var uses = UsesBetweenFolders(Assembly.Load(project), root);

        var circles = Circles(uses);

        circles.Should().BeEmpty("of these uses:\n{0}\n", Described(uses, circles));
    }

    [Fact]
    public void A_use_is_seen_wherever_it_is()
    {
        var example = typeof(DependenceTests).GetNestedTypes(BindingFlags.NonPublic).Where(type => type.Name.StartsWith("Example", StringComparison.Ordinal));

        var used = TypeUses.Of(example.SelectMany(type => type.GetNestedTypes(BindingFlags.NonPublic).Prepend(type))).Select(use => use.Used);

        used.Should().Contain(
        [
            typeof(DebuggerDisplayAttribute), typeof(Progress<>), typeof(Uri), typeof(ICloneable), typeof(IAsyncDisposable), typeof(StringReader),
            typeof(Version), typeof(Random), typeof(StringWriter), typeof(TimeZoneNotFoundException), typeof(BitArray), typeof(Guid),
        ]);
    }

    // A base type and its argument, an interface, a constraint, a field; a parameter, a call, a lambda's body, a handler, a token, a type argument.
    [DebuggerDisplay("an example")]
    private sealed class Example<T>(StringReader reader) : Progress<Uri>, ICloneable
        where T : IAsyncDisposable
    {
        public object Clone() => Clone(null);

        private object Clone(Version? version)
        {
            try
            {
                return Random.Shared.Next() == 0 ? reader : new Lazy<object>(() => version ?? (object)new StringWriter());
            }
            catch (TimeZoneNotFoundException)
            {
                return (typeof(BitArray), Array.Empty<Guid>(), typeof(T));
            }
        }
    }

    private static Dictionary<(string User, string Used), string[]> UsesBetweenFolders(Assembly project, string root) => TypeUses
        .Of(project.GetTypes().Where(IsOwn))
        .Where(use => use.Used.Assembly == project && IsOwn(use.Used) && use.User.Namespace != use.Used.Namespace)
        .GroupBy(use => (Folder(use.User, root), Folder(use.Used, root)), use => $"{use.User.Name} uses {use.Used.Name}")
        .ToDictionary(uses => uses.Key, uses => uses.Order(StringComparer.Ordinal).ToArray());

    private static string Folder(Type type, string root) => type.Namespace == root ? "(root)" : type.Namespace![(root.Length + 1)..];

    // Not what the compiler adds to a project.
    private static bool IsOwn(Type type) => type.Namespace?.StartsWith("Harness.", StringComparison.Ordinal) == true;

    // Those that reach each other, as "Folder, Folder".
    private static string[] Circles(Dictionary<(string User, string Used), string[]> uses)
    {
        var folders = uses.Keys.SelectMany(use => new[] { use.User, use.Used }).Distinct().ToArray();
        var reached = folders.ToDictionary(folder => folder, folder => Reached(folder, uses.Keys));
        return
        [
            .. folders.Where(folder => reached[folder].Contains(folder))
                .Select(folder => string.Join(", ", reached[folder].Where(other => reached[other].Contains(folder)).Order(StringComparer.Ordinal)))
                .Distinct(),
        ];
    }

    private static HashSet<string> Reached(string folder, IEnumerable<(string User, string Used)> uses)
    {
        var next = uses.ToLookup(use => use.User, use => use.Used);
        var (reached, open) = (new HashSet<string>(), new Stack<string>(next[folder]));
        while (open.TryPop(out var other))
        {
            if (reached.Add(other))
            {
                foreach (var further in next[other])
                    open.Push(further);
            }
        }

        return reached;
    }

    private static string Described(Dictionary<(string User, string Used), string[]> uses, string[] circles) => string.Join('\n', uses
        .Where(use => circles.Any(circle => circle.Split(", ") is var folders && folders.Contains(use.Key.User) && folders.Contains(use.Key.Used)))
        .OrderBy(use => use.Key)
        .Select(use => $"{use.Key.User} -> {use.Key.Used}: {use.Value[0]} ({use.Value.Length} in all)"));
}
