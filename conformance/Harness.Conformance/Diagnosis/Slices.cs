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
    public bool AreOffBy(int step) => Moved(step).All(i => Is(i, i + step));

    /// <summary>Whether that is more than a few entries.</summary>
    public bool IsClearlyOffBy(int step) =>
        count >= FewestOffByOne && Moved(step).Sum(slice => EntriesOf(slice).Count(entry => output.IsClear[entry])) >= FewestClear;

    private IEnumerable<int> Moved(int step) => Enumerable.Range(0, count).Where(i => i + step >= 0 && i + step < count);

    private bool Is(int slice, int other) => EntriesOf(slice).All(entry =>
        Math.Abs(output.Found[entry] - output.Golden[At(entry, other)]) <= output.Allowed[At(entry, other)]);

    private IEnumerable<int> EntriesOf(int slice)
    {
        for (var start = slice * inner; start < output.Found.Length; start += count * inner)
        {
            for (var i = 0; i < inner; i++)
                yield return start + i;
        }
    }

    private int IndexOf(int entry) => entry / inner % count;

    // The same place in another slice.
    private int At(int entry, int slice) => entry + (slice - IndexOf(entry)) * inner;
}
