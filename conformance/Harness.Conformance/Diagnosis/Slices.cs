namespace Harness.Conformance.Diagnosis;

/// <summary>An output cut across an axis, or across equal parts of its last one.</summary>
/// <param name="output">The output.</param>
/// <param name="count">How many slices there are.</param>
/// <param name="inner">How many entries of a slice lie side by side.</param>
internal sealed class Slices(WrongOutput output, int count, int inner)
{
    // Of two slices, one would be off by one whatever it is.
    private const int FewestOffByOne = 3;
    private const int FewestClear = 4;

    /// <summary>How many slices there are.</summary>
    public int Count => count;

    /// <summary>Whether slice i is the one that belongs to <paramref name="source"/>(i), which gives every index once.</summary>
    public bool AreThose(Func<int, int> source)
    {
        var undone = new double[output.Found.Length];
        for (var entry = 0; entry < undone.Length; entry++)
            undone[At(entry, source(IndexOf(entry)))] = output.Found[entry];
        return output.Fits(undone);
    }

    /// <summary>Whether the slices are those that belong there, in whatever order.</summary>
    public bool AreInSomeOrder()
    {
        var source = new int[count];
        var isTaken = new bool[count];
        for (var i = 0; i < count; i++)
        {
            source[i] = Enumerable.Range(0, count).FirstOrDefault(other => !isTaken[other] && Is(i, other), -1);
            if (source[i] < 0)
                return false;
            isTaken[source[i]] = true;
        }

        return AreThose(i => source[i]);
    }

    /// <summary>Whether every slice is what belongs into the first.</summary>
    public bool AreAllTheFirst() => Enumerable.Range(0, count).All(i => Is(i, 0));

    /// <summary>Whether every slice is what belongs so many places further on, as far as there are such places.</summary>
    public bool AreOffBy(int step)
    {
        int[] moved = [.. Enumerable.Range(0, count).Where(i => i + step >= 0 && i + step < count)];
        return count >= FewestOffByOne && moved.All(i => Is(i, i + step))
            && Enumerable.Range(0, output.Found.Length).Count(entry => output.IsClear[entry] && moved.Contains(IndexOf(entry))) >= FewestClear;
    }

    private bool Is(int slice, int other)
    {
        for (var entry = 0; entry < output.Found.Length; entry++)
        {
            if (IndexOf(entry) != slice)
                continue;
            var belongs = At(entry, other);
            if (!(Math.Abs(output.Found[entry] - output.Golden[belongs]) <= output.Allowed[belongs]))
                return false;
        }

        return true;
    }

    private int IndexOf(int entry) => entry / inner % count;

    // The same place in another slice.
    private int At(int entry, int slice) => entry + (slice - IndexOf(entry)) * inner;
}
