using System.Globalization;

namespace Harness.Fuzz.Tests.Mutating;

/// <summary>What programs get wrong about JSON: still JSON, or nearly so, and not what was meant.</summary>
internal static class JsonMutation
{
    private const int ManyChildren = 100;

    private static readonly Action<Random, JsonTree, JsonTree>[] Kinds =
        [Drop, Repeat, RepeatWithAnother, Replace, Replace, TakeFromElsewhere, TakeFromElsewhere, Swap, ChangeType, Rename, EditNumber, EditText, Shuffle, Multiply];

    /// <summary>Changes a document in one to three places.</summary>
    public static byte[] Apply(Random random, byte[] input)
    {
        var root = JsonTree.Parse(input);
        Apply(random, root);
        return root.ToBytes();
    }

    /// <summary>The same on a tree.</summary>
    public static void Apply(Random random, JsonTree root)
    {
        for (var count = random.Next(4) == 0 ? random.Next(2, 4) : 1; count > 0; count--)
            Kinds[random.Next(Kinds.Length)](random, root, Pick(random, root));
    }

    // Every value alike would hardly ever pick the few that decide most; every level alike would hardly ever pick a leaf.
    private static JsonTree Pick(Random random, JsonTree root)
    {
        if (random.Next(2) == 0)
        {
            var all = root.All().ToArray();
            return all[random.Next(all.Length)];
        }

        var picked = root;
        while (picked.Children is { Count: > 0 } children && (picked == root || random.Next(3) > 0))
            picked = children[random.Next(children.Count)];
        return picked;
    }

    private static void Drop(Random random, JsonTree root, JsonTree picked) => ParentOf(root, picked)?.Children!.Remove(picked);

    private static void Repeat(Random random, JsonTree root, JsonTree picked)
    {
        if (ParentOf(root, picked) is { } parent)
            parent.Children!.Insert(random.Next(parent.Children.Count + 1), picked.Copy(picked.Name));
    }

    private static void RepeatWithAnother(Random random, JsonTree root, JsonTree picked)
    {
        if (ParentOf(root, picked) is not { } parent)
            return;
        var twin = picked.Copy(picked.Name);
        TakeFromElsewhere(random, root, twin);
        parent.Children!.Insert(random.Next(parent.Children.Count + 1), twin);
    }

    private static void Replace(Random random, JsonTree root, JsonTree picked) =>
        picked.Become(new JsonTree { Text = AwkwardValues.Draw(random) });

    // A value that makes sense, where it does not: a verdict for a verdict, a name for a name.
    private static void TakeFromElsewhere(Random random, JsonTree root, JsonTree picked)
    {
        var all = root.All().Where(value => value != picked && value.Text != picked.Text).ToArray();
        var alike = Array.FindAll(all, value => value.Name is not null && value.Name == picked.Name);
        var pool = alike.Length > 0 && random.Next(4) > 0 ? alike : Array.FindAll(all, value => value.Children is null);
        if (pool.Length > 0)
            picked.Become(pool[random.Next(pool.Length)].Copy(null));
    }

    private static void Swap(Random random, JsonTree root, JsonTree picked)
    {
        var other = Pick(random, root);
        // Neither within the other, which would have no end.
        if (picked.All().Contains(other) || other.All().Contains(picked))
            return;
        var kept = picked.Copy(null);
        picked.Become(other);
        other.Become(kept);
    }

    private static void ChangeType(Random random, JsonTree root, JsonTree picked)
    {
        if (picked.Children is { } children)
        {
            picked.IsObject = !picked.IsObject;
            for (var i = 0; i < children.Count; i++)
                children[i].Name = picked.IsObject ? $"\"{i}\"" : null;
            return;
        }

        var text = picked.Text;
        picked.Become(random.Next(3) switch
        {
            0 => new JsonTree { Text = text.StartsWith('"') ? text.Trim('"') : $"\"{text}\"" },
            1 => new JsonTree { Children = [new JsonTree { Text = text }] },
            _ => new JsonTree { Children = [new JsonTree { Name = "\"value\"", Text = text }], IsObject = true },
        });
    }

    private static void Rename(Random random, JsonTree root, JsonTree picked)
    {
        if (picked.Name is not { } name)
            return;
        var others = root.All().Select(value => value.Name).OfType<string>().ToArray();
        picked.Name = random.Next(5) switch
        {
            0 => "\"unheard_of\"",
            1 => name.ToUpperInvariant(),
            2 => "\"\"",
            3 => AwkwardValues.Text(random),
            _ => others[random.Next(others.Length)],
        };
    }

    private static void EditNumber(Random random, JsonTree root, JsonTree picked)
    {
        var numbers = root.All().Where(value => value.Children is null && double.TryParse(value.Text, CultureInfo.InvariantCulture, out _)).ToArray();
        if (numbers.Length == 0)
            return;
        var number = numbers[random.Next(numbers.Length)];
        number.Text = random.Next(8) switch
        {
            0 => number.Text.StartsWith('-') ? number.Text[1..] : $"-{number.Text}",
            1 => $"{number.Text}0",
            2 => $"{number.Text}.5",
            3 => $"{number.Text}e3",
            4 => $"{number.Text}e-3",
            5 => $"1{number.Text}",
            6 => $"{random.Next(-2, 70)}",
            _ => AwkwardValues.Number(random),
        };
    }

    private static void EditText(Random random, JsonTree root, JsonTree picked)
    {
        var texts = root.All().Where(value => value.Text.StartsWith('"')).ToArray();
        if (texts.Length == 0)
            return;
        var text = texts[random.Next(texts.Length)];
        var inserted = AwkwardValues.Text(random)[1..^1];
        // Before a quote or after one, so that no escape is cut in two.
        text.Text = random.Next(2) == 0 ? $"\"{inserted}{text.Text[1..]}" : $"{text.Text[..^1]}{inserted}\"";
    }

    private static void Shuffle(Random random, JsonTree root, JsonTree picked)
    {
        var parents = root.All().Where(value => value.Children is { Count: > 1 }).ToArray();
        if (parents.Length == 0)
            return;
        var children = parents[random.Next(parents.Length)].Children!;
        var (first, second) = (random.Next(children.Count), random.Next(children.Count));
        (children[first], children[second]) = (children[second], children[first]);
    }

    private static void Multiply(Random random, JsonTree root, JsonTree picked)
    {
        if (ParentOf(root, picked) is not { } parent || parent.IsObject)
            return;
        for (var i = 0; i < ManyChildren; i++)
            parent.Children!.Add(picked.Copy(null));
    }

    private static JsonTree? ParentOf(JsonTree root, JsonTree child) => root.All().FirstOrDefault(value => value.Children?.Contains(child) == true);
}
