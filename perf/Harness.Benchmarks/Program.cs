using BenchmarkDotNet.Running;
using Harness.Benchmarks;
using Harness.Benchmarks.Micro;

if (args is ["micro", .. var options])
    return MicroRun.Run(options);
if (args is [Allocations.Argument, .. var names])
    Allocations.Answer(names);
else if (args is ["matrix-product", .. var sizes])
    InterleavedMatrixProduct.Run([.. sizes.Select(int.Parse)]);
else if (args is ["protocol-overhead"])
    ProtocolOverhead.Run();
else if (args is ["against-pytorch", .. var python])
    AgainstPyTorch.Run(python is [var interpreter] ? interpreter : "python3");
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
