using System.Runtime.InteropServices;

namespace Harness.Benchmarks;

/// <summary>The native library that the managed product is measured against. It is not a dependency: where it is absent,
/// <see cref="IsAvailable"/> says so.</summary>
internal static unsafe partial class OpenBlas
{
    private const string Library = "libopenblas.so.0";
    private const int RowMajor = 101, NoTranspose = 111;

    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary>C = A · B, square and row-major, in double or float.</summary>
    public static void Multiply<T>(int n, T[] a, T[] b, T[] c)
        where T : unmanaged
    {
        fixed (void* aStart = a, bStart = b, cStart = c)
        {
            if (typeof(T) == typeof(double))
                MultiplyDouble(RowMajor, NoTranspose, NoTranspose, n, n, n, 1, aStart, n, bStart, n, 0, cStart, n);
            else if (typeof(T) == typeof(float))
                MultiplySingle(RowMajor, NoTranspose, NoTranspose, n, n, n, 1, aStart, n, bStart, n, 0, cStart, n);
            else
                throw new NotSupportedException($"OpenBLAS multiplies double and float, not {typeof(T).Name}.");
        }
    }

    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    public static partial void SetThreads(int threads);

    [LibraryImport(Library, EntryPoint = "cblas_dgemm")]
    private static partial void MultiplyDouble(
        int order, int transA, int transB, int m, int n, int k, double alpha, void* a, int lda, void* b, int ldb,
        double beta, void* c, int ldc);

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    private static partial void MultiplySingle(
        int order, int transA, int transB, int m, int n, int k, float alpha, void* a, int lda, void* b, int ldb,
        float beta, void* c, int ldc);
}
