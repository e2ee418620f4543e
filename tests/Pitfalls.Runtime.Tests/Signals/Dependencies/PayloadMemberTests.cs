using System.Data;

using Pitfalls.Runtime.Signals.Dependencies;

namespace Pitfalls.Runtime.Tests.Signals.Dependencies;

public class PayloadMemberTests
{
    [Fact]
    public void Reads_members_of_types_it_was_not_built_with()
    {
        var payload = new Payload();

        Assert.Equal("text", new PayloadMember<string>("Text").Read(payload));
        Assert.True(new PayloadMember<bool>("Flag").Read(payload));
        Assert.Equal(payload.Id, new PayloadMember<Guid>("Id").Read(payload));
        Assert.Equal((int)CommandType.StoredProcedure, new PayloadMember<int>("Kind").Read(payload));
        Assert.Equal("text", new PayloadMember<object>("Text").Read(payload));
        Assert.Equal("base", new PayloadMember<string>("OfBase").Read(payload));
    }

    [Fact]
    public void What_another_version_has_not_or_has_otherwise_reads_as_nothing()
    {
        var payload = new Payload();

        Assert.Null(new PayloadMember<string>("Absent").Read(payload));
        Assert.False(new PayloadMember<bool>("Text").Read(payload));
        Assert.Null(new PayloadMember<object>("Flag").Read(payload));
        Assert.Null(new PayloadMember<string>("WriteOnly").Read(payload));
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        var payload = new Payload();
        var (flag, id) = (new PayloadMember<bool>("Flag"), new PayloadMember<Guid>("Id"));
        var least = long.MaxValue;
        for (var batch = 0; batch < 10; batch++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                flag.Read(payload);
                id.Read(payload);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void One_member_serves_several_types_of_event()
    {
        var member = new PayloadMember<string>("Text");

        Assert.Equal("text", member.Read(new Payload()));
        Assert.Equal("other", member.Read(new Other()));
        Assert.Equal("text", member.Read(new Payload()));
    }

    private class Base
    {
        public string OfBase => "base";
    }

    private sealed class Payload : Base
    {
        internal string Text => "text";

        public bool Flag => true;

        public Guid Id { get; } = Guid.NewGuid();

        public CommandType Kind => CommandType.StoredProcedure;

        public string WriteOnly
        {
            set => _ = value;
        }
    }

    private sealed class Other
    {
        public string Text => "other";
    }
}
