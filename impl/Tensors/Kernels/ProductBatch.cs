using System.Numerics;
using System.Runtime.Intrinsics;

namespace Harness.Tensors.Kernels;

/// <summary>Products of one shape, cut into blocks of C that threads compute independently of each other.</summary>
internal readonly unsafe struct ProductBatch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Multiply-adds that take a thread about ten microseconds: starting another one costs about as much.</summary>
    private const long WorthAThread = 64 * 64 * 64;

    /// <summary>Large products are cut finer than there are threads, so that a delayed thread holds up less.</summary>
    private const int MostBlocksPerThread = 1;

    /// <summary>Blocks begin at multiples of these, which are multiples of every MR and NR: only the last ones have partial
    /// tiles.</summary>
    private const int RowGrain = 24, ColumnGrain = 32;

    private readonly Product<T> _first;
    private readonly int* _aOffsets;
    private readonly int* _bOffsets;
    private readonly int _count;

    public ProductBatch(in Product<T> product, int* aOffsets, int* bOffsets, int count)
    {
        _first = product;
        _aOffsets = aOffsets;
        _bOffsets = bOffsets;
        _count = count;
        if (count > 1 && IsOneProduct(out var aRow))
        {
            _first.M *= count;
            _first.ARow = aRow;
            _count = 1;
        }
    }

    /// <summary>Whether all B are the same and the A follow each other like rows of one matrix.</summary>
    private bool IsOneProduct(out nint aRow)
    {
        var step = (nint)_aOffsets[1] - _aOffsets[0];
        aRow = _first.M == 1 ? step : _first.ARow;
        if (step != aRow * _first.M)
            return false;
        for (var i = 1; i < _count; i++)
        {
            if (_aOffsets[i] - _aOffsets[i - 1] != step || _bOffsets[i] != _bOffsets[0])
                return false;
        }
        return true;
    }

    public void Run(int threads, VectorWidth? width)
    {
        var work = (long)_first.M * _first.N * _first.K * _count;
        if (threads == 1 || work < 2 * WorthAThread)
        {
            for (var i = 0; i < _count; i++)
                Run(At(i), width);
            return;
        }

        RunInParallel(Math.Min(work / WorthAThread, threads * MostBlocksPerThread), threads, width);
    }

    // Apart from Run, which would otherwise allocate what the lambda captures for the smallest product as well.
    private void RunInParallel(long wantedBlocks, int threads, VectorWidth? width)
    {
        var (rows, columns) = BlockExtents(wantedBlocks);
        var blocksDown = (_first.M + rows - 1) / rows;
        var blocksAcross = (_first.N + columns - 1) / columns;
        var blocks = blocksDown * blocksAcross;
        var batch = this;
        SharedLoop.Run(_count * blocks, threads, index =>
        {
            var (item, block) = Math.DivRem(index, blocks);
            var (down, across) = Math.DivRem(block, blocksAcross);
            var product = batch.At(item);
            var (i, j) = (down * rows, across * columns);
            Run(product.Block(i, j, Math.Min(rows, product.M - i), Math.Min(columns, product.N - j)), width);
        });
    }

    /// <summary>Cuts the larger extent until the batch has so many blocks.</summary>
    private (int Rows, int Columns) BlockExtents(long wanted)
    {
        int down = 1, across = 1;
        int rows = _first.M, columns = _first.N;
        while ((long)_count * down * across < wanted && (rows > RowGrain || columns > ColumnGrain))
        {
            if (rows >= columns)
                rows = Extent(_first.M, ++down, RowGrain);
            else
                columns = Extent(_first.N, ++across, ColumnGrain);
        }
        return (rows, columns);
    }

    private static int Extent(int total, int parts, int grain) => (total + parts * grain - 1) / (parts * grain) * grain;

    private Product<T> At(int index) => _first with
    {
        A = _first.A + _aOffsets[index],
        B = _first.B + _bOffsets[index],
        C = _first.C + (nint)index * _first.M * _first.CRow,
    };

    private static void Run(Product<T> product, VectorWidth? width)
    {
        // A column-major matrix times a vector is, read as a row times a row-major matrix, the product without padding.
        if (product.N == 1 && product.ARow == 1 && product.CRow == 1)
            product = product.Transposed();

        switch (width ?? VectorWidths.Spanning<T>(product.N, VectorWidths.Widest<T>()))
        {
            case VectorWidth.Bits512: BlockedProduct<T, Vector512<T>, Bits512<T>>.Run(product); break;
            case VectorWidth.Bits256: BlockedProduct<T, Vector256<T>, Bits256<T>>.Run(product); break;
            case VectorWidth.Bits128: BlockedProduct<T, Vector128<T>, Bits128<T>>.Run(product); break;
            default: BlockedProduct<T, T, OneLane<T>>.Run(product); break;
        }
    }
}
