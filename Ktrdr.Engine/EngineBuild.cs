namespace Ktrdr.Engine;

/// <summary>Which engine this process computes with.</summary>
public static class EngineBuild
{
    private const int ShownDigits = 12;

    /// <summary>Of the product. It stays the same while kernels change between releases.</summary>
    public static string Version { get; } = typeof(EngineBuild).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>
    /// The version and the identity of what was compiled, such as <c>0.1.0+5f0c1d2e3a4b</c>. The compiler derives it from sources, references and options: equal builds compute the
    /// same bits, and a different one says that they may differ. It depends on neither the folder nor the commit it was built in.
    /// </summary>
    public static string Identity { get; } = $"{Version}+{typeof(EngineBuild).Module.ModuleVersionId.ToString("N")[..ShownDigits]}";
}
