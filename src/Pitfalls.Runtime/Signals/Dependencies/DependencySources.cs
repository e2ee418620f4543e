using System.Data.Common;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Who tells of calls, and what their calls are: the list of known sources, as data.</summary>
internal static class DependencySources
{
    private static readonly (string Prefix, DependencyKind Kind, string System)[] s_activities =
    [
        ("Npgsql", DependencyKind.Database, "postgresql"),
        ("MySqlConnector", DependencyKind.Database, "mysql"),
        ("connector-net", DependencyKind.Database, "mysql"),
        ("Oracle.ManagedDataAccess", DependencyKind.Database, "oracle"),
        ("MongoDB.Driver", DependencyKind.Database, "mongodb"),
        ("Cassandra", DependencyKind.Database, "cassandra"),
        ("Elastic.Transport", DependencyKind.Database, "elasticsearch"),
        ("Elastic.Clients", DependencyKind.Database, "elasticsearch"),
        ("Couchbase", DependencyKind.Database, "couchbase"),
        ("OpenTelemetry.Instrumentation.StackExchangeRedis", DependencyKind.Cache, "redis"),
        ("StackExchange.Redis", DependencyKind.Cache, "redis"),
        ("RabbitMQ.Client.Publisher", DependencyKind.Messaging, "rabbitmq"),
        ("Confluent.Kafka", DependencyKind.Messaging, "kafka"),
        ("NATS.Net", DependencyKind.Messaging, "nats"),
        // These go through the HTTP client, which tells of the call itself: they only give it a name.
        ("Grpc.Net.Client", DependencyKind.Http, "grpc"),
        ("Azure.", DependencyKind.Http, "azure"),
        ("Amazon.AWS", DependencyKind.Http, "aws"),
    ];

    private static readonly (string Assembly, string System)[] s_providers =
    [
        ("Microsoft.Data.Sqlite", "sqlite"),
        ("System.Data.SQLite", "sqlite"),
        ("Npgsql", "postgresql"),
        ("Microsoft.Data.SqlClient", "mssql"),
        ("System.Data.SqlClient", "mssql"),
        ("MySqlConnector", "mysql"),
        ("MySql.Data", "mysql"),
        ("Oracle.ManagedDataAccess", "oracle"),
        ("FirebirdSql.Data.FirebirdClient", "firebird"),
        ("IBM.Data.Db2", "db2"),
        ("Snowflake.Data", "snowflake"),
        ("DuckDB.NET.Data", "duckdb"),
        ("ClickHouse.Client", "clickhouse"),
    ];

    /// <summary>What the calls of an activity source are; <see langword="null"/>: it is none of ours.</summary>
    public static (DependencyKind Kind, string System)? OfActivities(string source)
    {
        foreach (var (prefix, kind, system) in s_activities)
        {
            if (source.StartsWith(prefix, StringComparison.Ordinal))
                return (kind, system);
        }

        return null;
    }

    /// <summary>The system that a provider's type speaks to; <see langword="null"/>: not a known provider.</summary>
    public static string? SystemOf(Type type) => type.IsSubclassOf(typeof(DbCommand)) || type.IsSubclassOf(typeof(DbException)) ? SystemOf(type.Module.Assembly.FullName!) : null;

    private static string? SystemOf(string assembly)
    {
        foreach (var (prefix, system) in s_providers)
        {
            if (assembly.StartsWith(prefix, StringComparison.Ordinal))
                return system;
        }

        return null;
    }
}
