using System.Collections.Concurrent;
using System.Data.Common;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Commands of Entity Framework Core, of whatever provider.</summary>
internal sealed class EntityFrameworkEvents(DependencyWatch watch) : DiagnosticEvents(watch)
{
    public const string ListenerName = "Microsoft.EntityFrameworkCore";

    private const string Executing = "Microsoft.EntityFrameworkCore.Database.Command.CommandExecuting";
    private const string Executed = "Microsoft.EntityFrameworkCore.Database.Command.CommandExecuted";
    private const string Error = "Microsoft.EntityFrameworkCore.Database.Command.CommandError";
    private const string Canceled = "Microsoft.EntityFrameworkCore.Database.Command.CommandCanceled";
    private const string Saving = "Microsoft.EntityFrameworkCore.Update.SaveChangesStarting";

    // Microsoft.EntityFrameworkCore.Diagnostics.CommandSource
    private const int SaveChanges = 2;
    private const int Migrations = 3;

    private readonly PayloadMember<Guid> _id = new("CommandId");
    private readonly PayloadMember<bool> _isAsync = new("IsAsync");
    private readonly PayloadMember<DbCommand> _command = new("Command");
    private readonly PayloadMember<object> _context = new("Context");
    private readonly PayloadMember<int> _source = new("CommandSource");

    // By the type of the command: there are as many as providers.
    private readonly ConcurrentDictionary<Type, string?> _systems = new();

    public override bool IsWanted(string name) => name switch
    {
        Executing or Saving => Watch.Wants,
        Executed or Error or Canceled => Watch.HasOpen,
        _ => false,
    };

    protected override void Read(string name, object payload)
    {
        switch (name)
        {
            case Executing:
                Begin(payload);
                break;
            case Saving:
                DependencyWatch.BeginSave();
                break;
            default:
                Layers.Leave();
                Watch.End(_id.Read(payload), name == Error);
                break;
        }
    }

    private void Begin(object payload)
    {
        // A wrapper of the app's own around a command may run its code when asked for the text.
        var command = _command.Read(payload);
        var system = command is null ? null : _systems.GetOrAdd(command.GetType(), static type => DependencySources.SystemOf(type));
        var text = system is null ? null : command!.CommandText;
        var source = _source.Read(payload);
        Watch.Begin(new CallStart
        {
            Kind = DependencyKind.Database,
            System = system ?? "database",
            Operation = CommandText.OperationOf(text),
            Target = _context.Read(payload)?.GetType().Name,
            Text = text,
            IsSynchronous = !_isAsync.Read(payload),
            IsEntityFramework = true,
            CountAs = text is null || source == Migrations ? CountAs.Nothing : source == SaveChanges ? CountAs.PartOfSave : CountAs.Command,
            Id = _id.Read(payload),
        });
        // The provider tells of the same command next, on this thread.
        Layers.Enter(DependencyKind.Database);
    }
}
