using Pitfalls.Runtime.Rules.Requests;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Signals.Requests.Uploads;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Requests;

public class ClientFileNameTests
{
    [Theory]
    [InlineData("plain.txt", "another file")]
    [InlineData("../up.txt", "'..'")]
    [InlineData("a\\..\\up.txt", "'..'")]
    [InlineData("C:\\up.txt", "path from the root")]
    [InlineData("/etc/up.txt", "path from the root")]
    [InlineData("a/up.txt", "path separator")]
    [InlineData("..up.txt", "another file")]
    public void Flags_a_saved_file_and_tells_what_is_odd(string name, string words)
    {
        var occurrence = Judge(File(name, isSaved: true)).Single;

        Assert.Contains(words, occurrence.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("up.txt", occurrence.Message, StringComparison.Ordinal);
        Assert.Equal(name.Length, occurrence.Evidence["nameLength"]);
    }

    [Fact]
    public void Flags_once_an_upload_with_the_worst_of_its_files()
    {
        var occurrence = Judge(File("a.txt", isSaved: true), File("../b.txt", isSaved: true), File("c.txt", isSaved: false)).Single;

        Assert.Equal((true, 2), (occurrence.Evidence["parentSegment"], occurrence.Evidence["files"]));
    }

    [Fact]
    public void Flags_at_the_statement_that_saved_it()
    {
        var writer = new PitfallLocation { Function = "Shop.Files.Save", File = "Files.cs", Line = 7 };
        var file = File("a.txt", isSaved: true);

        Assert.Same(writer, Judge(file with { Saved = file.Saved! with { Writer = writer } }).Single.Location);
    }

    [Fact]
    public void StaysSilent_where_nothing_was_saved_under_the_name() => Assert.Empty(Judge(File("../a.txt", isSaved: false)).Reports);

    private static UploadedFile File(string name, bool isSaved) => new() { Name = NameTraits.Of(name), Length = 3, Saved = isSaved ? new SavedCopy("the web root", null) : null };

    private static RecordingReporter Judge(params UploadedFile[] files)
    {
        var reporter = new RecordingReporter();
        new ClientFileName().Observe(new ObservedUpload { Endpoint = EndpointFacts.WithoutEndpoint(), Method = "POST", Status = 200, Files = files }, reporter);
        return reporter;
    }
}
