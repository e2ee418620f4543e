namespace Pitfalls.Runtime.IntegrationTests.State;

/// <summary>Tests with statics of their own run alone: every host of the process would see them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class StaticsCollection
{
    public const string Name = "statics";
}
