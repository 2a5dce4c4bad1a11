using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Harness.Tensors.Kernels;

/// <summary>Copies a slice of a matrix into the order in which the micro-kernel reads it.</summary>
internal static unsafe class Packing
{
    /// <summary>Depths that are copied from all panels before the next ones, where the lines are adjacent: so many rows of the
    /// matrix are read side by side, which is as many streams as hardware prefetchers follow.</summary>
    private const int RowsAtOnce = 16;

    private const int CacheLine = 64;

    /// <summary>
    /// Packs <paramref name="lines"/> lines (rows of A or columns of B) into panels of <paramref name="width"/> lines:
    /// <c>panels[i·depth + p·width + l] = source[p·depthStride + (i + l)·lineStride]</c> for i a multiple of the width. The
    /// last panel is filled up with zeros.
    /// </summary>
    public static void Pack<T>(T* source, nint depthStride, nint lineStride, int depth, int lines, int width, T* panels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var step = lineStride == 1 ? RowsAtOnce : depth;
        for (var p = 0; p < depth; p += step)
        {
            for (var i = 0; i < lines; i += width)
            {
                PackPanel(source + p * depthStride + i * lineStride, depthStride, lineStride,
                    Math.Min(step, depth - p), Math.Min(width, lines - i), width, panels + i * depth + p * width);
            }
        }
    }

    /// <summary>An array for so many packed elements from an aligned start.</summary>
    public static T[] Rent<T>(int elements)
        where T : unmanaged => ArrayPool<T>.Shared.Rent(elements + CacheLine / sizeof(T));

    /// <summary>The first cache line that begins at or after the pointer: vectors of a panel should not straddle two.</summary>
    public static T* Align<T>(T* pointer)
        where T : unmanaged => (T*)(((nuint)pointer + CacheLine - 1) & ~(nuint)(CacheLine - 1));

    public static int RoundUp(int extent, int multiple) => (extent + multiple - 1) / multiple * multiple;

    private static void PackPanel<T>(T* source, nint depthStride, nint lineStride, int depth, int lines, int width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var isWhole = lines == width && Vector128<T>.IsSupported && width >= Vector128<T>.Count;
        if (isWhole && lineStride == 1 && Vector256.IsHardwareAccelerated && width >= Vector256<T>.Count)
            Copy<T, Vector256<T>, Bits256<T>>(source, depthStride, depth, width, panel);
        else if (isWhole && lineStride == 1)
            Copy<T, Vector128<T>, Bits128<T>>(source, depthStride, depth, width, panel);
        else if (isWhole && depthStride == 1)
            Transpose(source, lineStride, depth, width, panel);
        else
            Gather(source, depthStride, lineStride, depth, lines, width, panel);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather<T>(T* source, nint depthStride, nint lineStride, int depth, int lines, int width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var p = 0; p < depth; p++)
        {
            var line = source;
            for (var i = 0; i < lines; i++)
            {
                panel[i] = *line;
                line += lineStride;
            }
            for (var i = lines; i < width; i++)
                panel[i] = T.Zero;
            source += depthStride;
            panel += width;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy<T, TVector, TWidth>(T* source, nint depthStride, int depth, nint width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TWidth : IVector<T, TVector>
    {
        // Where the width is no multiple of the vector, the last one repeats some lines.
        var last = width - TWidth.Count;
        for (var p = 0; p < depth; p++)
        {
            for (nint i = 0; i < last; i += TWidth.Count)
                TWidth.Store(TWidth.Load(source + i), panel + i);
            TWidth.Store(TWidth.Load(source + last), panel + last);
            source += depthStride;
            panel += width;
        }
    }

    /// <summary>Squares of vectors: lines in, depths out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose<T>(T* source, nint lineStride, int depth, nint width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint side = Vector128<T>.Count;
        // Where the width is no multiple of the vector, the last square repeats some lines.
        var last = width - side;
        for (; depth >= side; depth -= (int)side)
        {
            var line = source;
            for (nint i = 0; i < last; i += side)
            {
                TransposeSquare(line, lineStride, panel + i, width);
                line += side * lineStride;
            }
            TransposeSquare(source + last * lineStride, lineStride, panel + last, width);
            source += side;
            panel += side * width;
        }
        Gather(source, 1, lineStride, depth, (int)width, (int)width, panel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeSquare<T>(T* source, nint stride, T* target, nint targetStride)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
            Transpose2((double*)source, stride, (double*)target, targetStride);
        else
            Transpose4((float*)source, stride, (float*)target, targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose2(double* source, nint stride, double* target, nint targetStride)
    {
        Vector128.Create(source[0], source[stride]).Store(target);
        Vector128.Create(source[1], source[stride + 1]).Store(target + targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(float* source, nint stride, float* target, nint targetStride)
    {
        // Four lines, each as two pairs of floats.
        double* x = (double*)source, y = (double*)(source + stride);
        double* z = (double*)(source + 2 * stride), w = (double*)(source + 3 * stride);
        var (xy01, xy23) = (Interleave(x[0], y[0]), Interleave(x[1], y[1]));
        var (zw01, zw23) = (Interleave(z[0], w[0]), Interleave(z[1], w[1]));
        Lower(xy01, zw01).Store(target);
        Upper(xy01, zw01).Store(target + targetStride);
        Lower(xy23, zw23).Store(target + 2 * targetStride);
        Upper(xy23, zw23).Store(target + 3 * targetStride);
    }

    /// <summary>x₀, y₀, x₁, y₁ from the pairs x and y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Interleave(double x, double y) =>
        Vector128.Shuffle(Vector128.Create(x, y).AsSingle(), Vector128.Create(0, 2, 1, 3));

    /// <summary>The first two elements of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Lower(Vector128<float> x, Vector128<float> y) =>
        Vector128.Create(x.AsDouble()[0], y.AsDouble()[0]).AsSingle();

    /// <summary>The last two elements of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Upper(Vector128<float> x, Vector128<float> y) =>
        Vector128.Create(x.AsDouble()[1], y.AsDouble()[1]).AsSingle();
}
