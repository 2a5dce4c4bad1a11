using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Harness.Tensors.Kernels;

/// <summary>
/// One thread's product: blocks sized for the caches around the micro-kernel, after Goto and van de Geijn, "Anatomy of
/// High-Performance Matrix Multiplication" (2008).
/// </summary>
internal static unsafe class BlockedProduct<T, TVector, TWidth>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TWidth : IVector<T, TVector>
{
    private const int KC = BlockSizes.KC, MC = BlockSizes.MC, NC = BlockSizes.NC;

    private static int MR => TWidth.MR;

    private static int NR => 2 * TWidth.Count;

    public static void Run(in Product<T> product)
    {
        var packsA = PacksA(product);
        var packsB = PacksB(product);
        var kc = Math.Min(product.K, KC);
        var aElements = packsA ? Packing.RoundUp(Math.Min(product.M, MC), MR) * kc : 0;
        var bElements = packsB ? Packing.RoundUp(Math.Min(product.N, NC), NR) * kc
            : product.N % NR == 0 ? 0
            : NR * kc;
        if (aElements + bElements == 0)
        {
            Run(product, null, null, packsB);
            return;
        }

        var buffer = Packing.Rent<T>(aElements + bElements);
        fixed (T* start = buffer)
        {
            var packedB = Packing.Align(start);
            Run(product, packsA ? packedB + bElements : null, packedB, packsB);
        }
        ArrayPool<T>.Shared.Return(buffer);
    }

    // Packing reads and writes every element once. It pays where strides make the caches miss and the element is read often.
    private static bool PacksA(in Product<T> product) => product.N > 64 && (long)product.M * product.K > 8192;

    private static bool PacksB(in Product<T> product) =>
        product.BColumn != 1 || (product.M > 32 && (long)product.N * product.K > 2048);

    private static void Run(in Product<T> product, T* packedA, T* packedB, bool packsB)
    {
        for (var j = 0; j < product.N; j += NC)
        {
            var columns = product.Block(0, j, product.M, Math.Min(product.N - j, NC));
            for (var p = 0; p < product.K; p += KC)
            {
                var slice = columns.Terms(p, Math.Min(product.K - p, KC));
                PackColumns(slice, packedB, packsB);
                for (var i = 0; i < slice.M; i += MC)
                {
                    var block = slice.Block(i, 0, Math.Min(slice.M - i, MC), slice.N);
                    if (packedA != null)
                        Packing.Pack(block.A, block.AColumn, block.ARow, block.K, block.M, MR, packedA);
                    Tiles(block, packedA, packedB, packsB);
                }
            }
        }
    }

    /// <summary>Packs all columns, or only those that do not fill a tile: the micro-kernel always reads whole vectors.</summary>
    private static void PackColumns(in Product<T> slice, T* packedB, bool all)
    {
        var first = all ? 0 : slice.N - slice.N % NR;
        Packing.Pack(
            slice.B + first * slice.BColumn, slice.BRow, slice.BColumn, slice.K, slice.N - first, NR, packedB);
    }

    /// <summary>C's tiles of one slice of K. A null <paramref name="packedA"/> stands for A as it is; where not all of B is
    /// packed, <paramref name="packedB"/> holds the columns that do not fill a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tiles(in Product<T> block, T* packedA, T* packedB, bool packsB)
    {
        var fullColumns = block.N - block.N % NR;
        for (var j = 0; j < block.N; j += NR)
        {
            var isFull = j < fullColumns;
            var isPacked = packsB || !isFull;
            var b = isPacked ? packedB + (packsB ? j : 0) * block.K : block.B + j;
            var bRow = isPacked ? NR : block.BRow;
            for (var i = 0; i < block.M; i += MR)
            {
                var rows = Math.Min(MR, block.M - i);
                var (a, aRow, aColumn) = packedA != null
                    ? ((nint)(packedA + i * block.K), 1, MR)
                    : ((nint)(block.A + i * block.ARow), block.ARow, block.AColumn);
                var c = block.C + i * block.CRow + j;
                if (isFull)
                {
                    MicroKernel<T, TVector, TWidth>.Run(
                        rows, block.K, (T*)a, aRow, aColumn, b, bRow, c, block.CRow, block.Update);
                }
                else
                {
                    EdgeTile(rows, block.N - j, block.K, (T*)a, aRow, aColumn, b, c, block.CRow, block.Update);
                }
            }
        }
    }

    /// <summary>A tile of which only some columns exist in C: computed beside C, then moved there.</summary>
    private static void EdgeTile(
        int rows, int columns, int k, T* a, nint aRow, nint aColumn, T* b, T* c, nint cRow, Update update)
    {
        var tile = stackalloc T[rows * NR];
        MicroKernel<T, TVector, TWidth>.Run(rows, k, a, aRow, aColumn, b, NR, tile, NR, Update.Assign);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                ref var element = ref c[i * cRow + j];
                var sum = tile[i * NR + j];
                element = update switch
                {
                    Update.Add => element + sum,
                    Update.Subtract => element - sum,
                    _ => sum,
                };
            }
        }
    }
}
