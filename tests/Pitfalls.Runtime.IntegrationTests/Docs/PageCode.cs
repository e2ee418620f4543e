using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Pitfalls.Runtime.IntegrationTests.Docs;

/// <summary>The C# of a page, compiled as a reader would: pasted into the <c>Program.cs</c> of an empty web app.</summary>
internal static class PageCode
{
    private static readonly CSharpParseOptions s_language = new(LanguageVersion.Latest);

    private static readonly Lazy<IReadOnlyList<MetadataReference>> s_references = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            // Our own samples and tests have classes that a page's could be taken for.
            .Where(path => Path.GetFileName(path) is "Pitfalls.Runtime.dll" || !(IsOurs(Path.GetFileName(path)) || Path.GetFileName(path).StartsWith("xunit", StringComparison.Ordinal)))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    private static readonly SyntaxTree s_implicitUsings = CSharpSyntaxTree.ParseText(
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http;
        global using System.Net.Http.Json; global using System.Threading; global using System.Threading.Tasks; global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http; global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging; global using Pitfalls.Runtime;
        """,
        s_language);

    /// <summary>Every block of C# of a page.</summary>
    public static IReadOnlyList<string> Of(string page)
    {
        var blocks = new List<string>();
        List<string>? block = null;
        foreach (var line in page.Split('\n').Select(l => l.TrimEnd('\r')))
        {
            if (block is null && line.Trim() == "```csharp")
                block = [];
            else if (block is not null && line.Trim() == "```")
            {
                blocks.Add(string.Join('\n', block));
                block = null;
            }
            else
                block?.Add(line);
        }

        return block is null ? blocks : throw new FormatException("a block of code has no end");
    }

    /// <summary>What the compiler says about it; empty: nothing is wrong.</summary>
    public static IReadOnlyList<string> Errors(string code)
    {
        var lines = code.Split('\n');
        var usings = lines.TakeWhile(l => l.StartsWith("using ", StringComparison.Ordinal) && l.EndsWith(';') || l.Length == 0).ToList();
        var rest = string.Join('\n', lines.Skip(usings.Count));
        List<string> program = [.. usings];
        if (!rest.Contains("var builder =", StringComparison.Ordinal))
            program.Add("var builder = WebApplication.CreateBuilder(args);");
        if (!rest.Contains("var app =", StringComparison.Ordinal))
            program.Add("var app = builder.Build();");
        program.Add(rest);

        var compilation = CSharpCompilation.Create(
            "page",
            [s_implicitUsings, CSharpSyntaxTree.ParseText(string.Join('\n', program), s_language)],
            s_references.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return [.. compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString())];
    }

    private static bool IsOurs(string file) => file.StartsWith("Pitfall", StringComparison.Ordinal) || file.StartsWith("Quickstart", StringComparison.Ordinal);
}
