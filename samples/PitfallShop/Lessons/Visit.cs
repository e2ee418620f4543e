namespace PitfallShop.Lessons;

/// <summary>One customer's visit to one version of a lesson. An answer other than the one a lesson announces ends the tour.</summary>
/// <param name="http">The customer's own connection, signed in.</param>
/// <param name="version">1 or 2.</param>
/// <param name="orderId">An order of this customer.</param>
/// <param name="isAdministrator">Whether this customer runs the shop.</param>
/// <param name="cancel">Ends the visit.</param>
public sealed class Visit(HttpClient http, int version, int orderId, bool isAdministrator, CancellationToken cancel)
{
    public int OrderId => orderId;

    public bool IsAdministrator => isAdministrator;

    /// <summary>Asks for what lies below <c>/v1/</c> and <c>/v2/</c>, with the status each of them must answer.</summary>
    public Task GetAsync(string path, int v1 = 200, int v2 = 200) => SendAsync(HttpMethod.Get, path, null, v1, v2);

    public Task DeleteAsync(string path, int v1 = 204, int v2 = 204) => SendAsync(HttpMethod.Delete, path, null, v1, v2);

    public async Task SendAsync(HttpMethod method, string path, HttpContent? content, int v1 = 200, int v2 = 200)
    {
        using var request = new HttpRequestMessage(method, $"/v{version}/{path}") { Content = content };
        using var response = await http.SendAsync(request, cancel);
        var announced = version == 1 ? v1 : v2;
        if ((int)response.StatusCode != announced)
            throw new UnannouncedAnswerException($"{method} {request.RequestUri} answered {(int)response.StatusCode}; the lesson announces {announced}.");
    }
}

/// <summary>The shop does not do what its own lesson says: a silence after that would prove nothing.</summary>
public sealed class UnannouncedAnswerException(string message) : Exception(message);
