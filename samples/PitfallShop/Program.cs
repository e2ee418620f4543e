using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;
using PitfallShop.Threading;

var builder = WebApplication.CreateBuilder(args);

builder.Services.AddPitfallDetection(); // all it takes

builder.Services.AddShopData(builder.Configuration);
builder.Services.AddAccounts(builder.Configuration);
builder.Services.AddHealthChecks().AddCheck<DatabaseHealthCheck>("database");
builder.Services.AddControllers();
builder.Services.AddCors();
builder.Services.AddProblemDetails();
builder.Services.AddValidation();
builder.Services.AddReminders();
builder.Services.AddSingleton<BackOffice>();
builder.Services.AddSingleton<Carrier>();
builder.Services.AddSingleton(_ => new HttpClient());
builder.Services.AddStopWithDriver(builder.Configuration);
foreach (var lesson in Lesson.All)
    lesson.Add(builder.Services);

var app = builder.Build();

app.UseExceptionHandler();
app.UseCors();
app.UseAuthentication();
app.UseAuthorization();

var routes = ShopRoutes.In(app);
Products.Map(routes);
Accounts.Map(routes);
Avatars.Map(routes);
Administration.Map(routes);
SalesReport.Map(routes);
foreach (var lesson in Lesson.All)
    lesson.Map(routes);
app.MapControllers();
app.MapHealthChecks("/health");

await app.RunAsync();
