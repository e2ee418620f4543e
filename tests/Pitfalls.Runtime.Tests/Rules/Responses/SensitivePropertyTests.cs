using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Serialization;
using System.Text;
using System.Text.Json.Serialization;

using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules.Responses;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;
using Pitfalls.Runtime.Tests.Support;

using Answer = Pitfalls.Runtime.Tests.Support.Responses;

namespace Pitfalls.Runtime.Tests.Rules.Responses;

public class SensitivePropertyTests
{
    [Theory]
    [InlineData("""{"passwordHash":"AQAAAAIAAYag"}""", "$.passwordHash")]
    [InlineData("""{"user":{"account":{"PasswordHash":"AQAAAAIAAYag"}}}""", "$.user.account.PasswordHash")]
    [InlineData("""[{"id":1},{"id":2,"password_hash":"x"},{"id":3,"password_hash":"y"}]""", "$[1].password_hash")]
    [InlineData("""{"items":[{"password-hash":"x"}]}""", "$.items[0]['password-hash']")]
    [InlineData("""{"passwords":["hunter2"]}""", "$.passwords")]
    [InlineData("""{"passwords":[["","hunter2"]]}""", "$.passwords")]
    [InlineData("""[[[{"a":[{"apiKey":"k-123"}]}]]]""", "$[0][0][0].a[0].apiKey")]
    [InlineData("""{ "a" : 1 , "clientSecret"  :  "s" }""", "$.clientSecret")]
    [InlineData("{\n  \"a\": {\n    \"secret\": \"s\"\n  }\n}", "$.a.secret")]
    [InlineData("""{"pass\u0077ord":"hunter2"}""", "$.password")]
    [InlineData("""{"contrase\u00F1a":"hunter2"}""", "$.contraseña")]
    [InlineData("""{"connectionString":"Server=db;Password=x"}""", "$.connectionString")]
    [InlineData("""{"connectionString":"https://user:pw@db.example.org/"}""", "$.connectionString")]
    [InlineData("""{"connectionString":"Data Source=app.db"}""", "$.connectionString")]
    [InlineData("""{"connectionStrings":{"DefaultConnection":"Server=db;User Id=sa;Password=x"}}""", "$.connectionStrings.DefaultConnection")]
    [InlineData("""{"pinHash":"a-b"}""", "$.pinHash")]
    [InlineData("""{"cardNumberEncrypted":"8SDd3WHDOjf7mq69CyCqYjBX"}""", "$.cardNumberEncrypted")]
    [InlineData("""{"securityStamp":"6J3UPUQAGZ"}""", "$.securityStamp")]
    [InlineData("""{"ssn":"078-05-1120"}""", "$.ssn")]
    [InlineData("""{"ssn":78051120}""", "$.ssn")]
    [InlineData("""{"cardNumber":"4111 1111 1111 1111"}""", "$.cardNumber")]
    [InlineData("""{"cardNumber":4111111111111111}""", "$.cardNumber")]
    [InlineData("""{"cvv":"737"}""", "$.cvv")]
    [InlineData("""{"cvv":737}""", "$.cvv")]
    [InlineData("""{"pin":4711}""", "$.pin")]
    [InlineData("""{"pin":"0042"}""", "$.pin")]
    [InlineData("""{"pinCode":"4711"}""", "$.pinCode")]
    [InlineData("""{"taxId":"12-3456789"}""", "$.taxId")]
    [InlineData("""{"otp":"123456"}""", "$.otp")]
    [InlineData("""{"recoveryCodes":["8fj3-22kd","9dk2-11ab"]}""", "$.recoveryCodes")]
    [InlineData("""{"credentials":"dXNlcjpwYXNzd29yZA=="}""", "$.credentials")]
    [InlineData("""{"credentials":"user:pass"}""", "$.credentials")]
    [InlineData("""{"salt":"Zm9vYmFyMTIzNDU2"}""", "$.salt")]
    [InlineData("""{"passwordSalt":"abc"}""", "$.passwordSalt")]
    [InlineData("""{"smtp":{"host":"mail","user":"app","pass":"hunter2"}}""", "$.smtp.pass")]
    [InlineData("""{"privateKey":"-----BEGIN PRIVATE KEY-----\nMIIEvQ"}""", "$.privateKey")]
    [InlineData("""{"password":"correct horse battery staple"}""", "$.password")]
    [InlineData("""{"password":"secret"}""", "$.password")]
    [InlineData("""{"password":"password"}""", "$.password")]
    [InlineData("""{"password":"x"}""", "$.password")]
    [InlineData("""{"passwordHash":"/9Gx2kq0+8wPq2lD1m=="}""", "$.passwordHash")]
    [InlineData("""{"passwordHash":"pbkdf2:sha256:600000$x$9f86d081"}""", "$.passwordHash")]
    public void Flags_a_secret_and_its_path(string json, string path)
    {
        Assert.Equal(path, Find(json)?.Evidence["path"]);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(422)]
    [InlineData(500)]
    [InlineData(503)]
    public void Flags_on_every_status(int status)
    {
        var found = Find("""{"title":"no","user":{"name":"ada","passwordHash":"AQAAAAIAAYag"},"token":"t","password":"hunter2"}""", status);

        Assert.Equal(2, found?.Evidence["properties"]);
        Assert.Equal(status, found?.Evidence["status"]);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("_OTHER")]
    public void Flags_on_every_method(string method)
    {
        var found = Find(Answer.Json("""{"password":"hunter2"}""") with { Method = method });

        Assert.Equal($"{method} (no endpoint)", found?.Route);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/problem+json")]
    [InlineData("application/x-ndjson")]
    [InlineData("text/json")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public void Flags_in_every_kind_of_JSON(string? mediaType) =>
        Assert.NotNull(Find(Answer.Of("""{"password":"hunter2"}""", mediaType)));

    [Theory]
    [InlineData("{\"id\":1}\n{\"id\":2}\n{\"id\":3,\"password\":\"hunter2\"}\n", "$.password")]
    [InlineData("{\"id\":1} [{\"secret\":\"s\"}]", "$[0].secret")]
    [InlineData("{\"id\":1,/* the hash */\"passwordHash\":/* here */\"AQ\",}", "$.passwordHash")]
    [InlineData("// a comment\n[{\"password\": // of the user\n\"hunter2\"},]", "$[0].password")]
    [InlineData("{\"password\":\"hunter2\",oops", "$.password")]
    [InlineData("{\"password\":\"hunter2\"}}}}", "$.password")]
    [InlineData("[{\"password\":\"hunter2\"}, nonsense", "$[0].password")]
    public void Flags_in_what_is_not_quite_JSON(string json, string path) =>
        Assert.Equal(path, Find(json)?.Evidence["path"]);

    [Fact]
    public void Flags_before_the_end_of_a_cut_body()
    {
        var found = Find("""{"items":[{"passwordHash":"AQ"},{"passwordHash":"A""", isTruncated: true);

        Assert.Equal("$.items[0].passwordHash", found?.Evidence["path"]);
    }

    [Fact]
    public void Flags_at_any_depth_that_a_serializer_writes()
    {
        var json = new StringBuilder();
        for (var i = 0; i < 200; i++)
            json.Append("{\"a\":");
        json.Append("{\"password\":\"hunter2\"}").Append('}', 200);

        Assert.EndsWith(".password", (string?)Find(json.ToString())?.Evidence["path"], StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_once_for_an_endpoint_with_every_distinct_property()
    {
        var found = Find("""
            {"items":[{"passwordHash":"a","apiKey":null},{"passwordHash":"b","apiKey":"k"}],"owner":{"passwordHash":"c"},"secret":"s"}
            """)!;

        Assert.Equal("GET (no endpoint) sends passwordHash to the client ($.items[0].passwordHash), and 3 more.", found.Message);
        Assert.Equal("$.items[0].passwordHash, $.items[1].apiKey, $.owner.passwordHash, $.secret", found.Evidence["paths"]);
        Assert.Equal(4, found.Evidence["properties"]);
        Assert.Equal(4, found.Weight);
        Assert.Equal("GET (no endpoint)", found.Subject);
    }

    [Fact]
    public void Flags_with_a_plain_sentence_when_there_is_one_property() =>
        Assert.Equal("GET (no endpoint) sends apiKey to the client ($.apiKey).", Find("""{"apiKey":"k-123"}""")?.Message);

    [Fact]
    public void Flags_with_no_more_than_ten_paths_and_the_count_of_all()
    {
        var json = "{" + string.Join(',', Enumerable.Range('a', 26).Select(c => $"\"{(char)c}\":{{\"password\":\"x\"}}")) + "}";

        var found = Find(json)!;

        Assert.Equal(26, found.Evidence["properties"]);
        Assert.Equal(10, ((string)found.Evidence["paths"]).Split(", ").Length);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData("\"\"")]
    [InlineData("\"   \"")]
    [InlineData("12345")]
    [InlineData("[]")]
    [InlineData("[null,\"\",true,7]")]
    [InlineData("{}")]
    [InlineData("{\"minimum\":8,\"algorithm\":\"bcrypt\"}")]
    [InlineData("\"****\"")]
    [InlineData("\"*\"")]
    [InlineData("\"***1234\"")]
    [InlineData("\"hu*****\"")]
    [InlineData("\"\u2022\u2022\u2022\u2022\"")]
    [InlineData("\"\\u2022\\u2022\\u2022\"")]
    [InlineData("\"●●●●\"")]
    [InlineData("\"xxxx\"")]
    [InlineData("\"XXXXXXXX\"")]
    [InlineData("\"[REDACTED]\"")]
    [InlineData("\"[Filtered]\"")]
    [InlineData("\"<hidden>\"")]
    [InlineData("\"\\u003Chidden\\u003E\"")]
    [InlineData("\"(hidden)\"")]
    [InlineData("\"redacted\"")]
    [InlineData("\"REDACTED\"")]
    [InlineData("\"string\"")]
    [InlineData("\"N/A\"")]
    [InlineData("\"n/a\"")]
    [InlineData("\"none\"")]
    [InlineData("\"null\"")]
    [InlineData("\"-\"")]
    [InlineData("\"...\"")]
    [InlineData("\"true\"")]
    [InlineData("\"not set\"")]
    [InlineData("\"required\"")]
    [InlineData("\"${DB_PASSWORD}\"")]
    [InlineData("\"{{password}}\"")]
    [InlineData("\"%DB_PASSWORD%\"")]
    [InlineData("\"<your-password>\"")]
    [InlineData("\"your-api-key\"")]
    [InlineData("\"YOUR_API_KEY\"")]
    [InlineData("\"https://example.org/reset?id=7\"")]
    [InlineData("\"http://example.org\"")]
    [InlineData("\"/account/forgot-password\"")]
    [InlineData("\"/Account/Reset?code=7\"")]
    [InlineData("\"~/account\"")]
    [InlineData("\"@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/p)\"")]
    [InlineData("\"arn:aws:secretsmanager:eu-west-1:1:secret:p\"")]
    [InlineData("\"The Password field is required.\"")]
    [InlineData("\"Enter your new password:\"")]
    [InlineData("\"Your password\"")]
    [InlineData("\"00000000-0000-0000-0000-000000000000\"")]
    public void StaysSilent_on_a_value_that_is_no_secret(string value) =>
        Assert.Null(Find($$"""{"password":{{value}},"apiKey":{{value}},"refreshToken":{{value}}}"""));

    [Theory]
    [InlineData("""{"cardNumber":"**** **** **** 4242"}""")]
    [InlineData("""{"cardNumber":"424242******4242"}""")]
    [InlineData("""{"cardNumber":"4242"}""")]
    [InlineData("""{"cardNumber":7}""")]
    [InlineData("""{"cardNumber":"queen of hearts"}""")]
    [InlineData("""{"cardNumber":"tok_1MqLiJLkdIwHu7ixUEgbFdYF"}""")]
    [InlineData("""{"cardNumber":4.111}""")]
    [InlineData("""{"creditCard":"Visa"}""")]
    [InlineData("""{"pan":"left"}""")]
    [InlineData("""{"pan":45}""")]
    [InlineData("""{"cvc":"pass"}""")]
    [InlineData("""{"cvv":"matched"}""")]
    [InlineData("""{"ssn":"***-**-1120"}""")]
    [InlineData("""{"ssn":"XXX-XX-1120"}""")]
    [InlineData("""{"ssn":"1120"}""")]
    [InlineData("""{"nationalId":"GB"}""")]
    [InlineData("""{"taxId":"DE123456789"}""")]
    [InlineData("""{"pin":13}""")]
    [InlineData("""{"pin":"D4"}""")]
    [InlineData("""{"pin":"blue"}""")]
    [InlineData("""{"pinCode":"560001"}""")]
    [InlineData("""{"pincode":560001}""")]
    [InlineData("""{"salt":"1/2 tsp"}""")]
    [InlineData("""{"salt":"0.3 g"}""")]
    [InlineData("""{"salt":0.3}""")]
    [InlineData("""{"credentials":"include"}""")]
    [InlineData("""{"credentials":"same-origin"}""")]
    [InlineData("""{"credentials":["M.D.","Ph.D."]}""")]
    [InlineData("""{"defaultConnection":"Ethernet 2","dbConnection":"ok"}""")]
    [InlineData("""{"driverLicense":"Class B"}""")]
    [InlineData("""{"pass":"gold"}""")]
    [InlineData("""{"pass":"season-2026"}""")]
    [InlineData("""{"results":[{"test":"a","pass":"yes"},{"test":"b","pass":"12"}]}""")]
    [InlineData("""{"clientSecret":"pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH"}""")]
    [InlineData("""{"apiKey":"pk_live_51H8aBc"}""")]
    [InlineData("""{"organization_secrets":"write"}""")]
    [InlineData("""{"privateKey":"-----BEGIN PUBLIC KEY-----\nMIIB"}""")]
    public void StaysSilent_on_what_only_shares_its_name_with_a_secret(string json) =>
        Assert.Null(Find(json));

    [Theory]
    [InlineData("""{"passwordRequired":true,"hasPassword":"yes","isPasswordSet":"1","passwordLength":12,"passwordPolicy":"strong"}""")]
    [InlineData("""{"passwordResetUrl":"https://example.org/reset","forgotPasswordLink":"/forgot","passwordChangedAt":"2026-01-01T00:00:00Z"}""")]
    [InlineData("""{"nextPageToken":"CAUQAA","continuationToken":"eyJ0","pageToken":"p2","tokenCount":"17","cancellationToken":"none-1"}""")]
    [InlineData("""{"requestToken":"CfDJ8","csrfToken":"abc","__RequestVerificationToken":"CfDJ8N","antiforgeryToken":"x-1"}""")]
    [InlineData("""{"token":"eyJhbGciOi"}""")]
    [InlineData("""{"concurrencyStamp":"c1-d2","publicKey":"MIIB","primaryKey":"Id","keyId":"2026-01","etag":"W/\"1\""}""")]
    public void StaysSilent_on_names_about_secrets(string json) => Assert.Null(Find(json));

    [Theory]
    [InlineData("""{"access_token":"eyJ","token_type":"Bearer","expires_in":3600,"refresh_token":"8xL","id_token":"eyJ","scope":"a"}""")]
    [InlineData("""{"tokenType":"Bearer","accessToken":"CfDJ8","expiresIn":3600,"refreshToken":"CfDJ8"}""")]
    [InlineData("""{"AccessToken":"eyJ","ExpiresIn":3600}""")]
    [InlineData("""{"refresh_token":"8xL","access_token":"eyJ","token_type":"Bearer"}""")]
    [InlineData("""{"ok":true,"data":{"accessToken":"eyJ","refreshToken":"8xL","tokenType":"bearer"}}""")]
    public void StaysSilent_on_token_responses(string json) => Assert.Null(Find(json));

    [Theory]
    [InlineData("""{"accessToken":"ya29","refreshToken":"1//0g","expiresAt":"2026-01-01"}""", 2)]
    [InlineData("""{"refreshToken":"8xL","tokenType":"Bearer"}""", 1)]
    [InlineData("""{"access_token":"eyJ","token_type":"Bearer","client_secret":"s3"}""", 1)]
    [InlineData("""{"token":{"access_token":"eyJ","token_type":"Bearer"},"user":{"refresh_token":"8xL"}}""", 1)]
    [InlineData("""[{"accessToken":"a","tokenType":"Bearer"},{"accessToken":"b"}]""", 1)]
    [InlineData("""{"sessionToken":"a","expiresIn":3}""", 1)]
    public void Flags_tokens_outside_of_token_responses(string json, int properties) =>
        Assert.Equal(properties, Find(json)?.Evidence["properties"]);

    [Theory]
    [InlineData("""{"openapi":"3.1.1","paths":{},"components":{"examples":{"u":{"value":{"password":"hunter2"}}}}}""")]
    [InlineData("""{"info":{"title":"Shop"},"x":{"password":"hunter2"},"openapi":"3.0.4"}""")]
    [InlineData("""{"swagger":"2.0","definitions":{"User":{"example":{"password":"hunter2"}}}}""")]
    [InlineData("""{"asyncapi":"3.0.0","x":{"password":"hunter2"}}""")]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2020-12/schema","examples":[{"password":"hunter2"}]}""")]
    [InlineData("""{"type":"object","properties":{"password":{"type":"string","minLength":8}},"required":["password"]}""")]
    public void StaysSilent_on_documents_that_describe_an_API(string json) => Assert.Null(Find(json));

    [Fact]
    public void StaysSilent_on_a_cut_OpenAPI_document() =>
        Assert.Null(Find("""{"openapi":"3.1.1","components":{"x":{"password":"hunter2"},"y":{"a""", isTruncated: true));

    [Theory]
    [InlineData("""{"password":"hunter2","meta":{"openapi":"3.1.1"}}""")]
    [InlineData("""{"password":"hunter2","data":[{"$schema":"https://json-schema.org/draft/2020-12/schema"}]}""")]
    [InlineData("""{"$schema":"https://example.org/user.json","password":"hunter2"}""")]
    [InlineData("""{"swagger":true,"password":"hunter2"}""")]
    [InlineData("""[{"openapi":"3.1.1","password":"hunter2"}]""")]
    [InlineData("""{"note":"\"openapi\":\"3.1.1\"","password":"hunter2"}""")]
    public void Flags_data_that_only_mentions_a_document(string json) => Assert.NotNull(Find(json));

    [Fact]
    public void StaysSilent_on_discovery_and_key_documents()
    {
        Assert.Null(Find("""
            {"issuer":"https://id","token_endpoint":"https://id/connect/token","jwks_uri":"https://id/jwks","id_token_signing_alg_values_supported":["RS256"],
             "token_endpoint_auth_methods_supported":["client_secret_basic","private_key_jwt"],"grant_types_supported":["refresh_token","password"]}
            """));
        Assert.Null(Find("""{"keys":[{"kty":"RSA","use":"sig","kid":"7","n":"0vx7agoebGc","e":"AQAB","x5t":"a","x5c":["MIID"]}]}"""));
    }

    [Theory]
    [InlineData("""{"type":"https://tools.ietf.org/html/rfc9110","title":"One or more validation errors occurred.","status":400,"errors":{"Password":["The Password field is required."]}}""", 400)]
    [InlineData("""{"errors":{"Password":["too short"],"user":{"apiKey":["blank","taken"]}}}""", 422)]
    [InlineData("""{"Errors":{"Password":"PasswordTooShort"}}""", 200)]
    [InlineData("""{"errors":[{"password":"blank"}]}""", 400)]
    [InlineData("""{"modelState":{"model.Password":["PasswordTooShort"]}}""", 400)]
    [InlineData("""{"Password":["The Password field is required."],"Email":["x"]}""", 400)]
    [InlineData("""{"Password":["blank"]}""", 422)]
    [InlineData("""{"password":["DuplicatePassword"]}""", 409)]
    [InlineData("""{"password":"must not be empty"}""", 400)]
    [InlineData("""[{"propertyName":"Password","errorMessage":"too short","attemptedValue":"abc","errorCode":"MinimumLengthValidator"}]""", 400)]
    [InlineData("""[{"code":"PasswordTooShort","description":"Passwords must be at least 6 characters."}]""", 400)]
    [InlineData("""{"translations":{"password":"Passwort","apiKey":"Schlüssel"}}""", 200)]
    public void StaysSilent_on_texts_keyed_by_field(string json, int status) => Assert.Null(Find(json, status));

    [Theory]
    [InlineData("""{"Password":["The Password field is required"]}""", 200)]
    [InlineData("""{"password":"hunter2"}""", 400)]
    [InlineData("""{"input":{"password":["hunter2"]}}""", 400)]
    [InlineData("""{"errors":{"name":["x"]},"user":{"password":"hunter2"}}""", 400)]
    [InlineData("""{"errors":[],"password":"hunter2"}""", 200)]
    public void Flags_a_secret_beside_texts_keyed_by_field(string json, int status) => Assert.NotNull(Find(json, status));

    [Theory]
    [InlineData("password: hunter2", "application/json")]
    [InlineData("""<a href="x">"password":"hunter2"</a>""", "text/html")]
    [InlineData("""password = "x"; {"password":"hunter2"}""", "text/plain")]
    [InlineData("""{"password":"hunter2"}""", "text/html")]
    [InlineData("", "application/json")]
    [InlineData("\"password\"", "application/json")]
    [InlineData("null", "application/json")]
    public void StaysSilent_on_what_is_not_JSON_with_properties(string body, string mediaType) => Assert.Null(Find(Answer.Of(body, mediaType)));

    [Fact]
    public void StaysSilent_on_a_name_that_is_no_Unicode() =>
        Assert.Null(Find(Answer.Json("") with { Body = (byte[])[.. "{\"password"u8, 0xC3, .. "\":\"hunter2\"}"u8] }));

    [Fact]
    public void StaysSilent_on_a_value_that_reads_like_a_property() =>
        Assert.Null(Find("""{"note":"\"password\":\"hunter2\"","text":"password:","list":["apiKey","x:y"]}"""));

    [Fact]
    public void StaysSilent_on_the_developer_exception_page() =>
        Assert.Null(Find(Answer.Json("""{"exception":{"headers":{"X-Api-Key":["k-123"]}}}""", 500) with { IsDeveloperPage = true }));

    [Fact]
    public void StaysSilent_on_the_framework_s_own_endpoints()
    {
        var handler = typeof(Microsoft.AspNetCore.Identity.IdentityUser).Assembly is { } identity
            && typeof(Microsoft.AspNetCore.Routing.IdentityApiEndpointRouteBuilderExtensions).GetMethods()[0] is { } method ? method : null;

        Assert.Null(Find(Answer.Json("""{"sharedKey":"abc","recoveryCodes":["a-1"]}""") with { Endpoint = EndpointOf(null, handler!, userCode: "Shop") }));
        Assert.NotNull(Find(Answer.Json("""{"sharedKey":"abc","recoveryCodes":["a-1"]}""") with { Endpoint = EndpointOf(null, MethodOf(nameof(One))) }));
    }

    [Fact]
    public void StaysSilent_on_a_clean_body_without_allocating()
    {
        var body = "[" + string.Join(',', Enumerable.Range(0, 100).Select(i =>
            $$"""{"id":{{i}},"customerName":"Ada","tokenCount":3,"secretary":"Bob","createdAt":"2026-01-01T00:00:00","tags":["a"],"passwordRequired":true}""")) + "]";
        var (rule, response, reporter) = (new SensitiveProperty(), Answer.Json(body), new RecordingReporter());
        rule.Observe(response, reporter);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
            rule.Observe(response, reporter);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Empty(reporter.Reports);
    }

    [Fact]
    public void Never_tells_a_value()
    {
        var found = Find("""{"password":"hunter2-value","items":[{"hunter2@value.org":{"secret":"hunter2-value"}}],"cvv":"737","ssn":"078-05-1120"}""")!;
        var told = found.Message + string.Join(' ', found.Evidence.Values) + found.Subject;

        Assert.DoesNotContain("hunter2", told, StringComparison.Ordinal);
        Assert.DoesNotContain("737", told, StringComparison.Ordinal);
        Assert.DoesNotContain("1120", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"ada@example.org":{"password":"x"}}""", "$.*.password")]
    [InlineData("""{"3f2504e0-4f89-41d3-9a0c-0305e82c3301":{"password":"x"}}""", "$.*.password")]
    [InlineData("""{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":{"password":"x"}}""", "$.*.password")]
    [InlineData("""{"two words":{"password":"x"}}""", "$.*.password")]
    [InlineData("""{"":{"password":"x"}}""", "$.*.password")]
    [InlineData("""{"4711":{"password":"x"}}""", "$.*.password")]
    [InlineData("""{"x\"y<z password":"x"}""", "$['x*y*z password']")]
    public void Shows_only_names_that_a_developer_gave(string json, string path) => Assert.Equal(path, Find(json)?.Evidence["path"]);

    [Theory]
    [InlineData(nameof(One), """{"passwordHash":"AQ"}""", "User", "$.passwordHash")]
    [InlineData(nameof(Many), """[{"id":1,"passwordHash":"AQ"}]""", "User", "$[0].passwordHash")]
    [InlineData(nameof(Paged), """{"items":[{"owner":{"password_hash":"AQ"}}]}""", "User", "$.items[0].owner.password_hash")]
    [InlineData(nameof(Paged), """{"nextKey":"x","apiKey":"AQ"}""", "Page<Order>", "$.apiKey")]
    [InlineData(nameof(Keyed), """{"alice":{"passwordHash":"AQ"},"bob":{"passwordHash":"AQ"}}""", "User", "$.*.passwordHash")]
    [InlineData(nameof(Streamed), """[{"passwordHash":"AQ"}]""", "User", "$[0].passwordHash")]
    [InlineData(nameof(One), """{"pwd_renamed":"AQ","creds":{"p_word":"x","pass_word":"AQ"}}""", "Renamed", "$.creds.pass_word")]
    [InlineData(nameof(One), """{"boss":{"legacyPassword":"AQ"}}""", "Admin", "$.boss.legacyPassword")]
    [InlineData(nameof(One), """{"fieldSecret":"AQ"}""", "Base", "$.fieldSecret")]
    public void Names_the_type_that_declares_the_member(string handler, string json, string type, string path)
    {
        var found = Find(Answer.Json(json) with { Endpoint = EndpointOf(ReturnedBy(handler), MethodOf(handler)) })!;

        Assert.Equal(path, found.Evidence["path"]);
        Assert.Equal($"Pitfalls.Runtime.Tests.Rules.Responses.SensitivePropertyTests.{type}", found.Evidence["type"]);
    }

    [Fact]
    public void Names_no_type_where_none_is_known()
    {
        var found = Find(Answer.Json("""{"other":{"passwordHash":"AQ"}}""") with { Endpoint = EndpointOf(typeof(User), MethodOf(nameof(One))) })!;

        Assert.False(found.Evidence.ContainsKey("type"));
        Assert.False(Find("""{"passwordHash":"AQ"}""")!.Evidence.ContainsKey("type"));
    }

    [Fact]
    public void Names_an_anonymous_type_as_such()
    {
        var sent = new { PasswordHash = "AQ" };
        var found = Find(Answer.Json("""{"passwordHash":"AQ"}""") with { Endpoint = EndpointOf(sent.GetType(), MethodOf(nameof(One))) })!;

        Assert.Equal("an anonymous type", found.Evidence["type"]);
    }

    [Theory]
    [InlineData("""{"printedSecret":"s"}""", true)]
    [InlineData("""{"vault":{"secret":"s"}}""", true)]
    [InlineData("""{"box":{"apiKey":"k-123"}}""", true)]
    [InlineData("""{"printedSecret":"s","passwordHash":"AQ"}""", false)]
    public void A_member_or_its_type_may_allow_it(string json, bool isAllowed)
    {
        var found = Find(Answer.Json(json) with { Endpoint = EndpointOf(typeof(User), MethodOf(nameof(One))) })!;

        Assert.Equal(isAllowed, found.Declared?.Covers(SensitiveProperty.Rule) == true);
        Assert.Equal(1, found.Evidence["properties"]);
    }

    [Fact]
    public void An_assembly_may_allow_it_for_its_types()
    {
        var allow = new CustomAttributeBuilder(typeof(AllowPitfallAttribute).GetConstructors()[0], ["PIT3003", "a contract of 1998"]);
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Contracts"), AssemblyBuilderAccess.RunAndCollect, [allow]);
        var type = assembly.DefineDynamicModule("Contracts").DefineType("Customer", TypeAttributes.Public);
        type.DefineField("password", typeof(string), FieldAttributes.Public);

        var found = Find(Answer.Json("""{"password":"x"}""") with { Endpoint = EndpointOf(type.CreateType(), MethodOf(nameof(One))) })!;

        Assert.True(found.Declared?.Covers(SensitiveProperty.Rule));
    }

    [Fact]
    public void Takes_what_the_endpoint_and_the_request_allow()
    {
        var ambient = new Allowance("PIT3003", "on purpose");

        var found = Find(Answer.Json("""{"password":"x"}""") with { Ambient = ambient })!;

        Assert.Same(ambient, found.Ambient);
    }

    [Fact]
    public void Flags_extra_words_of_the_settings_texts_and_numbers()
    {
        var reporter = new RecordingReporter().With(SensitiveProperty.ExtraWords, "salary, nickname");

        var found = Find(Answer.Json("""{"salary":52000,"nick_name":"x","userNickname":"ada","nickname":null,"nicknames":["****"]}"""), reporter)!;

        Assert.Equal("$.salary, $.userNickname", found.Evidence["paths"]);
    }

    [Fact]
    public void StaysSilent_on_excluded_words_of_the_settings()
    {
        var reporter = new RecordingReporter().With(SensitiveProperty.ExcludedWords, "stamp, clientSecret");

        Assert.Null(Find(Answer.Json("""{"securityStamp":"6J3","stripeClientSecret":"s"}"""), reporter));
        Assert.NotNull(Find(Answer.Json("""{"secret":"s"}"""), reporter));
    }

    [Fact]
    public void Follows_settings_that_change()
    {
        var rule = new SensitiveProperty();
        var reporter = new RecordingReporter();
        var response = Answer.Json("""{"badge":"b-17"}""");
        rule.Observe(response, reporter);
        Assert.Empty(reporter.Reports);

        reporter.With(SensitiveProperty.ExtraWords, "badge");
        rule.Observe(response, reporter);
        Assert.Single(reporter.Reports);

        reporter.With(SensitiveProperty.ExtraWords, "");
        rule.Observe(response, reporter);
        Assert.Single(reporter.Reports);
    }

    [Fact]
    public void Limitation_a_value_beside_its_name_is_not_seen() =>
        Assert.Null(Find("""[{"key":"password","value":"hunter2"},{"name":"password","type":"text","value":"hunter2"}]"""));

    [Fact]
    public void Limitation_a_secret_one_level_below_its_name_is_not_seen() =>
        Assert.Null(Find("""{"password":{"value":"hunter2"},"connectionStrings":{"default":"Server=db;Password=x"}}"""));

    [Fact]
    public void Limitation_JSON_inside_a_text_is_not_looked_into() =>
        Assert.Null(Find("""{"payload":"{\"password\":\"hunter2\"}"}"""));

    [Fact]
    public void Limitation_a_PIN_of_six_digits_called_pinCode_passes_for_an_Indian_postal_code() =>
        Assert.Null(Find("""{"pinCode":"471100"}"""));

    [Fact]
    public void Limitation_a_secret_that_is_a_number_is_seen_only_where_the_thing_is_one() =>
        Assert.Null(Find("""{"password":12345678,"apiKey":12345678}"""));

    [Fact]
    public void Limitation_secrets_below_a_property_called_errors_are_not_seen() =>
        Assert.Null(Find("""{"errors":[{"user":{"passwordHash":"AQAAAAIAAYag"}}]}"""));

    [Fact]
    public void Limitation_a_bare_token_and_account_numbers_are_not_flagged() =>
        Assert.Null(Find("""{"token":"eyJhbGciOi","jwt":"eyJhbGciOi","iban":"DE89370400440532013000","accountNumber":"532013000"}"""));

    [Fact]
    public void Limitation_a_token_of_an_object_that_is_cut_off_is_not_flagged() =>
        Assert.Null(Find("""{"refreshToken":"8xL","items":[1,2""", isTruncated: true));

    private static Occurrence? Find(string json, int status = 200, bool isTruncated = false) => Find(Answer.Json(json, status, isTruncated));

    private static Occurrence? Find(ObservedResponse response, RecordingReporter? reporter = null)
    {
        reporter ??= new RecordingReporter();
        var before = reporter.Reports.Count;
        new SensitiveProperty().Observe(response, reporter);
        Assert.True(reporter.Reports.Count - before <= 1, "one finding for a response");
        return reporter.Reports.Count > before ? reporter.Reports[^1].Occurrence : null;
    }

    private static EndpointFacts EndpointOf(Type? sent, MethodInfo handler, string? userCode = null)
    {
        object[] metadata = sent is null ? [handler] : [handler, new ProducesResponseTypeMetadata(200, sent)];
        var endpoint = new Endpoint(null, new EndpointMetadataCollection(metadata), "test");
        var code = new UserCode([userCode ?? typeof(SensitivePropertyTests).Assembly.GetName().Name!], null, null);
        return EndpointFacts.From(endpoint, code, new SourceLocator(new SourceLines()), new StatusNotes());
    }

    private static MethodInfo MethodOf(string name) => typeof(SensitivePropertyTests).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static Type ReturnedBy(string name) => MethodOf(name).ReturnType;

    private static User One() => new();

    private static IReadOnlyList<User> Many() => [];

    private static Page<Order> Paged() => new();

    private static Dictionary<string, User> Keyed() => [];

    private static IAsyncEnumerable<User> Streamed() => throw new NotSupportedException();

    internal class Base
    {
        public string FieldSecret = "";
    }

    internal sealed class User : Base
    {
        static User() => throw new NotSupportedException("nobody may run the app's code");

        public int Id { get; set; }

        public string PasswordHash => throw new NotSupportedException("nobody may run the app's code");

        public Renamed? Creds { get; set; }

        public Person? Boss { get; set; }

        public Vault? Vault { get; set; }

        public Box? Box { get; set; }

        [AllowPitfall("PIT3003", "printed on every box")]
        public string? PrintedSecret { get; set; }
    }

    internal sealed class Renamed
    {
        [JsonPropertyName("pass_word")]
        public string? Kept { get; set; }

        [DataMember(Name = "p_word")]
        public string? Other { get; set; }
    }

    [JsonDerivedType(typeof(Admin), "admin")]
    internal class Person
    {
        public string? Name { get; set; }
    }

    internal sealed class Admin : Person
    {
        public string? LegacyPassword { get; set; }
    }

    [AllowPitfall("SensitiveProperty", "shown once, when it is made")]
    internal sealed class Vault
    {
        public string? Secret { get; set; }
    }

    internal sealed record Box([AllowPitfall("PIT3003", "shown once, when it is made")] string ApiKey);

    internal sealed class Order
    {
        public User? Owner { get; set; }
    }

    internal sealed class Page<T>
    {
        public IReadOnlyList<T>? Items { get; set; }

        public string? NextKey { get; set; }

        public string? ApiKey { get; set; }
    }
}
