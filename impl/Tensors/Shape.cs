using System.Collections;
using System.Runtime.CompilerServices;

namespace Harness.Tensors;

/// <summary>The extents of a tensor, outermost axis first. An empty shape is a scalar.</summary>
/// <remarks>
/// <para>Equality is by extents. An extent is never negative; zero-sized axes are allowed.</para>
/// <para>Extents have 64 bits, so that an engine that holds no values can be asked about 2⁴⁰ tokens. What indexes arrays takes them by the
/// indexer, which refuses what an array cannot have.</para>
/// </remarks>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IEnumerable<long>
{
    private readonly long[]? _extents;

    private Shape(long[] extents) => _extents = extents;

    /// <summary>Makes a shape from a copy of <paramref name="extents"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An extent is negative.</exception>
    public static Shape Create(ReadOnlySpan<long> extents)
    {
        foreach (var extent in extents)
            ArgumentOutOfRangeException.ThrowIfNegative(extent, nameof(extents));
        return new Shape(extents.ToArray());
    }

    /// <summary>Makes a shape of extents that index arrays.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An extent is negative.</exception>
    public static Shape Create(ReadOnlySpan<int> extents)
    {
        var wide = new long[extents.Length];
        for (var i = 0; i < wide.Length; i++)
            wide[i] = extents[i];
        return Create(wide);
    }

    /// <summary>The number of axes.</summary>
    public int Rank => Extents.Length;

    /// <summary>All extents, outermost first.</summary>
    public ReadOnlySpan<long> Extents => _extents ?? [];

    /// <summary>The extent of one axis, for arrays; <c>^1</c> is the last.</summary>
    /// <exception cref="OverflowException">It is beyond 2³¹ − 1: only <see cref="Extents"/> has it.</exception>
    public int this[Index axis] => checked((int)Extents[axis]);

    /// <summary>All extents, for arrays.</summary>
    /// <exception cref="OverflowException">One is beyond 2³¹ − 1.</exception>
    public int[] ToArrayExtents() => Array.ConvertAll(Extents.ToArray(), extent => checked((int)extent));

    /// <summary>The shape of a range of axes.</summary>
    public Shape this[Range axes] => Create(Extents[axes]);

    /// <summary>The number of elements; 1 for a scalar.</summary>
    /// <exception cref="OverflowException">The product does not fit in 64 bits.</exception>
    public long Count
    {
        get
        {
            if (Extents.Contains(0))
                return 0;
            var count = 1L;
            foreach (var extent in Extents)
                count = checked(count * extent);
            return count;
        }
    }

    /// <summary>The shape with one axis replaced.</summary>
    public Shape With(Index axis, long extent)
    {
        var extents = Extents.ToArray();
        extents[axis] = extent;
        return Create(extents);
    }

    /// <summary>The shape without one axis.</summary>
    public Shape Without(int axis) => [.. Extents[..axis], .. Extents[(axis + 1)..]];

    /// <summary>The index of an element, from its place in row-major order.</summary>
    public int[] IndexOf(int position)
    {
        var index = new int[Rank];
        for (var axis = Rank - 1; axis >= 0; axis--)
            (position, index[axis]) = Math.DivRem(position, this[axis]);
        return index;
    }

    /// <summary>The same in brackets, as in <c>[1,0,2]</c>.</summary>
    public string IndexText(int position) => $"[{string.Join(',', IndexOf(position))}]";

    /// <summary>Whether <paramref name="inner"/> equals the last axes of this shape.</summary>
    public bool EndsWith(Shape inner) => Extents.EndsWith(inner.Extents);

    /// <inheritdoc/>
    public bool Equals(Shape other) => Extents.SequenceEqual(other.Extents);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var extent in Extents)
            hash.Add(extent);
        return hash.ToHashCode();
    }

    /// <summary>Equality by extents.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Inequality by extents.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The extents in brackets, as in <c>[2,3,4]</c>.</summary>
    public override string ToString() => $"[{string.Join(',', Extents.ToArray())}]";

    /// <inheritdoc/>
    public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)(_extents ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
