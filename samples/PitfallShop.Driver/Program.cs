using System.Runtime.InteropServices;

using PitfallShop.Driver;

// demo [--once | --starve]: starts the shop, sends customers into it and shows what the library finds.
var once = args is ["--once"];
var starve = args is ["--starve"];
if (args.Length > 0 && !once && !starve)
{
    Console.Error.WriteLine("usage: PitfallShop.Driver [--once | --starve]");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
try
{
    return once ? await Demo.OnceAsync(stop.Token) : starve ? await Demo.StarveAsync(stop.Token) : await Demo.StayAsync(stop.Token);
}
catch (Exception exception) when (stop.IsCancellationRequested && exception is OperationCanceledException or HttpRequestException)
{
    // What Ctrl-C cuts short falls over in one of these two ways. Ending the endless demo is its normal end; a tour that was cut short has proved nothing.
    return once || starve ? 130 : 0;
}

void Stop(PosixSignalContext signal)
{
    // The shop is to be stopped first: not dead at once, as by default.
    signal.Cancel = true;
    stop.Cancel();
}
