using System.Globalization;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>Whatever way a body is written, the bytes on the wire are those of the app without the library.</summary>
public class BodiesTests(Twins<BodiesApp> twins) : IClassFixture<Twins<BodiesApp>>
{
    public static TheoryData<PitfallProfile, string> Paths { get; } = Compared.InEveryProfile(BodiesApp.Paths);

    [Theory]
    [MemberData(nameof(Paths))]
    public Task A_body_is_the_same_bytes(PitfallProfile profile, string path) => 
        // The serializer flushes a long body when enough is unflushed, and the socket takes some away meanwhile.
        twins.AssertSameAsync(profile, Compared.Get(path), joined: path is "/json/large" or "/bodies/mvc/large");

    [Theory]
    [MemberData(nameof(Paths))]
    public Task A_head_request_is_the_same_bytes(PitfallProfile profile, string path) =>
        twins.AssertSameAsync(profile, Compared.Request("HEAD", path));

    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    [InlineData(PitfallProfile.Off)]
    public async Task Old_and_wrong_requests_are_answered_the_same(PitfallProfile profile)
    {
        await twins.AssertSameAsync(profile, "GET /chunks/stream HTTP/1.0\r\n\r\n");
        await twins.AssertSameAsync(profile, Compared.Request("OPTIONS", "/text"));
        await twins.AssertSameAsync(profile, Compared.Request("BREW", "/text"));
        await twins.AssertSameAsync(profile, Compared.Request("DELETE", "/text"));
    }

    [Fact]
    public async Task The_bare_answers_are_the_intended_ones()
    {
        // What is compared must itself be worth comparing.
        await twins.AssertSameAsync(PitfallProfile.Development, Compared.Get("/chunks/stream"), r => Assert.EndsWith("3\r\none\r\n2\r\nwo\r\n5\r\nthree\r\n0\r\n\r\n", r, StringComparison.Ordinal));
        await twins.AssertSameAsync(PitfallProfile.Development, Compared.Get("/json/large"), r => Assert.True(r.Length > 200_000, r.Length.ToString(CultureInfo.InvariantCulture)), joined: true);
        await twins.AssertSameAsync(PitfallProfile.Development, Compared.Get("/sync/forbidden"), r => Assert.Contains("Synchronous operations are disallowed", r, StringComparison.Ordinal));
        await twins.AssertSameAsync(PitfallProfile.Development, Compared.Get("/sync/allowed"), r => Assert.Contains("sync ", r, StringComparison.Ordinal));
        await twins.AssertSameAsync(PitfallProfile.Development, Compared.Get("/stream-on-204"), r => Assert.DoesNotContain("nor for this", r, StringComparison.Ordinal));
        await twins.AssertSameAsync(PitfallProfile.Development, Compared.Get("/bodies/mvc"), r => Assert.Contains("\"name\":\"Order number 1,", r, StringComparison.Ordinal));
    }
}
