using System.Reflection;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>Members of a class that a client must not set: secrets, roles, owners, stamps of time, balances.</summary>
internal static class ServerSetMembers
{
    private static readonly HashSet<string> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        "Role", "Roles", "RoleId", "RoleIds", "UserRole", "UserRoles", "IsAdmin", "IsAdministrator", "IsSuperUser", "IsSuperAdmin", "IsStaff", "IsOwner", "IsModerator", "Admin", "Permissions", "Claims",
        "OwnerId", "OwnerUserId", "OwnerName", "OwnedBy", "TenantId", "TenantKey",
        "CreatedAt", "CreatedOn", "CreatedDate", "CreatedTime", "CreatedUtc", "CreatedAtUtc", "CreatedOnUtc", "CreationDate", "CreationTime", "DateCreated", "CreatedBy", "CreatedById", "CreatedByUserId",
        "UpdatedAt", "UpdatedOn", "UpdatedDate", "UpdatedUtc", "UpdatedAtUtc", "UpdatedBy", "UpdatedById", "DateUpdated", "LastUpdated", "LastUpdatedAt",
        "ModifiedAt", "ModifiedOn", "ModifiedDate", "ModifiedUtc", "ModifiedBy", "ModifiedById", "DateModified", "LastModified", "LastModifiedAt", "LastModifiedOn", "LastModifiedBy", "LastModifiedDate", "LastModificationTime",
        "DeletedAt", "DeletedOn", "DeletedBy", "Balance", "AccountBalance", "CreditBalance", "WalletBalance",
    };

    /// <summary>Names of public properties that a body can set and that are written back, most telling first.</summary>
    public static IReadOnlyList<string> Of(Type type) =>
        [.. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(p => p is { CanRead: true, SetMethod.IsPublic: true } && p.GetIndexParameters().Length == 0 && !IsLeftOut(p))
            .Where(p => s_names.Contains(p.Name) || IsSecret(p))
            .OrderBy(p => s_names.Contains(p.Name))
            .Select(p => p.Name)];

    private static bool IsSecret(PropertyInfo property) =>
        property.PropertyType == typeof(string) && SensitiveNames.Plain.Judge(property.Name) is SecretKind.Text or SecretKind.Connection or SecretKind.Card or SecretKind.CardCode or SecretKind.PersonalId;

    private static bool IsLeftOut(PropertyInfo property) =>
        property.GetCustomAttributesData().Any(a => a.AttributeType.Name is "IgnoreDataMemberAttribute" or "BindNeverAttribute"
            || (a.AttributeType.Name == "JsonIgnoreAttribute" && !a.NamedArguments.Any(n => n.MemberName == "Condition" && !Equals(n.TypedValue.Value, 1))));
}
