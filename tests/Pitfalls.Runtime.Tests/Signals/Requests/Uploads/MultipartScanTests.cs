using System.Text;

using Pitfalls.Runtime.Signals.Requests.Uploads;

namespace Pitfalls.Runtime.Tests.Signals.Requests.Uploads;

public class MultipartScanTests
{
    private const string Body =
        "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nno file\r\n"
        + "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nfirst\r\n--not-the-end\r\n-\r\n"
        + "--b\r\ncontent-disposition: form-data; name=\"e\"; FileName=\"empty.txt\"\r\n\r\n\r\n"
        + "--b\r\nContent-Disposition: form-data; name=\"l\"; filename*=UTF-8''l%C3%A4rm.bin\r\n\r\n";

    [Fact]
    public void Finds_the_same_in_pieces_of_any_size()
    {
        var large = new string('x', 3000) + "\r\n--";
        var bytes = Encoding.UTF8.GetBytes(Body + large + "\r\n--b--\r\nepilogue --b\r\n");
        for (var size = 1; size < 700; size++)
        {
            var scan = new MultipartScan("b");
            for (var at = 0; at < bytes.Length; at += size)
                scan.Feed(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
            scan.End();

            Assert.Equal([("a.txt", "text/plain"), ("empty.txt", null), ("lärm.bin", null)], scan.Files.Select(f => ClientName.Parse(f.Headers.Span)));
            Assert.Equal(["first\r\n--not-the-end\r\n-".Length, 0, large.Length], scan.Files.Select(f => (int)f.Length!));
            Assert.Equal(["first\r\n--not-the-end\r\n-", "", large[..ScannedFile.MaxHead]], scan.Files.Select(f => Encoding.UTF8.GetString(f.Head.Span)));
        }
    }

    [Fact]
    public void A_part_that_does_not_end_has_no_length()
    {
        var scan = new MultipartScan("b");
        scan.Feed(Encoding.UTF8.GetBytes(Body + "half"));

        Assert.Equal([true, true, false], scan.Files.Select(f => f.Length is not null));
    }

    [Fact]
    public void Remembers_little_of_whatever_comes()
    {
        var many = new MultipartScan("b");
        for (var i = 0; i < 1_000; i++)
            many.Feed("\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nx"u8);
        Assert.Equal(MultipartScan.MaxFiles, many.Files.Count);

        var endless = new MultipartScan("b");
        endless.Feed("--b\r\n"u8);
        for (var i = 0; i < 1_000; i++)
            endless.Feed(Encoding.ASCII.GetBytes(new string('h', 100)));
        endless.Feed("\r\n\r\nx\r\n--b\r\nfilename=x\r\n\r\n"u8);
        Assert.Empty(endless.Files);
    }

    [Fact]
    public void Survives_any_bytes()
    {
        var random = new Random(7);
        for (var i = 0; i < 2_000; i++)
        {
            var bytes = new byte[random.Next(400)];
            const string Alphabet = "\r\n-b:; filename=\"x\0";
            for (var j = 0; j < bytes.Length; j++)
                bytes[j] = (byte)Alphabet[random.Next(Alphabet.Length)];
            var scan = new MultipartScan("b");
            scan.Feed("--b\r\n"u8);
            scan.Feed(bytes);
            foreach (var file in scan.Files)
                ClientName.Parse(file.Headers.Span);
        }
    }

    [Theory]
    [InlineData("Holiday.PNG", "/x/holiday.png", true)]
    [InlineData("../../holiday.png", "/x/holiday.png", true)]
    [InlineData("C:\\Users\\me\\holiday.png", "/x/holiday.png", true)]
    [InlineData("..\\holiday.png", "/x/..\\holiday.png", true)]
    [InlineData("holiday.png", "/x/1f_holiday.png", false)]
    [InlineData("holiday.png", "/x/holiday.jpg", false)]
    [InlineData("..", "/x/..", false)]
    [InlineData("", "/x/", false)]
    public void Knows_a_name_on_disk(string client, string path, bool expected) => Assert.Equal(expected, ClientName.IsNameOf(client, path));

    [Theory]
    [InlineData("a.PNG", "png")]
    [InlineData("a.tar.gz", "gz")]
    [InlineData("a.b/c", null)]
    [InlineData("a.", null)]
    [InlineData("a", null)]
    [InlineData("a.a-very-long-one", null)]
    [InlineData(null, null)]
    public void Reads_an_extension(string? name, string? expected) => Assert.Equal(expected, ClientName.ExtensionOf(name));

    [Fact]
    public void The_clock_of_files_is_behind_what_is_written_after_it()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            for (var i = 0; i < 200; i++)
            {
                var now = FileClock.Now();
                var path = Path.Combine(folder.FullName, "f" + i);
                File.WriteAllText(path, "x");
                Assert.True(File.GetLastWriteTimeUtc(path) >= now, $"{File.GetLastWriteTimeUtc(path):O} against {now:O}");
                Assert.True(File.GetCreationTimeUtc(path) >= now);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
