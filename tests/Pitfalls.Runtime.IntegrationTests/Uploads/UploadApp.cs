using System.Net.Http.Headers;
using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Uploads;

/// <summary>An app that takes files, with a folder of its own that goes with it.</summary>
internal sealed class UploadApp : IAsyncDisposable
{
    public static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1];

    private readonly DirectoryInfo _folder;

    private UploadApp(TestApp app, DirectoryInfo folder) => (App, _folder) = (app, folder);

    public TestApp App { get; }

    public string Folder => _folder.FullName;

    public static async Task<UploadApp> StartAsync(
        Action<WebApplication, string> map, Action<IServiceCollection>? services = null, string environment = "Development",
        IEnumerable<KeyValuePair<string, string?>>? settings = null, Action<WebApplicationBuilder>? builder = null)
    {
        var folder = Directory.CreateTempSubdirectory("pitfalls-uploads-");
        var app = await TestApp.StartAsync(
            a => map(a, folder.FullName),
            s =>
            {
                s.AddAntiforgery();
                s.AddSingleton(new UploadFolder(folder.FullName));
                services?.Invoke(s);
            },
            environment,
            settings,
            builder: builder);
        return new UploadApp(app, folder);
    }

    /// <summary>One file in a form, as a browser sends it. An odd name goes over the wire as it is.</summary>
    public static MultipartFormDataContent Form(string name, byte[]? content = null, string? type = "image/png", string field = "file")
    {
        var part = new ByteArrayContent(content ?? Encoding.UTF8.GetBytes("the content of " + name.Length));
        if (type is not null)
            part.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        part.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"{field}\"; filename=\"{name.Replace("\\", "\\\\", StringComparison.Ordinal)}\"");
        return new MultipartFormDataContent { part };
    }

    public async Task<HttpResponseMessage> SendAsync(string path, HttpContent content, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, path) { Content = content };
        return await App.Client.SendAsync(request);
    }

    public async Task<IReadOnlyList<Finding>> FindAsync(string ruleId) => [.. (await App.FindingsAsync()).Where(f => f.RuleId == ruleId)];

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>Where the app of a test saves.</summary>
public sealed record UploadFolder(string Path);
