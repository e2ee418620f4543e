namespace PitfallShop.Lessons;

/// <summary>Ends the shop when the program that started it closes the shop's standard input, or dies: no shop is left behind.</summary>
internal sealed class StopsWithDriver(IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A thread of its own: reading standard input blocks until its end, and that may be a day.
        new Thread(WaitForEndOfInput) { IsBackground = true, Name = "Driver watch" }.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void WaitForEndOfInput()
    {
        using var input = Console.OpenStandardInput();
        var nothing = new byte[64];
        while (input.Read(nothing) > 0)
        {
        }

        lifetime.StopApplication();
    }
}

internal static class StopsWithDriverExtensions
{
    public static void AddStopWithDriver(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration.GetValue<bool>("StopWithDriver"))
            services.AddHostedService<StopsWithDriver>();
    }
}
