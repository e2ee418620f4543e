using System.Security.Cryptography;
using System.Text;

using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Rules.Deployment;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

public class PlaceholderSecretOnKestrelTests
{
    private const string KeyInCode = "kL9v#Tq2!rZ8mW4xBn7eYc5uJp3sHd6gA1f";

    [Fact]
    public void The_list_is_long() => Assert.True(PlaceholderValues.Count >= 200);

    [Theory]
    [InlineData("Jwt:Key", "change-me")]
    [InlineData("Shop:ApiKey", "your-api-key")]
    [InlineData("Shop:ApiKey", "<your key here>")]
    [InlineData("Mail:Password", "P@ssw0rd")]
    [InlineData("Auth:Google:ClientSecret", "Insert your secret")]
    [InlineData("Tokens:SigningKey", "this is my super secret key")]
    [InlineData("DataProtection:Key", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("Cookie:Secret", "keyboard cat change this")]
    [InlineData("Storage:AccountKey", "${ACCOUNT_KEY}")]
    [InlineData("Storage:AccessKey", "#{AccessKey}#")]
    public async Task Flags_placeholders_by_key_and_origin_and_never_prints_them(string key, string value)
    {
        foreach (var (environment, severity) in new[] { ("Development", PitfallSeverity.Info), ("Production", PitfallSeverity.Error) })
        {
            var finding = Assert.Single(await FindAsync(environment: environment, settings: [new(key, value)]));

            Assert.Equal(severity, finding.Severity);
            Assert.Contains(key, finding.Message, StringComparison.Ordinal);
            Assert.Contains("from code", finding.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(value, finding.Message, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(finding.Evidence.Values, v => v is string text && text.Contains(value, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Theory]
    [InlineData("Server=db;User Id=shop;Password=postgres")]
    [InlineData("postgres://shop:secret@db:5432/shop")]
    [InlineData("Host=db;Pwd = 'changeme' ;Database=shop")]
    public async Task Flags_a_weak_password_in_a_connection_string_in_Production_only(string text)
    {
        Assert.Contains("connection string ConnectionStrings:Shop", Assert.Single(await FindAsync(settings: [new("ConnectionStrings:Shop", text)])).Message, StringComparison.Ordinal);
        Assert.Empty(await FindAsync(environment: "Development", settings: [new("ConnectionStrings:Shop", text)]));
    }

    [Fact]
    public async Task Flags_a_value_in_a_file_with_the_files_name()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "shop.json"), """{ "Shop": { "Secret": "changeit" } }""");

            var finding = Assert.Single(await FindAsync(builder: b => b.Configuration.AddJsonFile(Path.Combine(folder.FullName, "shop.json"))));

            Assert.Contains("Shop:Secret, from shop.json,", finding.Message, StringComparison.Ordinal);
            Assert.Equal("shop.json", finding.Evidence["origin"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Flags_a_signing_key_fixed_in_code() =>
        Assert.Contains("fixed in code", Assert.Single(await FindAsync(services: s => Bearer(s, Encoding.UTF8.GetBytes(KeyInCode)))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Flags_a_signing_key_that_is_short_or_well_known()
    {
        var text = RandomNumberGenerator.GetHexString(20);
        Assert.Contains("too short: 20 bytes", Assert.Single(await FindAsync(services: s => Bearer(s, Encoding.UTF8.GetBytes(text)), settings: [new("Shop:Signer", text)])).Message, StringComparison.Ordinal);
        Assert.Contains("placeholder", Assert.Single(await FindAsync(services: s => Bearer(s, "your-256-bit-secret"u8.ToArray()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_the_client_secret_of_a_scheme() =>
        Assert.Contains("scheme GitHub", Assert.Single(await FindAsync(services: s => s.AddAuthentication().AddOAuth("GitHub", o =>
        {
            o.ClientId = "shop";
            o.ClientSecret = "your-client-secret";
            o.AuthorizationEndpoint = "https://id.example/authorize";
            o.TokenEndpoint = "https://id.example/token";
            o.CallbackPath = "/back";
        }))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("utf-8")]
    [InlineData("base64")]
    [InlineData("hex")]
    public async Task StaysSilent_on_a_strong_signing_key_from_configuration(string form)
    {
        var bytes = form == "utf-8" ? Encoding.UTF8.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))) : RandomNumberGenerator.GetBytes(48);
        var text = form switch
        {
            "utf-8" => Encoding.UTF8.GetString(bytes),
            "base64" => Convert.ToBase64String(bytes),
            _ => Convert.ToHexString(bytes),
        };

        Assert.Empty(await FindAsync(services: s => Bearer(s, bytes), settings: [new("Jwt:Key", text)]));
    }

    [Theory]
    [InlineData("Shop:ApiKey", "Zk3vT9qLrW2mXb7nYcD5uJp4")]
    [InlineData("Shop:ApiKey", "@Microsoft.KeyVault(SecretUri=https://v.example/secrets/key)")]
    [InlineData("Shop:ApiKey", "")]
    [InlineData("Shop:Password", "false")]
    [InlineData("Shop:PasswordMinimumLength", "12")]
    [InlineData("Shop:SecretName", "secret")]
    [InlineData("Shop:ApiKeyHeader", "api-key")]
    [InlineData("Shop:Title", "changeme")]
    [InlineData("Shop:Key", "test")]
    [InlineData("Identity:RequirePassword", "true")]
    [InlineData("ConnectionStrings:Shop", "Data Source=shop.db")]
    [InlineData("ConnectionStrings:Shop", "Server=db;Integrated Security=true")]
    [InlineData("ConnectionStrings:Shop", "Server=db;Password=Zk3vT9qLrW2mXb7nYc")]
    [InlineData("Logging:LogLevel:Default", "None")]
    public async Task StaysSilent_on(string key, string value) => Assert.Empty(await FindAsync(settings: [new(key, value)]));

    [Fact]
    public async Task StaysSilent_on_a_key_made_at_random() => Assert.Empty(await FindAsync(services: s => Bearer(s, RandomNumberGenerator.GetBytes(48))));

    [Fact]
    public async Task StaysSilent_on_options_that_cannot_be_built() =>
        Assert.Empty(await FindAsync(services: s => s.AddAuthentication().AddJwtBearer(_ => throw new InvalidOperationException("no key yet"))));

    private static void Bearer(IServiceCollection services, byte[] key) =>
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(o => o.TokenValidationParameters.IssuerSigningKey = new SymmetricSecurityKey(key));

    private static Task<IReadOnlyList<Finding>> FindAsync(
        Action<IServiceCollection>? services = null, string environment = "Production", IEnumerable<KeyValuePair<string, string?>>? settings = null, Action<WebApplicationBuilder>? builder = null) =>
        Posture.FindAsync("PIT7005", _ => { }, services, environment, settings, builder);
}
