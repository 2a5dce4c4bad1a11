using System.Buffers;
using System.Numerics;

namespace Harness.Tensors.Kernels;

/// <summary>
/// One product by several threads: together they pack a slice of A and of B, each element once, then share C's blocks out.
/// </summary>
/// <remarks>Threads that each packed what their own block needs would pack A and B several times: on two cores that costs a
/// tenth of the time.</remarks>
internal static unsafe class SharedProduct<T, TVector, TWidth>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TWidth : IVector<T, TVector>
{
    /// <summary>Rows of A that are packed together, at most: their slice and B's share the last-level cache. A multiple of
    /// every MR.</summary>
    private const int MostRows = 12 * BlockSizes.MC;

    /// <summary>Work is cut finer than there are threads, so that a delayed thread holds up less.</summary>
    private const int PartsPerThread = 4;

    /// <summary>Elements that take a few microseconds to pack: smaller parts would be mostly claimed, not packed.</summary>
    private const int FewElements = 4096;

    private static int MR => TWidth.MR;

    private static int NR => 2 * TWidth.Count;

    public static void Run(in Product<T> product, int threads)
    {
        var slices = Slices(product, threads * PartsPerThread);
        var counts = new int[2 * slices.Count];
        for (var i = 0; i < slices.Count; i++)
            (counts[2 * i], counts[2 * i + 1]) = (slices[i].PackingParts, slices[i].Blocks);

        var kc = Math.Min(product.K, BlockSizes.KC);
        var aElements = Packing.RoundUp(Math.Min(product.M, MostRows), MR) * kc;
        var bElements = Packing.RoundUp(Math.Min(product.N, BlockSizes.NC), NR) * kc;
        var buffer = Packing.Rent<T>(aElements + bElements);
        fixed (T* start = buffer)
        {
            var packedB = Packing.Align(start);
            var packedA = packedB + bElements;
            SharedLoop.Run(counts, threads, (loop, part) =>
            {
                var slice = slices[loop / 2];
                if (loop % 2 == 0)
                    slice.Pack(part, packedA, packedB);
                else
                    slice.Multiply(part, packedA, packedB);
            });
        }
        ArrayPool<T>.Shared.Return(buffer);
    }

    private static List<Slice> Slices(in Product<T> product, int parts)
    {
        var slices = new List<Slice>();
        for (var j = 0; j < product.N; j += BlockSizes.NC)
        {
            for (var i = 0; i < product.M; i += MostRows)
            {
                var block = product.Block(i, j, Math.Min(product.M - i, MostRows), Math.Min(product.N - j, BlockSizes.NC));
                for (var p = 0; p < product.K; p += BlockSizes.KC)
                    slices.Add(new Slice(block.Terms(p, Math.Min(product.K - p, BlockSizes.KC)), parts));
            }
        }
        return slices;
    }

    /// <summary>What is packed at once, and how both the packing and the multiplying are cut.</summary>
    private readonly struct Slice
    {
        private readonly Product<T> _product;
        private readonly int _packedRows, _packedColumns;
        private readonly int _rows, _columns;

        public Slice(in Product<T> product, int parts)
        {
            _product = product;
            var (m, n, k) = (product.M, product.N, product.K);
            _packedRows = Extent(m, Math.Clamp(m * k / FewElements, 1, parts), MR);
            _packedColumns = Extent(n, Math.Clamp(n * k / FewElements, 1, parts), NR);

            // The larger extent is cut until there are enough blocks, none of more than MC rows.
            int down = Parts(m, BlockSizes.MC), across = 1;
            (_rows, _columns) = (Extent(m, down, MR), n);
            while (down * across < parts && (_rows > MR || _columns > NR))
            {
                if (_rows >= _columns)
                    _rows = Extent(m, ++down, MR);
                else
                    _columns = Extent(n, ++across, NR);
            }
        }

        public int PackingParts => Parts(_product.M, _packedRows) + Parts(_product.N, _packedColumns);

        public int Blocks => Parts(_product.M, _rows) * Parts(_product.N, _columns);

        public void Pack(int part, T* packedA, T* packedB)
        {
            var k = _product.K;
            var rowParts = Parts(_product.M, _packedRows);
            if (part < rowParts)
            {
                var i = part * _packedRows;
                Packing.Pack(_product.A + i * _product.ARow, _product.AColumn, _product.ARow,
                    k, Math.Min(_packedRows, _product.M - i), MR, packedA + i * k);
            }
            else
            {
                var j = (part - rowParts) * _packedColumns;
                Packing.Pack(_product.B + j * _product.BColumn, _product.BRow, _product.BColumn,
                    k, Math.Min(_packedColumns, _product.N - j), NR, packedB + j * k);
            }
        }

        public void Multiply(int part, T* packedA, T* packedB)
        {
            var across = Parts(_product.N, _columns);
            var (i, j) = (part / across * _rows, part % across * _columns);
            var block = _product.Block(i, j, Math.Min(_rows, _product.M - i), Math.Min(_columns, _product.N - j));
            BlockedProduct<T, TVector, TWidth>.Tiles(
                block, packedA + i * block.K, packedB + j * block.K, packsB: true);
        }

        /// <summary>The extent of each of so many parts, in whole panels.</summary>
        private static int Extent(int total, int parts, int panel) => Packing.RoundUp(Parts(total, parts), panel);

        private static int Parts(int total, int extent) => (total + extent - 1) / extent;
    }
}
