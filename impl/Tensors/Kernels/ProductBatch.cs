using System.Numerics;
using System.Runtime.Intrinsics;

namespace Harness.Tensors.Kernels;

/// <summary>Products of one shape, and who computes what: one thread everything, threads a product each, or together.</summary>
internal readonly unsafe struct ProductBatch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Multiply-adds that take a thread about ten microseconds: starting another one costs about as much.</summary>
    private const long WorthAThread = 64 * 64 * 64;

    /// <summary>A batch of so many products per thread keeps them all busy to the end without cutting a product.</summary>
    private const int ProductsPerThread = 4;

    /// <summary>Rows or columns up to which a product is not worth packing as a whole.</summary>
    private const int Thin = 48;

    /// <summary>Stripes begin at multiples of this, a multiple of every MR and NR: only the last one has partial tiles.</summary>
    private const int StripeGrain = 96;

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
        var work = (long)_first.M * _first.N * _first.K;
        if (threads == 1 || work * _count < 2 * WorthAThread)
        {
            for (var i = 0; i < _count; i++)
                Run(At(i), 1, width);
        }
        else if (_count >= threads * ProductsPerThread || work < 2 * WorthAThread)
        {
            RunSideBySide(threads, width);
        }
        else
        {
            for (var i = 0; i < _count; i++)
                Run(At(i), threads, width);
        }
    }

    // Apart from Run, which would otherwise allocate what the lambda captures for the smallest product as well.
    private void RunSideBySide(int threads, VectorWidth? width)
    {
        var batch = this;
        SharedLoop.Run(_count, threads, i => Run(batch.At(i), 1, width));
    }

    private Product<T> At(int index) => _first with
    {
        A = _first.A + _aOffsets[index],
        B = _first.B + _bOffsets[index],
        C = _first.C + (nint)index * _first.M * _first.CRow,
    };

    private static void Run(Product<T> product, int threads, VectorWidth? width)
    {
        // A column-major matrix times a vector is, read as a row times a row-major matrix, the product without padding.
        if (product.N == 1 && product.ARow == 1 && product.CRow == 1)
            product = product.Transposed();

        switch (width ?? VectorWidths.Spanning<T>(product.N, VectorWidths.Widest<T>()))
        {
            case VectorWidth.Bits512: Run<Vector512<T>, Bits512<T>>(product, threads); break;
            case VectorWidth.Bits256: Run<Vector256<T>, Bits256<T>>(product, threads); break;
            case VectorWidth.Bits128: Run<Vector128<T>, Bits128<T>>(product, threads); break;
            default: Run<T, OneLane<T>>(product, threads); break;
        }
    }

    private static void Run<TVector, TWidth>(in Product<T> product, int threads)
        where TVector : unmanaged
        where TWidth : IVector<T, TVector>
    {
        if (threads == 1)
            BlockedProduct<T, TVector, TWidth>.Run(product);
        else if (Math.Min(product.M, product.N) > Thin)
            SharedProduct<T, TVector, TWidth>.Run(product, threads);
        else
            RunStripes<TVector, TWidth>(product, threads);
    }

    /// <summary>A thin product is cut along its larger extent only, and every thread reads the thin operand for itself.</summary>
    private static void RunStripes<TVector, TWidth>(Product<T> product, int threads)
        where TVector : unmanaged
        where TWidth : IVector<T, TVector>
    {
        var extent = Math.Max(product.M, product.N);
        var stripe = Packing.RoundUp((extent + threads - 1) / threads, StripeGrain);
        SharedLoop.Run((extent + stripe - 1) / stripe, threads, index =>
        {
            var first = index * stripe;
            var size = Math.Min(stripe, extent - first);
            BlockedProduct<T, TVector, TWidth>.Run(product.M > product.N
                ? product.Block(first, 0, size, product.N)
                : product.Block(0, first, product.M, size));
        });
    }
}
