using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Harness.Tensors.Kernels;

/// <summary>Copies a slice of a matrix into the order in which the micro-kernel reads it.</summary>
internal static unsafe class Packing
{
    /// <summary>
    /// <c>panel[p·width + i] = source[p·depthStride + i·lineStride]</c> for p &lt; depth and i &lt; lines. Lines are rows of A
    /// or columns of B; the panel's lines from <paramref name="lines"/> to <paramref name="width"/> are zero.
    /// </summary>
    public static void Pack<T>(T* source, nint depthStride, nint lineStride, int depth, int lines, int width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var isWhole = lines == width && Vector128<T>.IsSupported && width >= Vector128<T>.Count;
        if (isWhole && lineStride == 1)
            Copy(source, depthStride, depth, width, panel);
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
    private static void Copy<T>(T* source, nint depthStride, int depth, int width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Where the width is no multiple of the vector, the last one repeats some lines.
        var last = width - Vector128<T>.Count;
        for (var p = 0; p < depth; p++)
        {
            for (var i = 0; i < last; i += Vector128<T>.Count)
                Vector128.Load(source + i).Store(panel + i);
            Vector128.Load(source + last).Store(panel + last);
            source += depthStride;
            panel += width;
        }
    }

    /// <summary>Squares of vectors: lines in, depths out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose<T>(T* source, nint lineStride, int depth, int width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var side = Vector128<T>.Count;
        var squares = depth - depth % side;
        for (var i = 0; i < width; i += side)
        {
            i = Math.Min(i, width - side);
            var line = source + i * lineStride;
            var p = 0;
            for (; p < squares; p += side)
            {
                if (typeof(T) == typeof(double))
                    Transpose2((double*)(line + p), lineStride, (double*)(panel + p * width + i), width);
                else
                    Transpose4((float*)(line + p), lineStride, (float*)(panel + p * width + i), width);
            }
        }
        Gather(source + squares, 1, lineStride, depth - squares, width, width, panel + squares * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose2(double* source, nint stride, double* target, nint targetStride)
    {
        var (x, y) = (Vector128.Load(source), Vector128.Load(source + stride));
        Lower(x, y).Store(target);
        Upper(x, y).Store(target + targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(float* source, nint stride, float* target, nint targetStride)
    {
        var (x, y) = (Vector128.Load(source), Vector128.Load(source + stride));
        var (z, w) = (Vector128.Load(source + 2 * stride), Vector128.Load(source + 3 * stride));
        var (xy01, xy23) = (Interleave(Lower(x, y)), Interleave(Upper(x, y)));
        var (zw01, zw23) = (Interleave(Lower(z, w)), Interleave(Upper(z, w)));
        Lower(xy01, zw01).Store(target);
        Upper(xy01, zw01).Store(target + targetStride);
        Lower(xy23, zw23).Store(target + 2 * targetStride);
        Upper(xy23, zw23).Store(target + 3 * targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Lower<T>(Vector128<T> x, Vector128<T> y)
        where T : unmanaged =>
        Vector128.Create(x.AsDouble()[0], y.AsDouble()[0]).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Upper<T>(Vector128<T> x, Vector128<T> y)
        where T : unmanaged =>
        Vector128.Create(x.AsDouble()[1], y.AsDouble()[1]).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Interleave(Vector128<float> x0x1y0y1) =>
        Vector128.Shuffle(x0x1y0y1, Vector128.Create(0, 2, 1, 3));
}
