using System.Data.Common;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Commands of Microsoft.Data.SqlClient, or of System.Data.SqlClient before it.</summary>
internal sealed class SqlClientEvents(DependencyWatch watch) : DiagnosticEvents(watch)
{
    public const string ListenerName = "SqlClientDiagnosticListener";

    private readonly PayloadMember<Guid> _id = new("OperationId");
    private readonly PayloadMember<string> _operation = new("Operation");
    private readonly PayloadMember<DbCommand> _command = new("Command");

    public override bool IsWanted(string name) =>
        name.EndsWith(".WriteCommandBefore", StringComparison.Ordinal) ? Watch.Wants : name.Contains(".WriteCommand", StringComparison.Ordinal) && Watch.HasOpen;

    protected override void Read(string name, object payload)
    {
        if (!name.EndsWith(".WriteCommandBefore", StringComparison.Ordinal))
        {
            Watch.End(_id.Read(payload), name.EndsWith(".WriteCommandError", StringComparison.Ordinal));
            return;
        }

        if (Layers.IsBelow(DependencyKind.Database, out _))
            return;
        var text = _command.Read(payload)?.CommandText;
        var operation = CommandText.OperationOf(text);
        Watch.Begin(new CallStart
        {
            Kind = DependencyKind.Database,
            System = "mssql",
            Operation = operation,
            Text = text,
            // The name of the method that was called: ExecuteReader, ExecuteReaderAsync.
            IsSynchronous = _operation.Read(payload)?.Contains("Async", StringComparison.Ordinal) == false,
            CountAs = CommandText.IsRead(operation) ? CountAs.Command : CountAs.Nothing,
            Id = _id.Read(payload),
        });
    }
}
