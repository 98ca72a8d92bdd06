using Ktrdr.AppHost.Native;
using Xunit;

namespace Ktrdr.Tests.Learning.Onnx;

/// <summary>A test that runs ONNX files in ONNX Runtime, fetched by npm; skipped, with the reason, where Node.js or npm is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnnxRuntimeFactAttribute : FactAttribute
{
    public OnnxRuntimeFactAttribute()
        => Skip = Executables.Find("node") is null || Executables.Find("npm") is null ? "needs Node.js and npm, which are not installed" : null;
}

/// <summary>ONNX Runtime as an npm package (WebAssembly, in Node.js), fetched into a folder of the caller.</summary>
internal static class OnnxRuntime
{
    private const string Version = "1.30.0";

    private const string Script = """
        import { readFileSync } from 'node:fs';
        import * as ort from 'onnxruntime-web';
        ort.env.wasm.numThreads = 1;
        for (const file of process.argv.slice(2)) {
          const [dimensions, values] = readFileSync(file + '.txt', 'utf8').split('\n').map(line => line.split(' ').map(Number));
          const session = await ort.InferenceSession.create(readFileSync(file));
          const result = await session.run({ features: new ort.Tensor('float32', Float32Array.from(values), dimensions) });
          console.log(file + '\t' + Array.from(result[session.outputNames[0]].data).join(' '));
        }
        """;

    /// <summary>One line per file: its name, a tab, the outputs. Beside each file lies <c>.txt</c> with the dimensions and the values of its input.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(string folder, IReadOnlyList<string> files)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), "{ \"private\": true }\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "run.mjs"), Script);
        await ExecuteAsync(folder, [Executables.Find("npm")!, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", $"onnxruntime-web@{Version}"]);
        var output = await ExecuteAsync(folder, [Executables.Find("node")!, "run.mjs", .. files]);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<string> ExecuteAsync(string folder, IReadOnlyList<string> command)
    {
        var (code, output, error) = await UnixProcess.RunAsync(command, "", folder, TimeSpan.FromMinutes(3), CancellationToken.None);
        Assert.True(code == 0, $"{string.Join(' ', command)}: {error}{output}");
        return output;
    }
}
