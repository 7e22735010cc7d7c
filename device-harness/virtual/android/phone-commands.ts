import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that Android's toybox has and that do the same here. */
const TOYBOX = [
  'awk', 'base64', 'basename', 'cat', 'chmod', 'cp', 'cut', 'date', 'dd', 'dirname', 'du', 'echo', 'env', 'expr', 'false', 'find', 'grep', 'head', 'id', 'kill', 'ln', 'ls', 'md5sum',
  'mkdir', 'mkfifo', 'mktemp', 'mv', 'nohup', 'od', 'printf', 'pwd', 'readlink', 'realpath', 'rm', 'rmdir', 'sed', 'seq', 'setsid', 'sha256sum', 'sleep',
  'sort', 'stat', 'tail', 'tar', 'tee', 'test', 'timeout', 'touch', 'tr', 'true', 'uname', 'uniq', 'wc', 'which', 'xargs',
];

/** Lines of id, name and command line: processes of this phone, which they say in their environment. */
const LISTED = `listed() {
for pid in $(grep -lzxF "DYNO_PHONE_ROOT=$ROOT" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3); do
  words=$( { tr '\\0' ' ' < /proc/$pid/cmdline; } 2>/dev/null) || continue
  echo "$pid $(echo "$words" | sed -E 's#.*tool-process\\.[jt]s ([^ ]+).*#\\1#; t; s# .*##; s#.*/##') $words"
done; }`;

/** Processes whose name, or with -f whose command line, a pattern fits; not this one. */
const MATCHING = `${LISTED}
matching() { whole=
while :; do case "\${1-}" in -f) whole=1;; -*) ;; *) break;; esac; shift; done
listed | { found=1; while read -r pid name words; do
  [ "$pid" != $$ ] || continue
  subject=$name; [ -z "$whole" ] || subject=$words
  echo "$subject" | grep -qE -- "$1" && { found=0; echo "$pid"; }
done; exit $found; }
}`;

/** Android's own commands, as far as measuring and the UiAutomator2 driver ask: each answers from the state folder, and refuses what it does not know. */
const ANDROID: Readonly<Record<string, string>> = {
  getprop: `if [ $# -eq 0 ]; then for f in "$PHONE"/properties/*; do echo "[$(basename "$f")]: [$(cat "$f")]"; done; exit 0; fi
cat "$PHONE/properties/$1" 2>/dev/null || echo "\${2-}"`,
  setprop: 'printf \'%s\\n\' "$2" > "$PHONE/properties/$1"',
  dumpsys: `if [ "$1" = thermalservice ] && [ -f "$PHONE/override-status" ]; then
  exec sed -E "s/^(Thermal Status:).*/\\1 $(cat "$PHONE/override-status")/; s/^(IsStatusOverride:).*/\\1 true/" "$PHONE/dumpsys/$1"
fi
[ -f "$PHONE/dumpsys/$1" ] && exec cat "$PHONE/dumpsys/$1"
[ "$*" = "activity services io.appium.settings" ] && { echo "  * ServiceRecord io.appium.settings/.ForegroundService isForeground=true"; exit 0; }
echo "Can't find service: $1" >&2`,
  df: `echo "Filesystem     1K-blocks     Used Available Use% Mounted on"
echo "/dev/block/dm-9 240000000 0 $(cat "$PHONE/free-kib") 0% /data"`,
  pm: `case "$1 $2" in
"list instrumentation") echo "instrumentation:io.appium.uiautomator2.server.test/androidx.test.runner.AndroidJUnitRunner (target=io.appium.uiautomator2.server)";;
"list packages") echo "package:io.appium.settings"; echo "package:io.appium.uiautomator2.server"; echo "package:io.appium.uiautomator2.server.test";;
"list features"|"list users") ;;
path*) echo "package:/data/app/$2/base.apk";;
grant*|clear*|enable*) echo Success;;
*) echo "Unknown command: $1" >&2; exit 255;;
esac`,
  am: `case "$1" in
instrument) exec sleep 86400;;
broadcast) echo "Broadcast completed: result=-1";;
start|start-activity|startservice|start-foreground-service|force-stop|get-current-user) [ "$1" = get-current-user ] && echo 0; exit 0;;
*) echo "Unknown command: $1" >&2; exit 255;;
esac`,
  settings: `case "$1" in get) echo null;; put|delete|list) ;; *) echo "Invalid command: $1" >&2; exit 255;; esac`,
  cmd: `case "$1 $2" in
"thermalservice override-status") echo "$3" > "$PHONE/override-status";;
"thermalservice reset") rm -f "$PHONE/override-status";;
"appops "*|"device_config "*|"uimode "*|"package "*|"power "*|"deviceidle "*|"activity "*) ;;
*) echo "cmd: Can't find service: $1" >&2; exit 20;;
esac`,
  appops: 'exit 0', input: 'exit 0', svc: 'exit 0', logcat: 'exit 0', ime: 'exit 0', locksettings: 'exit 0',
  wm: 'case "$1" in size) echo "Physical size: 1080x2400";; density) echo "Physical density: 420";; *) exit 255;; esac',
  ps: `${LISTED}
only=; found=1
while [ $# -gt 0 ]; do case "$1" in -p) only=$2; shift;; esac; shift; done
echo "USER PID PPID VSZ RSS WCHAN ADDR S NAME"
[ -n "$only" ] || [ ! -f "$PHONE/automation" ] || echo "shell 4242 1 100000 50000 0 0 S io.appium.uiautomator2.server"
listed | { while read -r pid name rest; do [ -z "$only" ] || [ "$only" = "$pid" ] || continue; found=0; echo "shell $pid 1 100000 50000 0 0 S $name"; done; [ -z "$only" ] || exit $found; }`,
  pidof: `${LISTED}
found=$(listed | while read -r pid name rest; do for asked in "$@"; do [ "$asked" != "$name" ] || printf '%s ' "$pid"; done; done)
[ -n "$found" ] || exit 1
echo "\${found% }"`,
  pgrep: `${MATCHING}
found=$(matching "$@") && echo "$found"`,
  pkill: `${MATCHING}
signal=-TERM
case "\${1-}" in -[0-9A-Z]*) signal=$1; shift;; esac
found=$(matching "$@") && kill "$signal" $found`,
  sh: `case "\${1-}" in ''|-*) exec /bin/sh "$@";; esac
[ -f "$1" ] || exec /bin/sh "$@"
script=$(sed -E 's#(^|[^A-Za-z0-9_./$})-])/(data|sdcard|storage|sys|vendor|system|odm|mnt)(/|$|[^A-Za-z0-9_])#\\1'"$ROOT"'/\\2\\3#g' "$1")
exec /bin/sh -c "$script" "$@"`,
  screencap: 'echo "no screen" >&2; exit 1',
};

/** Fills a phone's folder of commands. `state` is the folder that they read; host programs are linked under their toybox names. */
export function writeCommands(root: string, state: string): void {
  const bin = join(root, 'system', 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of TOYBOX) {
    const host = ['/usr/bin', '/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (host && !existsSync(join(bin, name))) symlinkSync(host, join(bin, name));
  }
  for (const [name, body] of Object.entries(ANDROID)) {
    rmSync(join(bin, name), { force: true });
    writeFileSync(join(bin, name), `#!/bin/sh\nPHONE='${state}'\nROOT='${root}'\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
}
