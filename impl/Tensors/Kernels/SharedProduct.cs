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
        var kc = Math.Min(product.K, BlockSizes.KC);
        var aElements = Packing.RoundUp(Math.Min(product.M, MostRows), MR) * kc;
        var bElements = Packing.RoundUp(Math.Min(product.N, BlockSizes.NC), NR) * kc;
        var buffer = Packing.Rent<T>(aElements + bElements);
        fixed (T* start = buffer)
        {
            var packedB = Packing.Align(start);
            for (var j = 0; j < product.N; j += BlockSizes.NC)
            {
                for (var i = 0; i < product.M; i += MostRows)
                {
                    var block = product.Block(
                        i, j, Math.Min(product.M - i, MostRows), Math.Min(product.N - j, BlockSizes.NC));
                    for (var p = 0; p < product.K; p += BlockSizes.KC)
                        Slice(block.Terms(p, Math.Min(product.K - p, BlockSizes.KC)), packedB + bElements, packedB, threads);
                }
            }
        }
        ArrayPool<T>.Shared.Return(buffer);
    }

    private static void Slice(Product<T> slice, T* packedA, T* packedB, int threads)
    {
        var parts = threads * PartsPerThread;
        var packedRows = Part(slice.M, Math.Clamp(slice.M * slice.K / FewElements, 1, parts), MR);
        var packedColumns = Part(slice.N, Math.Clamp(slice.N * slice.K / FewElements, 1, parts), NR);
        var rowParts = Parts(slice.M, packedRows);
        SharedLoop.Run(rowParts + Parts(slice.N, packedColumns), threads, part =>
        {
            if (part < rowParts)
                PackRows(slice, part * packedRows, packedRows, packedA);
            else
                PackColumns(slice, (part - rowParts) * packedColumns, packedColumns, packedB);
        });

        var (rows, columns) = BlockExtents(slice.M, slice.N, parts);
        var across = Parts(slice.N, columns);
        SharedLoop.Run(Parts(slice.M, rows) * across, threads, part =>
        {
            var (i, j) = (part / across * rows, part % across * columns);
            var block = slice.Block(i, j, Math.Min(rows, slice.M - i), Math.Min(columns, slice.N - j));
            BlockedProduct<T, TVector, TWidth>.Tiles(block, packedA + i * slice.K, packedB + j * slice.K, packsB: true);
        });
    }

    private static void PackRows(in Product<T> slice, int i, int rows, T* packedA) =>
        Packing.Pack(slice.A + i * slice.ARow, slice.AColumn, slice.ARow,
            slice.K, Math.Min(rows, slice.M - i), MR, packedA + i * slice.K);

    private static void PackColumns(in Product<T> slice, int j, int columns, T* packedB) =>
        Packing.Pack(slice.B + j * slice.BColumn, slice.BRow, slice.BColumn,
            slice.K, Math.Min(columns, slice.N - j), NR, packedB + j * slice.K);

    /// <summary>Cuts the larger extent until there are so many blocks, none of more than MC rows.</summary>
    private static (int Rows, int Columns) BlockExtents(int m, int n, int blocks)
    {
        int down = Parts(m, BlockSizes.MC), across = 1;
        int rows = Part(m, down, MR), columns = n;
        while (down * across < blocks && (rows > MR || columns > NR))
        {
            if (rows >= columns)
                rows = Part(m, ++down, MR);
            else
                columns = Part(n, ++across, NR);
        }
        return (rows, columns);
    }

    /// <summary>The extent of each of so many parts, in whole panels.</summary>
    private static int Part(int extent, int parts, int panel) => Packing.RoundUp((extent + parts - 1) / parts, panel);

    private static int Parts(int extent, int part) => (extent + part - 1) / part;
}
