using System.Collections.Concurrent;
using System.Threading.Channels;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Pitfalls.Runtime.ReleaseApp;

/// <summary>Every place in an app where something can block.</summary>
/// <param name="Path">Where the place is asked for, without the way to block.</param>
/// <param name="IsInRequest">Whether it runs for the request that asked, or on its own account.</param>
public sealed record Place(string Path, bool IsInRequest = true)
{
    public static IReadOnlyList<Place> All { get; } =
    [
        new("minimal"), new("action"), new("middleware"), new("endpoint-filter"), new("action-filter"), new("constructor"), new("factory"), new("get-or-add"),
        new("after-await"), new("after-configure-await"), new("timer", IsInRequest: false), new("hosted-service", IsInRequest: false),
    ];

    public static void AddTo(IServiceCollection services)
    {
        services.AddControllers().AddApplicationPart(typeof(Place).Assembly);
        services.AddHttpContextAccessor();
        services.AddTransient(Make);
        services.AddSingleton<Work>();
        services.AddHostedService<Worker>();
    }

    public static void MapTo(WebApplication app)
    {
        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/middleware", out var way))
                Blocking.Run(way.Value![1..]);
            return next(context);
        });
        app.MapControllers();
        app.MapGet("/middleware/{way}", () => "");
        app.MapGet("/minimal/{way}", (string way) => Blocking.Run(way));
        app.MapGet("/endpoint-filter/{way}", () => "").AddEndpointFilter((context, next) =>
        {
            Blocking.Run((string)context.HttpContext.GetRouteValue("way")!);
            return next(context);
        });
        app.MapGet("/constructor/{way}", (string way) => new Constructed(way).ToString());
        app.MapGet("/factory/{way}", (string way, Made made) => made.ToString());
        app.MapGet("/get-or-add/{way}", (string way) => new ConcurrentDictionary<string, string>().GetOrAdd(way, w =>
        {
            Blocking.Run(w);
            return w;
        }));
        app.MapGet("/after-await/{way}", async (string way) =>
        {
            await Task.Delay(1);
            Blocking.Run(way);
        });
        app.MapGet("/after-configure-await/{way}", async (string way) =>
        {
            await Task.Delay(1).ConfigureAwait(false);
            Blocking.Run(way);
        });
        app.MapGet("/timer/{way}", (string way) =>
        {
            using (ExecutionContext.SuppressFlow())
                Timers.Add(new Timer(_ => Blocking.Run(way), null, 1, Timeout.Infinite));
        });
        app.MapGet("/hosted-service/{way}", (string way, Work work) => work.Queue.Writer.TryWrite(way));
    }

    /// <summary>Handlers so short that they are inlined into what the framework makes to call them.</summary>
    public static void MapShortTo(WebApplication app)
    {
        app.MapGet("/short-wait", () => Task.Delay(60).Wait());
        app.MapGet("/short-sleep", () => Thread.Sleep(1500));
        app.MapGet("/short-await", () => Task.Delay(60));
    }

    private static ConcurrentBag<Timer> Timers { get; } = [];

    private static Made Make(IServiceProvider provider)
    {
        Blocking.Run((string)provider.GetRequiredService<IHttpContextAccessor>().HttpContext!.GetRouteValue("way")!);
        return new Made();
    }

    private sealed class Constructed
    {
        public Constructed(string way) => Blocking.Run(way);
    }

    internal sealed class Made;

    internal sealed class Work
    {
        public Channel<string> Queue { get; } = Channel.CreateUnbounded<string>();
    }

    private sealed class Worker(Work work) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (var way in work.Queue.Reader.ReadAllAsync(stoppingToken))
                Blocking.Run(way);
        }
    }
}

[ApiController]
public sealed class ActionController : ControllerBase
{
    [HttpGet("/action/{way}")]
    public string Get(string way)
    {
        Blocking.Run(way);
        return way;
    }

    [HttpGet("/action-filter/{way}")]
    [BlockingFilter]
    public string Filtered(string way) => way;
}

public sealed class BlockingFilterAttribute : ActionFilterAttribute
{
    public override void OnActionExecuting(ActionExecutingContext context) => Blocking.Run((string)context.RouteData.Values["way"]!);
}
