using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Samples;

/// <summary>What <c>dotnet new webapi</c> writes, in both its forms, plus the one line.</summary>
public class WebApiTemplateTests
{
    internal static readonly string[] Summaries = ["Freezing", "Bracing", "Chilly", "Cool", "Mild", "Warm", "Balmy", "Hot", "Sweltering", "Scorching"];

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task A_thousand_requests_to_the_template_bring_no_finding(string environment)
    {
        await using var app = await TestApp.StartAsync(
            app =>
            {
                if (app.Environment.IsDevelopment())
                    app.MapOpenApi();
                app.UseHttpsRedirection();
                app.MapGet("/weatherforecast", () =>
                {
                    var forecast = Enumerable.Range(1, 5).Select(Forecast).ToArray();
                    return forecast;
                }).WithName("GetWeatherForecast");
            },
            services => services.AddOpenApi(),
            environment);

        await CleanTraffic.BringsNoFindingAsync(app.Client, app.Services, environment, "/weatherforecast", "/openapi/v1.json");
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task A_thousand_requests_to_the_template_with_controllers_bring_no_finding(string environment)
    {
        await using var app = await TestApp.StartAsync(
            app =>
            {
                if (app.Environment.IsDevelopment())
                    app.MapOpenApi();
                app.UseHttpsRedirection();
                app.UseAuthorization();
                app.MapControllers();
            },
            services =>
            {
                services.AddControllers().AddApplicationPart(typeof(WeatherForecastController).Assembly);
                services.AddOpenApi();
            },
            environment);

        await CleanTraffic.BringsNoFindingAsync(app.Client, app.Services, environment, "/WeatherForecast", "/openapi/v1.json");
    }

    internal static WeatherForecast Forecast(int index) => new(
        DateOnly.FromDateTime(TimeProvider.System.GetLocalNow().DateTime.AddDays(index)),
        Random.Shared.Next(-20, 55),
        Summaries[Random.Shared.Next(Summaries.Length)]);
}

public sealed record WeatherForecast(DateOnly Date, int TemperatureC, string? Summary)
{
    public int TemperatureF => 32 + (int)(TemperatureC / 0.5556);
}

[ApiController]
[Route("[controller]")]
public class WeatherForecastController : ControllerBase
{
    [HttpGet(Name = "GetWeatherForecastByController")]
    public IEnumerable<WeatherForecast> Get() => Enumerable.Range(1, 5).Select(WebApiTemplateTests.Forecast).ToArray();
}
