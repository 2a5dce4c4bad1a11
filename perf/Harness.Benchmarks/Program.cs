using BenchmarkDotNet.Running;
using Harness.Benchmarks;

if (args is ["matrix-product", .. var sizes])
    InterleavedMatrixProduct.Run([.. sizes.Select(int.Parse)]);
else if (args is ["protocol-overhead"])
    ProtocolOverhead.Run();
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
