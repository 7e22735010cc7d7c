import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that Android's toybox has and that do the same here. */
const TOYBOX = [
  'awk', 'base64', 'basename', 'cat', 'chmod', 'cp', 'cut', 'date', 'dd', 'dirname', 'du', 'echo', 'env', 'expr', 'false', 'find', 'grep', 'head', 'id', 'kill', 'ln', 'ls', 'md5sum',
  'mkdir', 'mkfifo', 'mktemp', 'mv', 'nohup', 'od', 'pgrep', 'pkill', 'printf', 'pwd', 'readlink', 'realpath', 'rm', 'rmdir', 'sed', 'seq', 'setsid', 'sh', 'sha256sum', 'sleep',
  'sort', 'stat', 'tail', 'tar', 'tee', 'test', 'timeout', 'touch', 'tr', 'true', 'uname', 'uniq', 'wc', 'which', 'xargs',
];

/** Android's own commands, as far as measuring and the UiAutomator2 driver ask: each answers from the state folder, and refuses what it does not know. */
const ANDROID: Readonly<Record<string, string>> = {
  getprop: `if [ $# -eq 0 ]; then for f in "$PHONE"/properties/*; do echo "[$(basename "$f")]: [$(cat "$f")]"; done; exit 0; fi
cat "$PHONE/properties/$1" 2>/dev/null || echo "\${2-}"`,
  setprop: 'printf \'%s\\n\' "$2" > "$PHONE/properties/$1"',
  dumpsys: `[ -f "$PHONE/dumpsys/$1" ] && exec cat "$PHONE/dumpsys/$1"
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
start|start-activity|startservice|start-foreground-service|broadcast|force-stop|get-current-user) [ "$1" = get-current-user ] && echo 0; exit 0;;
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
  ps: 'echo "USER PID PPID VSZ RSS WCHAN ADDR S NAME"; echo "shell 4242 1 100000 50000 0 0 S io.appium.uiautomator2.server"',
  pidof: 'exit 1',
  screencap: 'echo "no screen" >&2; exit 1',
};

/** Fills `bin` with the commands of a phone. `state` is the folder that they read; host programs are linked under their toybox names. */
export function writeCommands(bin: string, state: string): void {
  mkdirSync(bin, { recursive: true });
  for (const name of TOYBOX) {
    const host = ['/usr/bin', '/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (host && !existsSync(join(bin, name))) symlinkSync(host, join(bin, name));
  }
  for (const [name, body] of Object.entries(ANDROID)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nPHONE='${state}'\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
}
