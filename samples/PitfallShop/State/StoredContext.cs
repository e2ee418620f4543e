using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.State;

/// <summary>PIT2006: a singleton remembers the request, and the server uses it for somebody else's.</summary>
public sealed class StoredContext : Lesson
{
    // One customer at a time: another's request would answer.
    private readonly SemaphoreSlim _oneAtATime = new(1);

    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT2006")];

    public override void Add(IServiceCollection services)
    {
        services.AddSingleton<CurrentLanguageV1>();
        services.AddSingleton<CurrentLanguageV2>();
        services.AddHttpContextAccessor();
    }

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/language", ShowV1);
        shop.Everybody.MapGet("/v2/language", ShowV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await visit.GetAsync("language");
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    // v1: whoever comes next reads this request's headers, or another's.
    private static LanguageView ShowV1(HttpContext context, CurrentLanguageV1 language)
    {
        language.Context = context;
        return language.Show();
    }

    // v2: the accessor knows the request of whoever asks.
    private static LanguageView ShowV2(CurrentLanguageV2 language) => language.Show();
}

public sealed class CurrentLanguageV1
{
    public HttpContext? Context { get; set; }

    public LanguageView Show() => LanguageView.Of(Context!);
}

public sealed class CurrentLanguageV2(IHttpContextAccessor accessor)
{
    public LanguageView Show() => LanguageView.Of(accessor.HttpContext!);
}

public sealed record LanguageView(string Language)
{
    internal static LanguageView Of(HttpContext context) =>
        new(context.Request.Headers.AcceptLanguage is [{ Length: >= 2 } first, ..] ? first[..2] : "en");
}
