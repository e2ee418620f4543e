using Microsoft.Data.Sqlite;

namespace PitfallShop.Data;

/// <summary>The shop's own folder among the temporary ones: the database file and the avatars. It goes when the shop does.</summary>
public sealed class ShopFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pitfall-shop-");

    public ShopFolder() => Avatars = _folder.CreateSubdirectory("avatars").FullName;

    public string Database => Path.Combine(_folder.FullName, "shop.db");

    public string Avatars { get; }

    public void Dispose()
    {
        // Pooled connections keep the file open, and Windows does not delete an open file.
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
