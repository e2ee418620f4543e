using Microsoft.AspNetCore.Builder;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests;

public class SmokeTests
{
    [Fact]
    public async Task One_line_is_enough_for_a_finding_with_its_place()
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            a.MapGet("/nothing", string? () => null);
            a.MapGet("/users/{id}", UserOf);
        });

        await app.Client.GetStringAsync("/users/7");

        var finding = await app.ExpectAsync("PIT3001");
        Assert.Equal("GET /users/{id}", Assert.Single(finding.Routes));
        Assert.Equal("SmokeTests.cs", finding.Location?.File);
        Assert.Equal("Pitfalls.Runtime.IntegrationTests.SmokeTests.UserOf", finding.Location?.Function);
        Assert.NotNull(finding.Location?.Line);
    }

    private static User? UserOf(int id) => null;

    private sealed record User(string Name);
}
