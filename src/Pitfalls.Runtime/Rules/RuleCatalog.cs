using Pitfalls.Runtime.Rules.Data;
using Pitfalls.Runtime.Rules.Deployment;
using Pitfalls.Runtime.Rules.Errors;
using Pitfalls.Runtime.Rules.Requests;
using Pitfalls.Runtime.Rules.Responses;
using Pitfalls.Runtime.Rules.State;
using Pitfalls.Runtime.Rules.Threading;

namespace Pitfalls.Runtime.Rules;

/// <summary>The table of contents: every rule, in order, one line each. A rule that is not here does not exist.</summary>
internal static class RuleCatalog
{
    public static IReadOnlyList<RuleEntry> Entries { get; } =
    [
        new(BlockedRequestThread.Rule, static () => new BlockedRequestThread()),
        new(ThreadPoolStarvation.Rule, static () => new ThreadPoolStarvation()),
        new(SynchronousIo.Rule, static () => new SynchronousIo()),
        new(UnawaitedTask.Rule, static () => new UnawaitedTask()),
        new(WorkAfterRequest.Rule, static () => new WorkAfterRequest()),
        new(UnboundedStaticCollection.Rule, static () => new UnboundedStaticCollection()),
        new(UnboundedSingletonCollection.Rule, static () => new UnboundedSingletonCollection()),
        new(UnsynchronizedSharedCollection.Rule, static () => new UnsynchronizedSharedCollection()),
        new(StaticServiceProvider.Rule, static () => new StaticServiceProvider()),
        new(CaptiveDependency.Rule, static () => new CaptiveDependency()),
        new(StoredHttpContext.Rule, static () => new StoredHttpContext()),
        new(NullBody.Rule, static () => new NullBody()),
        new(BodyOnNoContent.Rule, static () => new BodyOnNoContent()),
        new(SensitiveProperty.Rule, static () => new SensitiveProperty()),
        new(UndeclaredResponseType.Rule, static () => new UndeclaredResponseType()),
        new(ResponseTypeMismatch.Rule, static () => new ResponseTypeMismatch()),
        new(SharedInputOutputType.Rule, static () => new SharedInputOutputType()),
        new(ExceptionDetailsInResponse.Rule, static () => new ExceptionDetailsInResponse()),
        new(RedundantBindingSource.Rule, static () => new RedundantBindingSource()),
        new(UnguardedSibling.Rule, static () => new UnguardedSibling()),
        new(RepeatedAuthorization.Rule, static () => new RepeatedAuthorization()),
        new(RepeatedQuery.Rule, static () => new RepeatedQuery()),
        new(SwallowedException.Rule, static () => new SwallowedException()),
        new(ConsoleOutput.Rule, static () => new ConsoleOutput()),
        new(HardCodedUrls.Rule, static () => new HardCodedUrls()),
        new(PlaceholderSecret.Rule, static () => new PlaceholderSecret()),
        new(DebugInProduction.Rule, static () => new DebugInProduction()),
        new(CredentialedAnyOrigin.Rule, static () => new CredentialedAnyOrigin()),
        new(HotReloadInProduction.Rule, static () => new HotReloadInProduction()),
    ];
}

/// <summary>A rule and how a host gets its own instance of it: what a rule remembers belongs to one host.</summary>
internal sealed record RuleEntry(PitfallRule Rule, Func<object> Create);
