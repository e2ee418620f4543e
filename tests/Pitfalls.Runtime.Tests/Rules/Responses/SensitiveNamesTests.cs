using System.Text;

using Pitfalls.Runtime.Rules.Responses;
using Pitfalls.Runtime.Tests.Support;

using Answer = Pitfalls.Runtime.Tests.Support.Responses;

namespace Pitfalls.Runtime.Tests.Rules.Responses;

/// <summary>The names of <c>sensitive-names.txt</c> and <c>harmless-names.txt</c>: real ones, written down before the judge was.</summary>
public class SensitiveNamesTests
{
    private const int FewestNames = 150;

    /// <summary>One value of each shape that a secret can have.</summary>
    private static readonly string[] s_secrets =
        ["\"Zx9-kfU2:q8=vE1\"", "\"4111111111111111\"", "\"737\"", "\"078-05-1120\"", "\"912345678\"", "\"4711\"", "4711", "737"];

    [Theory]
    [InlineData("sensitive-names.txt")]
    [InlineData("harmless-names.txt")]
    public void The_lists_are_long_and_repeat_nothing(string list)
    {
        var names = NamesOf(list);

        Assert.True(names.Count >= FewestNames, $"{list} holds {names.Count} names");
        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Flags_every_sensitive_name()
    {
        var missed = NamesOf("sensitive-names.txt").Where(n => Judge(n) == SecretKind.None);

        Assert.Empty(missed);
    }

    [Fact]
    public void StaysSilent_on_every_harmless_name()
    {
        var wrong = NamesOf("harmless-names.txt").Where(n => Judge(n) != SecretKind.None).Select(n => $"{n}: {Judge(n)}");

        Assert.Empty(wrong);
    }

    [Fact]
    public void Flags_every_sensitive_name_in_a_response_that_holds_a_value_of_its_shape()
    {
        var missed = NamesOf("sensitive-names.txt").Where(n => !s_secrets.Any(value => Finds($$"""{"user":"ada","{{n}}":{{value}}}""")));

        Assert.Empty(missed);
    }

    [Fact]
    public void StaysSilent_on_every_harmless_name_in_a_response_whatever_it_holds()
    {
        var wrong = NamesOf("harmless-names.txt")
            .Where(n => s_secrets.Any(value => Finds($$"""{"email":"ada@example.org","{{n}}":{{value}},"more":[{"{{n}}":[{{value}}]}]}""")));

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("userPassword", "USER_PASSWORD", "user-password", "user.password", "userpassword", "USERPASSWORD", "UserPassWord", "userPASSWORD")]
    [InlineData("apiKey", "API_KEY", "api-key", "api.key", "apikey", "APIKEY", "ApIKey", "APIkey", "api key", "apiKeys", "apiKey3", "api_key_v2")]
    [InlineData("refreshToken", "REFRESH_TOKEN", "refresh-token", "refreshtoken", "REFRESHTOKEN", "Refresh.Token", "refreshTokens", "refreshToken2")]
    public void Flags_a_name_in_every_casing(params string[] names) =>
        Assert.All(names, n => Assert.NotEqual(SecretKind.None, Judge(n)));

    [Theory]
    [InlineData("hasPassword", "HAS_PASSWORD", "has-password", "haspassword", "HASPASSWORD", "HasPassWord")]
    [InlineData("passwordLength", "PASSWORD_LENGTH", "passwordlength", "PASSWORDLENGTH", "Password.Length")]
    [InlineData("secretary", "SECRETARY", "Secretary", "secretaries", "theSecretary", "SECRETARY_NAME")]
    [InlineData("nextPageToken", "NEXT_PAGE_TOKEN", "nextpagetoken", "NEXTPAGETOKEN", "next-page-token")]
    public void StaysSilent_on_a_name_in_every_casing(params string[] names) =>
        Assert.All(names, n => Assert.Equal(SecretKind.None, Judge(n)));

    [Fact]
    public void StaysSilent_on_what_is_too_long_for_a_name() =>
        Assert.Equal(SecretKind.None, Judge(new string('a', SensitiveNames.MaxBytes) + "Password"));

    [Theory]
    [InlineData("nickname", "userNickname", true)]
    [InlineData("nickname", "nicknames", true)]
    [InlineData("nickname", "nick", false)]
    [InlineData("badge", "employee_badge", true)]
    [InlineData("badge", "employeebadge", true)]
    [InlineData("customer ref", "customerRefNumber", true)]
    [InlineData("customerRef", "CUSTOMER_REF", true)]
    [InlineData("customerRef", "refCustomer", false)]
    [InlineData("badges", "badge", true)]
    [InlineData("passwordHint", "passwordHint", true)]
    [InlineData("Straße", "straße", true)]
    public void An_extra_word_makes_names_sensitive_that_hold_it(string word, string name, bool isSensitive) =>
        Assert.Equal(isSensitive, SensitiveNames.With([word], []).Judge(Encoding.UTF8.GetBytes(name)) != SecretKind.None);

    [Theory]
    [InlineData("clientSecret", "clientSecret", false)]
    [InlineData("clientSecret", "stripe_client_secret", false)]
    [InlineData("clientSecret", "clientsecret", false)]
    [InlineData("clientSecret", "serverSecret", true)]
    [InlineData("hash", "passwordHash", false)]
    [InlineData("hash", "passwordHashes", false)]
    [InlineData("hash", "password", true)]
    [InlineData("word", "password", true)]
    [InlineData("", "password", true)]
    [InlineData("pwd", "password", true)]
    public void An_excluded_word_silences_names_that_hold_it(string word, string name, bool isSensitive) =>
        Assert.Equal(isSensitive, SensitiveNames.With([], [word]).Judge(Encoding.UTF8.GetBytes(name)) != SecretKind.None);

    [Fact]
    public void An_excluded_word_wins_over_an_extra_one() =>
        Assert.Equal(SecretKind.None, SensitiveNames.With(["iban"], ["company"]).Judge("companyIban"u8));

    [Fact]
    public void Judging_a_name_allocates_nothing()
    {
        var names = new[] { "customerName", "passwordHash", "userpassword", "shipping-address", "maxTokens", "APIkey", "totallyUnknownTokenThing", "größe" }
            .Select(Encoding.UTF8.GetBytes).ToArray();
        foreach (var name in names)
            SensitiveNames.Plain.Judge(name);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            foreach (var name in names)
                SensitiveNames.Plain.Judge(name);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Remembering_names_takes_no_memory_however_many_there_are()
    {
        var verdicts = new NameVerdicts(SensitiveNames.Plain);
        Span<byte> name = stackalloc byte[40];
        verdicts.IsSensitive("warm"u8);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200_000; i++)
        {
            i.TryFormat(name, out var length);
            verdicts.IsSensitive(name[..length]);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_remembered_verdict_is_the_judge_s_own()
    {
        var verdicts = new NameVerdicts(SensitiveNames.Plain);
        for (var round = 0; round < 3; round++)
        {
            foreach (var name in NamesOf("sensitive-names.txt").Concat(NamesOf("harmless-names.txt")))
                Assert.Equal(Judge(name) != SecretKind.None, verdicts.IsSensitive(Encoding.UTF8.GetBytes(name)));
        }
    }

    internal static IReadOnlyList<string> NamesOf(string list)
    {
        using var reader = new StreamReader(typeof(SensitiveNamesTests).Assembly.GetManifestResourceStream(list)!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#')];
    }

    private static SecretKind Judge(string name) => SensitiveNames.Plain.Judge(Encoding.UTF8.GetBytes(name));

    private static bool Finds(string json)
    {
        var reporter = new RecordingReporter();
        new SensitiveProperty().Observe(Answer.Json(json), reporter);
        return reporter.Reports.Count > 0;
    }
}
