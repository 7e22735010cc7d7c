/** What the script has to know of one bundle. Hashes name files of the store; nothing else of the plan stands in it, so that nothing needs quoting. */
export interface ScriptFacts {
  /** For people: `dyno 0.2.0 packed net for SM8650`. */
  readonly title: string;
  readonly planId: string;
  readonly chip: string;
  /** Context binaries run on their own chip only. */
  readonly needsChip: boolean;
  /** Bytes of the store. */
  readonly bytes: number;
  readonly scripts: { readonly launcher: string; readonly setup: string; readonly health: string; readonly phone: string };
  /** For each model on each unit the script that launches it: `sh SCRIPT RUN INFERENCES`, and the one that takes its pilot. */
  readonly launches: readonly { readonly name: string; readonly launch: string; readonly pilot: string }[];
  /** Number of a launch for each block, in order. */
  readonly blocks: readonly number[];
  /** Milliseconds and runs of the rules for warm-up and timed part. */
  readonly rules: {
    readonly warmMinRuns: number; readonly warmMinMs: number; readonly warmMaxMs: number;
    readonly minRuns: number; readonly minMs: number; readonly maxRuns: number; readonly maxMs: number;
  };
  readonly restSeconds: number;
}

/** Inferences of the short launch of a pilot, as on a phone here. */
export const PILOT_RUNS = 10;

/** Inferences of its long launch: more of them where starting hides what they take. */
const LONG_PILOT = { first: 60, times: 8, most: 4000 };

/** Least of a warm-up that the rule of stability can judge, as on a phone here. */
const WARM_UP_LEAST = 6;

/**
 * The script of a bundle: POSIX sh, adb and tar, nothing of ours. It may be stopped at any time and run again: a block counts once its folder has
 * its final name. The number of inferences follows the same rules as on a phone here, from two launches that are timed by the phone's clock.
 */
export function runScript(facts: ScriptFacts): string {
  const { scripts, rules, launches, blocks } = facts;
  return `#!/bin/sh
# ${facts.title}
# Usage: ./run.sh [SERIAL]    See README.txt.
set -u
PLAN=${facts.planId}
CHIP=${facts.chip}
NEEDS_CHIP=${facts.needsChip ? 1 : 0}
NEEDS_KB=${Math.ceil(facts.bytes / 1024) + 65_536}
REST=${facts.restSeconds}
LIMIT=900
PHONE_FOLDER=/data/local/tmp/npu-dyno
STORE=$PHONE_FOLDER/store
LAUNCHER=$STORE/${scripts.launcher}
HERE=$(cd "$(dirname "$0")" && pwd) || exit 2
RESULTS="$HERE/results"
ARCHIVE="$HERE/results.tar.gz"

say() { printf '%s\\n' "$*"; }
fail() {
  printf 'run.sh: %s\\n' "$1" >&2
  if [ $# -gt 1 ]; then printf '  -> %s\\n' "$2" >&2; fi
  exit 2
}
trap 'printf "\\nStopped. Run the same command again: what is finished is kept.\\n" >&2; exit 130' INT TERM

# --- this machine -----------------------------------------------------------
if [ -z "\${ADB:-}" ]; then
  ADB=$(command -v adb 2>/dev/null) || ADB="\${ANDROID_HOME:-/nowhere}/platform-tools/adb"
fi
"$ADB" version >/dev/null 2>&1 || fail 'There is no adb here.' 'Install the Android platform tools and put them on the path, or: ADB=/path/to/adb ./run.sh'
if command -v sha256sum >/dev/null 2>&1; then hash_files() { sha256sum "$@"; }
elif command -v shasum >/dev/null 2>&1; then hash_files() { shasum -a 256 "$@"; }
else fail 'There is neither sha256sum nor shasum here.' 'Install coreutils.'; fi
for file in "$HERE"/store/*; do
  name=\${file##*/}
  case $(hash_files "$file") in "$name"*) ;; *) fail "store/$name is not what was packed." 'Unpack the bundle again.' ;; esac
done

# --- the phone --------------------------------------------------------------
SERIAL=\${1:-\${ANDROID_SERIAL:-}}
if [ -z "$SERIAL" ]; then
  attached=$("$ADB" devices | sed -n 's/^\\([^[:space:]]\\{1,\\}\\)[[:space:]].*$/\\1/p' | sed '/^List$/d')
  count=$(printf '%s\\n' "$attached" | sed '/^$/d' | wc -l)
  [ "$count" -gt 0 ] || fail 'No phone is attached.' 'Switch USB debugging on and plug the phone in.'
  [ "$count" -eq 1 ] || fail "$(printf '%s phones are attached: %s' $count "$(printf '%s' "$attached" | tr '\\n' ' ')")" './run.sh SERIAL'
  SERIAL=$attached
fi
state=$("$ADB" -s "$SERIAL" get-state 2>&1)
case $state in
device) ;;
*unauthorized*|*authorizing*) fail "$SERIAL has not allowed this computer." 'Unlock the phone and press "Allow" in its USB debugging dialog.' ;;
*offline*) fail "$SERIAL is offline." 'Plug the cable in again.' ;;
*permissions*) fail "This computer may not use $SERIAL." 'Linux: sudo apt install android-sdk-platform-tools-common, then plug the phone in again.' ;;
*) fail "$SERIAL is not attached ($state)." 'adb devices lists what is.' ;;
esac
lost() { fail "$SERIAL went away, or refused: $1" 'Plug it in again and run the same command again: what is finished is kept.'; }
# Runs a command line there: its output, its exit code. Ends the script where the phone is gone.
phone() {
  answer=$("$ADB" -s "$SERIAL" shell "$1" </dev/null 2>/dev/null)
  code=$?
  if [ $code -ne 0 ] && [ "$("$ADB" -s "$SERIAL" get-state 2>/dev/null)" != device ]; then lost 'no answer'; fi
  printf '%s\\n' "$answer" | tr -d '\\r'
  return $code
}
property() { phone "getprop $1"; }

soc=$(property ro.soc.model) || exit 2
case $soc in
"$CHIP"|"$CHIP"[!0-9]*) ;;
'') [ "\${FORCE_CHIP:-}" = "$CHIP" ] || [ $NEEDS_CHIP = 0 ] || fail 'The phone does not say which chip it has.' "If it is $CHIP: FORCE_CHIP=$CHIP ./run.sh" ;;
*) [ "\${FORCE_CHIP:-}" = "$CHIP" ] || [ $NEEDS_CHIP = 0 ] || fail "The phone has $soc, and the bundle is for $CHIP." "Pack again: dyno pack ... --target htp:$soc" ;;
esac
sdk=$(property ro.build.version.sdk) || exit 2
[ "\${sdk:-0}" -ge 29 ] || fail "The phone has Android API $sdk; 29 (Android 10) is the least."
case $(property ro.product.cpu.abi) in arm64*) ;; *) fail 'The programs in this bundle are for arm64 phones.' ;; esac
free=$(phone 'df -k /data/local/tmp' | tail -n 1 | awk '{ print $4 }')
[ "\${free:-0}" -ge $NEEDS_KB ] || fail "The phone has $((\${free:-0} / 1024)) MB left; $((NEEDS_KB / 1024)) MB are needed." 'Free some space on it.'

mkdir -p "$RESULTS/blocks" "$RESULTS/pilots" "$RESULTS/outputs" || exit 2
if [ -f "$RESULTS/serial.txt" ] && [ "$(cat "$RESULTS/serial.txt")" != "$SERIAL" ]; then
  fail "results/ is of another phone, $(cat "$RESULTS/serial.txt")." 'Move that folder away, or unpack the bundle once more for this phone.'
fi
printf '%s\\n' "$SERIAL" > "$RESULTS/serial.txt"

# --- files ------------------------------------------------------------------
there=$(phone "mkdir -p $STORE && ls $STORE") || exit 2
there=" $(printf '%s' "$there" | tr '\\n' ' ') "
for file in "$HERE"/store/*; do
  name=\${file##*/}
  case "$there" in *" $name "*) continue ;; esac
  say "sending $name"
  said=$("$ADB" -s "$SERIAL" push "$file" "$STORE/$name.arriving" 2>&1 </dev/null) || lost "$said"
  case $(phone "sha256sum $STORE/$name.arriving") in
  "$name"*) phone "mv $STORE/$name.arriving $STORE/$name" >/dev/null || lost 'mv' ;;
  *) lost "$name did not arrive whole" ;;
  esac
done
phone "sh $LAUNCHER sweep $PHONE_FOLDER/runs; true" >/dev/null
phone "sh $STORE/${scripts.setup}" > "$RESULTS/setup.txt" || lost "$(cat "$RESULTS/setup.txt")"
phone "sh $STORE/${scripts.phone}" > "$RESULTS/phone.txt" || lost 'getprop'

# --- measuring --------------------------------------------------------------
launch_of() {
  case $1 in
${launches.map(({ name, launch, pilot }, index) => `  ${index}) NAME='${name}' LAUNCH=${launch} PILOT=${pilot} ;;`).join('\n')}
  esac
}

# Waits for the launch in folder $1 on the phone; CODE is its exit code, or "lost".
await_end() {
  waited=0
  while :; do
    state=$(phone "sh $LAUNCHER state $1") || exit 2
    case $state in
    ended*) CODE=\${state#ended }; return ;;
    gone) CODE=lost; return ;;
    starting) [ $waited -lt 15 ] || { CODE=lost; return; } ;;
    running) ;;
    *) lost "$state" ;;
    esac
    if [ $waited -ge $LIMIT ]; then phone "sh $LAUNCHER stop $1" >/dev/null; CODE=late; return; fi
    sleep 1
    waited=$((waited + 1))
  done
}

# Waits until the phone is no longer warm, at most REST seconds.
rest() {
  rested=0
  while :; do
    heat=$(phone 'dumpsys thermalservice; true' | sed -n 's/^.*Thermal Status: *\\([0-9]*\\).*$/\\1/p' | head -n 1)
    [ "\${heat:-0}" -gt 0 ] || return 0
    if [ $rested -ge $REST ]; then say "  still warm (thermal status $heat)"; return 0; fi
    [ $rested -gt 0 ] || say "  the phone is warm (thermal status $heat): it rests"
    sleep 5
    rested=$((rested + 5))
  done
}

# Brings what the launch in folder $1 left to folder $2 here.
collect() {
  phone "tail -c 20000 $1/log 2>/dev/null; true" > "$2/log.txt"
  printf '%s\\n' "$CODE" > "$2/code.txt"
  [ "$CODE" = 0 ] || return 0
  phone "cd $1/output/Result_0 && sha256sum *; true" > "$2/hashes.txt"
  profile=$(phone "cd $1/output && ls qnn-profiling-data_0.log qnn-profiling-data.log 2>/dev/null | head -n 1; true") || exit 2
  [ -n "$profile" ] || return 0
  said=$("$ADB" -s "$SERIAL" pull "$1/output/$profile" "$2/profile.log" 2>&1 </dev/null) || lost "$said"
}

clamp() { if [ "$1" -lt "$2" ]; then echo "$2"; elif [ "$1" -gt "$3" ]; then echo "$3"; else echo "$1"; fi; }
most() { if [ "$1" -gt "$2" ]; then echo "$1"; else echo "$2"; fi; }
least() { if [ "$1" -lt "$2" ]; then echo "$1"; else echo "$2"; fi; }

# A short and a long launch, $3 inferences, in folder $1 on the phone; what they leave goes to folder $2 here. EACH is microseconds an inference,
# from the difference of the two; where starting varies by more than that, SURE is 0, and EACH is what the long one takes with its start.
try() {
  phone "rm -rf $1; sh $STORE/$PILOT $1 $3" >/dev/null || lost 'pilot'
  await_end "$1"
  collect "$1" "$2"
  [ "$CODE" = 0 ] || return 0
  phone "cat $1/clock" > "$2/clock.txt" || lost 'clock'
  read -r t0 t1 t2 < "$2/clock.txt"
  more=$(((t2 - t1) - (t1 - t0)))
  if [ $more -gt $(((t1 - t0) / 4)) ]; then SURE=1; EACH=$((more / (1000 * ($3 - ${PILOT_RUNS})))); else SURE=0; EACH=$(((t2 - t1) / (1000 * $3))); fi
  EACH=$(most "$EACH" 1)
}

# How many inferences a block takes: "WARM TIMED TOTAL".
pilot() {
  [ -d "$RESULTS/pilots/$1" ] && return 0
  say "trying $NAME"
  part="$RESULTS/pilots/$1.part"
  run="$PHONE_FOLDER/runs/pilot-$1"
  rm -rf "$part" && mkdir -p "$part"
  long=${LONG_PILOT.first}
  try "$run" "$part" $long
  while [ "$CODE" = 0 ] && [ $SURE = 0 ] && [ $long -lt ${LONG_PILOT.most} ]; do
    long=$((long * ${LONG_PILOT.times}))
    try "$run" "$part" $long
  done
  if [ "$CODE" = 0 ]; then
    timed=$(clamp "$(most ${rules.minRuns} $((${rules.minMs * 1000} / EACH + 1)))" 1 "$(least ${rules.maxRuns} "$(most 1 $((${rules.maxMs * 1000} / EACH)))")")
    warm=$(least $(((3 * $(most ${Math.max(rules.warmMinRuns, WARM_UP_LEAST)} $((${rules.warmMinMs * 1000} / EACH + 1))) + 1) / 2)) "$(most 1 $((${rules.warmMaxMs * 1000} / EACH)))")
    printf '%s %s %s\\n' "$warm" "$timed" $((1 + warm + timed)) > "$part/plan.txt"
  else
    say "  it does not run (exit code $CODE): its blocks are left out"
  fi
  phone "rm -rf $run; true" >/dev/null
  mv "$part" "$RESULTS/pilots/$1"
}

measure() {
  number=$(printf '%05d' "$1")
  [ -d "$RESULTS/blocks/$number" ] && return 0
  launch_of "$2"
  pilot "$2"
  [ -f "$RESULTS/pilots/$2/plan.txt" ] || return 0
  read -r warm timed total < "$RESULTS/pilots/$2/plan.txt"
  say "block $(($1 + 1)) of ${blocks.length}: $NAME, $total inferences"
  rest
  part="$RESULTS/blocks/$number.part"
  run="$PHONE_FOLDER/runs/block-$number"
  rm -rf "$part" && mkdir -p "$part"
  phone "sh $STORE/${scripts.health}" > "$part/before.txt" || lost 'dumpsys'
  date -u +%Y-%m-%dT%H:%M:%SZ > "$part/started.txt"
  phone "rm -rf $run; sh $STORE/$LAUNCH $run $total" >/dev/null || lost 'launch'
  await_end "$run"
  phone "sh $STORE/${scripts.health}" > "$part/after.txt" || lost 'dumpsys'
  collect "$run" "$part"
  if [ "$CODE" = 0 ] && [ ! -d "$RESULTS/outputs/$2" ]; then
    rm -rf "$RESULTS/outputs/$2.part"
    said=$("$ADB" -s "$SERIAL" pull "$run/output/Result_0" "$RESULTS/outputs/$2.part" 2>&1 </dev/null) || lost "$said"
    mv "$RESULTS/outputs/$2.part" "$RESULTS/outputs/$2"
  fi
  [ "$CODE" = 0 ] || say "  failed (exit code $CODE)"
  phone "rm -rf $run; true" >/dev/null
  mv "$part" "$RESULTS/blocks/$number"
}

order=0
for index in ${blocks.join(' ')}; do
  measure $order "$index"
  order=$((order + 1))
done

# --- one file ---------------------------------------------------------------
cp "$HERE/plan.json" "$RESULTS/plan.json" && printf '%s\\n' $PLAN > "$RESULTS/plan-id.txt" || exit 2
find "$RESULTS" -name '*.part' -type d -prune -exec rm -rf {} \\;
(cd "$RESULTS" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | while read -r file; do hash_files "$file"; done > SHA256SUMS) || exit 2
(cd "$HERE" && COPYFILE_DISABLE=1 tar -czf "$ARCHIVE.part" results) && mv "$ARCHIVE.part" "$ARCHIVE" || fail 'The results could not be packed.'
say "done: send $ARCHIVE back; there: dyno ingest results.tar.gz"
`;
}
