using CsCheck;

using Pitfalls.Runtime.Signals.Dependencies;

namespace Pitfalls.Runtime.Tests.Signals.Dependencies;

public class CommandTextTests
{
    [Theory]
    [InlineData("SELECT * FROM a WHERE id = 1", "SELECT * FROM a WHERE id = 22")]
    [InlineData("SELECT * FROM a WHERE id = @p0", "SELECT * FROM a WHERE id = @p1")]
    [InlineData("SELECT * FROM a WHERE id = $1", "SELECT * FROM a WHERE id = 'x'")]
    [InlineData("SELECT * FROM a WHERE n = 'it''s'", "SELECT * FROM a WHERE n = ''")]
    [InlineData("SELECT * FROM a WHERE id IN (1, 2, 3)", "SELECT * FROM a WHERE id IN (1,2)")]
    [InlineData("SELECT  *\n FROM a", "SELECT * FROM a")]
    [InlineData("-- tag one\nSELECT 1", "/* two */ SELECT 2")]
    [InlineData("select * from a", "SELECT * FROM A")]
    [InlineData("SELECT * FROM a WHERE x = 1.5", "SELECT * FROM a WHERE x = 2e5")]
    public void Literals_white_space_and_comments_do_not_count(string one, string other) => Assert.Equal(Shape(one), Shape(other));

    [Theory]
    [InlineData("SELECT * FROM a", "SELECT * FROM b")]
    [InlineData("SELECT a1 FROM t", "SELECT a2 FROM t")]
    [InlineData("SELECT * FROM a WHERE id = 1", "SELECT * FROM a WHERE no = 1")]
    [InlineData("SELECT * FROM a WHERE id = 1", "SELECT * FROM a WHERE id > 1")]
    [InlineData("SELECT * FROM a ORDER BY x LIMIT 5", "SELECT * FROM a ORDER BY y LIMIT 5")]
    public void Everything_else_does(string one, string other) => Assert.NotEqual(Shape(one), Shape(other));

    [Theory]
    [InlineData("SELECT \"o\".\"Id\" FROM \"Orders\" AS \"o\"", "SELECT", "Orders")]
    [InlineData("SELECT [o].[Id] FROM [dbo].[Order Lines] AS [o]", "SELECT", null)]
    [InlineData("SELECT [o].[Id] FROM [dbo].[Orders] AS [o]", "SELECT", "Orders")]
    [InlineData("select id from shop.orders o", "SELECT", "orders")]
    [InlineData("INSERT INTO `orders` (`id`) VALUES (1)", "INSERT", "orders")]
    [InlineData("UPDATE orders SET a = 'FROM secrets'", "UPDATE", "orders")]
    [InlineData("DELETE FROM orders", "DELETE", "orders")]
    [InlineData("-- from nowhere\nSELECT COUNT(*)\nFROM \"Orders\"", "SELECT", "Orders")]
    [InlineData("SELECT 'x from y' FROM t", "SELECT", "t")]
    [InlineData("SELECT * FROM (SELECT 1)", "SELECT", null)]
    [InlineData("WITH x AS (SELECT 1 FROM inner_one) SELECT * FROM x", "WITH", "inner_one")]
    [InlineData("hello there", "command", null)]
    [InlineData("", "command", null)]
    public void Operation_and_first_table_are_names_and_nothing_else(string text, string operation, string? table)
    {
        Assert.Equal(operation, CommandText.OperationOf(text));
        Assert.Equal(table, CommandText.TableOf(text));
    }

    [Fact]
    public void Never_throws_and_always_ends() => Gen.String[Gen.Char["'\"`[]-/*@$:?,;().\n aFROM019"], 0, 60].Sample(text =>
    {
        Shape(text);
        CommandText.OperationOf(text);
        CommandText.TableOf(text);
    });

    private static ulong Shape(string text) => CommandText.ShapeOf(text);
}
