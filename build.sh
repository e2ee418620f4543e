#!/usr/bin/env bash
# The one door to the repository; see usage below. Works from any directory, without a terminal, and leaves no process behind.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
logs="$root/artifacts/logs"
child=
passed=0
failed=0
skipped=0

usage() {
  cat <<'USAGE'
./build.sh demo          starts the PitfallShop, sends customers into it and shows what is found, until Ctrl-C
./build.sh demo --once   one tour; exit code 0 when exactly the expected findings were seen
./build.sh demo --starve a hundred readers of one blocking report: who starves the thread pool?
./build.sh test          builds everything and runs every test; the last line is "N passed, N failed, N skipped"
./build.sh bench [...]   measures the library's cost against the bare app; --help lists the options
./build.sh soak [...]    ten minutes (--minutes N) of load that blocks all the time: memory flat, no thread lost?
./build.sh setup         installs the programs that some tests talk to (Debian: apt-get, as root or with sudo)
USAGE
}

say() { printf '%s\n' "$*"; }

complain() { printf '%s\n' "$*" >&2; }

# --- Tools ---------------------------------------------------------------------------------------------------------

require_dotnet() {
  # Build servers may come without a home, and neither NuGet nor the CLI does.
  export HOME="${HOME:-$root/artifacts/home}"
  mkdir -p "$HOME" "$logs"
  local candidate
  for candidate in dotnet "${DOTNET_ROOT:-/usr/share/dotnet}/dotnet" "$HOME/.dotnet/dotnet" /usr/lib/dotnet/dotnet; do
    if command -v "$candidate" >/dev/null && "$candidate" --list-sdks 2>/dev/null | grep -q '^10\.'; then
      DOTNET_ROOT="$(dirname "$(readlink -f "$(command -v "$candidate")")")"
      # The programs we build look for the runtime there, wherever the SDK was found.
      export DOTNET_ROOT PATH="$DOTNET_ROOT:$PATH"
      export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
      # Neither build nodes nor a compiler server stay behind.
      export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
      return 0
    fi
  done
  complain "The .NET 10 SDK is missing. Install it from https://dotnet.microsoft.com/download/dotnet/10.0 and run this again."
  return 1
}

# Installs a package when its program is not there. Never asks: without the right to install it says what to do.
provide() {
  local program="$1" package="$2"
  if command -v "$program" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$program" >/dev/null; then
    say "$program is there."
    return 0
  fi
  local -a install=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q)
  if [[ $EUID -ne 0 ]]; then
    install=(sudo -n "${install[@]}")
  fi
  if ! command -v apt-get >/dev/null || ! { [[ $EUID -eq 0 ]] || sudo -n true 2>/dev/null; }; then
    complain "$program is missing. Install the package $package (Debian: sudo apt-get install $package)."
    return 1
  fi
  say "Installing $package …"
  if ! { "${install[@]}" install "$package" || { "${install[@]}" update && "${install[@]}" install "$package"; }; } >"$logs/$package.log" 2>&1; then
    complain "$package could not be installed; $logs/$package.log tells why."
    return 1
  fi
}

setup() {
  mkdir -p "$logs"
  local missing=0
  provide chromium chromium || missing=1
  provide postgres postgresql || missing=1
  provide redis-server redis-server || missing=1
  provide prometheus prometheus || missing=1
  return "$missing"
}

# --- Building and running ------------------------------------------------------------------------------------------

# Quiet when it goes well; everything that was said when it does not.
build() {
  local what="$1" configuration="$2" log="$logs/build.log"
  say "Building $what ($configuration) …"
  if ! run_logged "$log" dotnet build "$what" -c "$configuration" -nologo -v quiet "-m:${BUILD_JOBS:-1}"; then
    cat "$log" >&2
    complain "The build of $what failed."
    return 1
  fi
}

# In the background and waited for: so this script can end it when it is ended itself.
run_logged() {
  local log="$1" code=0
  shift
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  wait "$child" || code=$?
  child=
  return "$code"
}

end_child() {
  if [[ -n $child ]]; then
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
}

# Where a project's program lies: <project> <configuration in lower case>
program_of() { printf '%s' "$root/artifacts/bin/$1/$2/$1"; }

# --- Tests ---------------------------------------------------------------------------------------------------------

# Runs one test program and adds its totals. xunit v3 ends with
# "Total: N, Errors: N, Failed: N, Skipped: N, Not Run: N"; errors outside of tests are failures.
run_tests() {
  local name="$1" log="$logs/$1.log" code=0 bad good
  local totals='Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+), Not Run: ([0-9]+)'
  say "Running $name …"
  run_logged "$log" "$(program_of "$name" debug)" -noColor || code=$?
  if [[ "$(grep -aE "$totals" "$log" | tail -n 1)" =~ $totals ]]; then
    bad=$((BASH_REMATCH[2] + BASH_REMATCH[3]))
    good=$((BASH_REMATCH[1] - BASH_REMATCH[3] - BASH_REMATCH[4] - BASH_REMATCH[5]))
    passed=$((passed + good))
    skipped=$((skipped + BASH_REMATCH[4]))
    if [[ $bad -eq 0 && $code -ne 0 ]]; then
      complain "$name ended with $code although no test failed."
      bad=1
    fi
    say "  $good passed, $bad failed, ${BASH_REMATCH[4]} skipped"
  else
    complain "$name ended with $code and without a summary."
    bad=1
  fi
  failed=$((failed + bad))
  [[ $bad -eq 0 ]] || cat "$log"
}

run_demo_as_test() {
  local log="$logs/demo.log"
  say "Running demo --once …"
  if run_logged "$log" "$(program_of PitfallShop.Driver debug)" --once; then
    passed=$((passed + 1))
    say "  $(tail -n 1 "$log")"
  else
    failed=$((failed + 1))
    cat "$log"
  fi
}

test_everything() {
  local project
  if require_dotnet && build Pitfalls.Runtime.sln Debug; then
    for project in tests/*/*.csproj; do
      run_tests "$(basename "$project" .csproj)"
    done
    run_demo_as_test
  else
    failed=$((failed + 1))
  fi
  say "$passed passed, $failed failed, $skipped skipped"
  [[ $failed -eq 0 && $passed -gt 0 ]]
}

# --- Commands ------------------------------------------------------------------------------------------------------

trap end_child EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cd "$root"

case "${1:-}" in
  demo)
    shift
    require_dotnet
    build samples/PitfallShop.Driver Debug
    # The driver takes this process's place: signals reach it, and it ends what it has started.
    exec "$(program_of PitfallShop.Driver debug)" "$@"
    ;;
  test)
    test_everything
    ;;
  bench)
    shift
    require_dotnet
    build benchmarks/Pitfalls.Runtime.Benchmarks Release
    exec "$(program_of Pitfalls.Runtime.Benchmarks release)" "$@"
    ;;
  soak)
    shift
    require_dotnet
    build benchmarks/Pitfalls.Runtime.Benchmarks Release
    exec "$(program_of Pitfalls.Runtime.Benchmarks release)" --soak "$@"
    ;;
  setup)
    setup
    ;;
  -h | --help | help)
    usage
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac
