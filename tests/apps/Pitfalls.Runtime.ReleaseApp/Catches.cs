#pragma warning disable CS0168, CS0162, CA1031, CA1508, CA1848, CA1873, CA2254, CA2200, CA2201, IDE0059, CA1823, CA1822, CA1806, CA2211
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;

using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime.ReleaseApp;

/// <summary>Throws and remembers what.</summary>
public sealed class Thrower
{
    public Exception? Last { get; private set; }

    public int Throw() => throw Remember(new InvalidOperationException("secret-word"));

    public int ThrowFormat() => throw Remember(new FormatException("secret-word"));

    public async Task<int> ThrowLaterAsync()
    {
        await Task.Yield();
        throw Remember(new InvalidOperationException("secret-word"));
    }

    public Exception Remember(Exception exception) => Last = exception;
}

/// <summary>One way to catch an exception.</summary>
public delegate Task<int> Catch(Thrower thrower, ILogger log);

/// <summary>Every way to let an exception vanish.</summary>
public static partial class Vanishing
{
    public static IReadOnlyDictionary<string, Catch> All { get; } = new Dictionary<string, Catch>
    {
        ["bare"] = (t, _) => Task.FromResult(Bare(t)),
        ["typed"] = (t, _) => Task.FromResult(Typed(t)),
        ["named"] = (t, _) => Task.FromResult(Named(t)),
        ["empty"] = (t, _) => Task.FromResult(Empty(t)),
        ["default-value"] = (t, _) => Task.FromResult(DefaultValue(t)),
        ["parse"] = (t, _) => Task.FromResult(Parse(t)),
        ["behind-specific"] = (t, _) => Task.FromResult(BehindSpecific(t)),
        ["not-cancelled-type"] = (t, _) => Task.FromResult(NotOfType(t)),
        ["not-cancelled-token"] = (t, _) => Task.FromResult(NotCancelled(t, CancellationToken.None)),
        ["with-finally"] = (t, _) => Task.FromResult(WithFinally(t)),
        ["in-lock"] = (t, _) => Task.FromResult(InLock(t)),
        ["in-loop"] = (t, _) => Task.FromResult(InLoop(t)),
        ["generic"] = (t, _) => Task.FromResult(Generic<string>(t)),
        ["lambda"] = (t, _) => Task.FromResult(Lambda(t)),
        ["local-function"] = (t, _) => Task.FromResult(LocalFunction(t)),
        ["iterator"] = (t, _) => Task.FromResult(Iterator(t).Sum()),
        ["flag"] = (t, _) => Task.FromResult(Flag(t)),
        ["own-call"] = (t, _) => Task.FromResult(OwnCall(t)),
        ["log-behind"] = (t, log) => Task.FromResult(LogBehind(t, log)),
        ["rethrown-then-swallowed"] = (t, _) => Task.FromResult(RethrownThenSwallowed(t)),
        ["from-called-method"] = (t, _) => Task.FromResult(FromCalledMethod(t)),
        ["async"] = (t, _) => AsyncBare(t),
        ["async-named"] = (t, _) => AsyncNamed(t),
        ["async-before-await"] = (t, _) => AsyncBeforeAwait(t),
        ["async-await-in-catch"] = (t, _) => AwaitInCatch(t),
        ["async-await-in-named-catch"] = (t, _) => AwaitInNamedCatch(t),
        ["async-not-of-type"] = (t, _) => AsyncNotOfType(t),
        ["async-value-task"] = (t, _) => AsyncValueTask(t).AsTask(),
        ["async-stream"] = async (t, _) =>
        {
            var sum = 0;
            await foreach (var i in AsyncStream(t))
                sum += i;
            return sum;
        },
        ["async-log-behind"] = AsyncLogBehind,
    };

    private static int Bare(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            return 0;
        }
    }

    private static int Typed(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception)
        {
            return 0;
        }
    }

    private static int Named(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex)
        {
            return 0;
        }
    }

    private static int Empty(Thrower t)
    {
        try
        {
            t.Throw();
        }
        catch
        {
        }

        return 1;
    }

    private static int DefaultValue(Thrower t)
    {
        var result = 5;
        try
        {
            result = t.Throw();
        }
        catch (Exception)
        {
            result = default;
        }

        return result;
    }

    private static int Parse(Thrower t)
    {
        try
        {
            t.Last?.ToString();
            return ParseIt("no number", t);
        }
        catch
        {
            return -1;
        }
    }

    private static int ParseIt(string text, Thrower t)
    {
        try
        {
            return int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        }
        finally
        {
            // Remembered by the handler of the first chance in the tests.
            GC.KeepAlive(t);
        }
    }

    private static int BehindSpecific(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (FormatException ex)
        {
            Console.WriteLine(ex);
            return 1;
        }
        catch (Exception)
        {
            return 0;
        }
    }

    private static int NotOfType(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            return 0;
        }
    }

    private static int NotCancelled(Thrower t, CancellationToken cancel)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception) when (!cancel.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static int WithFinally(Thrower t)
    {
        var sum = 0;
        try
        {
            try
            {
                t.Throw();
            }
            finally
            {
                sum++;
            }
        }
        catch
        {
            sum++;
        }
        finally
        {
            sum++;
        }

        return sum;
    }

    private static int InLock(Thrower t)
    {
        lock (t)
        {
            try
            {
                return t.Throw();
            }
            catch (Exception)
            {
                return 0;
            }
        }
    }

    private static int InLoop(Thrower t)
    {
        var failed = 0;
        for (var i = 0; i < 3; i++)
        {
            try
            {
                t.Throw();
            }
            catch
            {
                failed++;
                continue;
            }
        }

        return failed;
    }

    private static int Generic<T>(Thrower t)
    {
        try
        {
            return t.Throw() + typeof(T).Name.Length;
        }
        catch
        {
            return 0;
        }
    }

    private static int Lambda(Thrower t)
    {
        Func<int> run = () =>
        {
            try
            {
                return t.Throw();
            }
            catch
            {
                return 0;
            }
        };
        return run();
    }

    private static int LocalFunction(Thrower t)
    {
        return Run();

        int Run()
        {
            try
            {
                return t.Throw();
            }
            catch
            {
                return 0;
            }
        }
    }

    private static IEnumerable<int> Iterator(Thrower t)
    {
        for (var i = 0; i < 2; i++)
        {
            var value = 0;
            try
            {
                value = t.Throw();
            }
            catch
            {
                value = 1;
            }

            yield return value;
        }
    }

    private static int Flag(Thrower t)
    {
        var isGood = true;
        try
        {
            t.Throw();
        }
        catch
        {
            isGood = false;
        }

        return isGood ? 1 : 0;
    }

    private static int OwnCall(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            return Fallback();
        }
    }

    private static int Fallback() => Math.Max(1, 2);

    private static int LogBehind(Thrower t, ILogger log)
    {
        try
        {
            t.Throw();
        }
        catch
        {
        }

        log.LogInformation("done");
        return 1;
    }

    private static int RethrownThenSwallowed(Thrower t)
    {
        try
        {
            return Rethrows(t);
        }
        catch
        {
            return 0;
        }
    }

    private static int Rethrows(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            Fallback();
            throw;
        }
    }

    private static int FromCalledMethod(Thrower t)
    {
        try
        {
            return Enumerable.Range(0, 3).Select(_ => t.Throw()).ToList().Count;
        }
        catch (Exception)
        {
            return 0;
        }
    }

    private static async Task<int> AsyncBare(Thrower t)
    {
        try
        {
            return await t.ThrowLaterAsync();
        }
        catch
        {
            return 0;
        }
    }

    private static async Task<int> AsyncNamed(Thrower t)
    {
        await Task.Yield();
        try
        {
            return await t.ThrowLaterAsync().ConfigureAwait(false);
        }
        catch (Exception ex)
        {
            return 0;
        }
    }

    private static async Task<int> AsyncBeforeAwait(Thrower t)
    {
        var value = 1;
        try
        {
            value = t.Throw();
        }
        catch (Exception)
        {
        }

        await Task.Yield();
        return value;
    }

    private static async Task<int> AwaitInCatch(Thrower t)
    {
        try
        {
            return await t.ThrowLaterAsync();
        }
        catch
        {
            await Task.Delay(1);
            return 0;
        }
    }

    private static async Task<int> AwaitInNamedCatch(Thrower t)
    {
        var value = 1;
        try
        {
            value = await t.ThrowLaterAsync();
        }
        catch (Exception ex)
        {
            await Task.Delay(1);
            value = 2;
        }

        await Task.Yield();
        return value;
    }

    private static async Task<int> AsyncNotOfType(Thrower t)
    {
        try
        {
            return await t.ThrowLaterAsync();
        }
        catch (Exception ex) when (ex is not OperationCanceledException and not TimeoutException)
        {
            await Task.Yield();
            return 0;
        }
    }

    private static async ValueTask<int> AsyncValueTask(Thrower t)
    {
        try
        {
            return await t.ThrowLaterAsync();
        }
        catch
        {
            return 0;
        }
    }

    private static async IAsyncEnumerable<int> AsyncStream(Thrower t)
    {
        var value = 0;
        try
        {
            value = await t.ThrowLaterAsync();
        }
        catch
        {
            value = 1;
        }

        yield return value;
    }

    private static async Task<int> AsyncLogBehind(Thrower t, ILogger log)
    {
        try
        {
            await t.ThrowLaterAsync();
        }
        catch
        {
        }

        await Task.Yield();
        log.LogInformation("done");
        return 1;
    }
}

/// <summary>Ways to catch an exception that are none of letting it vanish.</summary>
public static partial class Handled
{
    private static readonly ActivitySource s_activities = new("Pitfalls.Tests.Catches");
    private static readonly Meter s_meter = new("Pitfalls.Tests.Catches");
    private static readonly Counter<int> s_failures = s_meter.CreateCounter<int>("failures");
    public static Exception? s_kept;

    public static IReadOnlyDictionary<string, Catch> All { get; } = new Dictionary<string, Catch>
    {
        ["specific"] = (t, _) => Task.FromResult(Specific(t)),
        ["specific-base"] = (t, _) => Task.FromResult(SpecificBase(t)),
        ["specific-filter"] = (t, _) => Task.FromResult(SpecificFilter(t)),
        ["filter-looks"] = (t, _) => Task.FromResult(FilterLooks(t)),
        ["filter-attempts"] = (t, _) => Task.FromResult(FilterAttempts(t, 1)),
        ["filter-logs"] = (t, log) => Task.FromResult(FilterLogs(t, log)),
        ["logged"] = (t, log) => Task.FromResult(Logged(t, log)),
        ["logged-in-words"] = (t, log) => Task.FromResult(LoggedInWords(t, log)),
        ["logged-by-helper"] = (t, log) => Task.FromResult(LoggedByHelper(t, log)),
        ["logged-by-generated"] = (t, log) => Task.FromResult(LoggedByGenerated(t, log)),
        ["logged-then-swallowed"] = (t, log) => Task.FromResult(LoggedThenSwallowed(t, log)),
        ["rethrown"] = (t, _) => Outer(() => Rethrown(t)),
        ["rethrown-at-times"] = (t, _) => Task.FromResult(RethrownAtTimes(t, false)),
        ["wrapped"] = (t, _) => Outer(() => Wrapped(t)),
        ["replaced"] = (t, _) => Outer(() => Replaced(t)),
        ["kept"] = (t, _) => Task.FromResult(Kept(t)),
        ["returned"] = (t, _) => Task.FromResult(Returned(t) is null ? 0 : 1),
        ["shown"] = (t, _) => Task.FromResult(Shown(t)),
        ["looked-at-later"] = (t, log) => Task.FromResult(LookedAtLater(t, log)),
        ["flag-logged"] = (t, log) => Task.FromResult(FlagLogged(t, log)),
        ["captured"] = (t, log) => Task.FromResult(Captured(t, log)),
        ["activity"] = (t, _) => Task.FromResult(OnActivity(t)),
        ["activity-status"] = (t, _) => Task.FromResult(OnActivityStatus(t)),
        ["metric"] = (t, _) => Task.FromResult(OnMetric(t)),
        ["dispatched"] = (t, _) => Outer(() => Dispatched(t)),
        ["source"] = (t, _) => Task.FromResult(IntoTask(t).IsFaulted ? 1 : 0),
        ["async-logged"] = AsyncLogged,
        ["async-logged-after-await"] = AsyncLoggedAfterAwait,
        ["async-logged-in-words-after-await"] = AsyncLoggedInWordsAfterAwait,
        ["async-rethrown-after-await"] = (t, _) => OuterAsync(() => AsyncRethrownAfterAwait(t)),
        ["async-specific"] = (t, _) => AsyncSpecific(t),
        ["async-passed"] = (t, _) => AsyncPassed(t),
        ["async-never-caught"] = (t, _) => OuterAsync(() => t.ThrowLaterAsync()),
        ["in-library"] = (t, _) => Task.FromResult(InLibrary(t)),
    };

    private static Task<int> Outer(Func<int> run)
    {
        try
        {
            return Task.FromResult(run());
        }
        catch (InvalidOperationException)
        {
            return Task.FromResult(0);
        }
        catch (ApplicationException)
        {
            return Task.FromResult(0);
        }
    }

    private static async Task<int> OuterAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    private static int Specific(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    private static int SpecificBase(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (SystemException)
        {
            return 0;
        }
    }

    private static int SpecificFilter(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex) when (ex is FormatException or InvalidOperationException)
        {
            return 0;
        }
    }

    private static int FilterLooks(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex) when (ex.HResult != 1)
        {
            return 0;
        }
    }

    private static int FilterAttempts(Thrower t, int attempt)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception) when (attempt < 3)
        {
            return 0;
        }
    }

    private static int FilterLogs(Thrower t, ILogger log)
    {
        try
        {
            return LogsAndLetsPass(t, log);
        }
        catch
        {
            return 0;
        }
    }

    private static int LogsAndLetsPass(Thrower t, ILogger log)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex) when (Note(ex, log))
        {
            return 1;
        }
    }

    private static bool Note(Exception ex, ILogger log)
    {
        log.LogError(ex, "noted");
        return false;
    }

    private static int Logged(Thrower t, ILogger log)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex)
        {
            log.LogDebug(ex, "it failed");
            return 0;
        }
    }

    private static int LoggedInWords(Thrower t, ILogger log)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            log.LogWarning("it failed");
            return 0;
        }
    }

    private static int LoggedByHelper(Thrower t, ILogger log)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            return new Failures(log).Note();
        }
    }

    private sealed class Failures(ILogger log)
    {
        public int Note() => NoteIt();

        private int NoteIt()
        {
            log.LogWarning("it failed");
            return 1;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "It failed.")]
    private static partial void ItFailed(ILogger logger);

    private static int LoggedByGenerated(Thrower t, ILogger log)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            ItFailed(log);
            return 0;
        }
    }

    private static int LoggedThenSwallowed(Thrower t, ILogger log)
    {
        try
        {
            return LogsAndRethrows(t, log);
        }
        catch
        {
            return 0;
        }
    }

    private static int LogsAndRethrows(Thrower t, ILogger log)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex)
        {
            log.LogError(ex, "it failed");
            throw;
        }
    }

    private static int Rethrown(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            throw;
        }
    }

    private static int RethrownAtTimes(Thrower t, bool strict)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            if (strict)
                throw;
            return 0;
        }
    }

    private static int Wrapped(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex)
        {
            throw new ApplicationException("it failed", ex);
        }
    }

    private static int Replaced(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            throw new ApplicationException("it failed");
        }
    }

    private static int Kept(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex)
        {
            s_kept = ex;
            return 0;
        }
    }

    private static Exception? Returned(Thrower t)
    {
        try
        {
            t.Throw();
            return null;
        }
        catch (Exception ex)
        {
            return ex;
        }
    }

    private static int Shown(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex)
        {
            return ex.Message.Length;
        }
    }

    private static int LookedAtLater(Thrower t, ILogger log)
    {
        Exception? failure = null;
        try
        {
            t.Throw();
        }
        catch (Exception ex)
        {
            failure = ex;
        }

        if (failure is not null)
            log.LogError(failure, "it failed");
        return 0;
    }

    private static int FlagLogged(Thrower t, ILogger log)
    {
        var failed = false;
        try
        {
            t.Throw();
        }
        catch
        {
            failed = true;
        }

        if (failed)
            log.LogError("it failed");
        return 0;
    }

    private static int Captured(Thrower t, ILogger log)
    {
        try
        {
            return t.Throw();
        }
        catch (Exception ex)
        {
            Action later = () => log.LogError(ex, "it failed");
            later();
            return 0;
        }
    }

    private static int OnActivity(Thrower t)
    {
        using var activity = s_activities.StartActivity("work");
        try
        {
            return t.Throw();
        }
        catch (Exception ex)
        {
            activity?.AddException(ex);
            return 0;
        }
    }

    private static int OnActivityStatus(Thrower t)
    {
        using var activity = s_activities.StartActivity("work");
        try
        {
            return t.Throw();
        }
        catch
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            return 0;
        }
    }

    private static int OnMetric(Thrower t)
    {
        try
        {
            return t.Throw();
        }
        catch
        {
            s_failures.Add(1);
            return 0;
        }
    }

    private static int Dispatched(Thrower t)
    {
        ExceptionDispatchInfo? info = null;
        try
        {
            t.Throw();
        }
        catch (Exception ex)
        {
            info = ExceptionDispatchInfo.Capture(ex);
        }

        info?.Throw();
        return 0;
    }

    private static Task<int> IntoTask(Thrower t)
    {
        var source = new TaskCompletionSource<int>();
        try
        {
            source.SetResult(t.Throw());
        }
        catch (Exception ex)
        {
            source.SetException(ex);
            _ = source.Task.Exception;
        }

        return source.Task;
    }

    private static async Task<int> AsyncLogged(Thrower t, ILogger log)
    {
        try
        {
            return await t.ThrowLaterAsync();
        }
        catch (Exception ex)
        {
            log.LogError(ex, "it failed");
            return 0;
        }
    }

    private static async Task<int> AsyncLoggedAfterAwait(Thrower t, ILogger log)
    {
        try
        {
            return await t.ThrowLaterAsync();
        }
        catch (Exception ex)
        {
            await Task.Yield();
            log.LogError(ex, "it failed");
            return 0;
        }
    }

    private static async Task<int> AsyncLoggedInWordsAfterAwait(Thrower t, ILogger log)
    {
        var value = 1;
        try
        {
            value = await t.ThrowLaterAsync();
        }
        catch
        {
            await Task.Yield();
            log.LogError("it failed");
        }

        return value;
    }

    private static async Task<int> AsyncRethrownAfterAwait(Thrower t)
    {
        try
        {
            return await t.ThrowLaterAsync();
        }
        catch
        {
            await Task.Yield();
            throw;
        }
    }

    private static async Task<int> AsyncSpecific(Thrower t)
    {
        try
        {
            return await t.ThrowLaterAsync();
        }
        catch (InvalidOperationException)
        {
            await Task.Yield();
            return 0;
        }
    }

    private static async Task<int> AsyncPassed(Thrower t)
    {
        try
        {
            return await t.ThrowLaterAsync();
        }
        catch (Exception ex)
        {
            await Task.Yield();
            return Describe(ex);
        }
    }

    private static int Describe(Exception ex) => ex.HResult;

    private static int InLibrary(Thrower t)
    {
        var task = Task.Run(t.Throw);
        ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        return task.Exception is null ? 0 : 1;
    }
}
