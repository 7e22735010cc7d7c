/**
 * Shell script that starts programs on a phone apart from whoever started them, and says how they are. `start` puts a program into a session of its
 * own and returns at once; its group, its output and its exit code stand in files of the run's folder, the code under a temporary name
 * first; `times` is the processor time of the program. A process is known by its number and its start time, so that a number given anew harms nobody; one that has ended and waits for its parent is not running. A sweep that is given a word makes it the holder: a start that names another one, such as one that was still on its way when its
 * sender was killed, comes too late and leaves nothing. The program checks that after it has written who it is, and a sweep looks after it has become the
 * holder, so that one of the two sees the other. Android's toybox has all it calls.
 */
export const LAUNCHER_SCRIPT = `#!/bin/sh
started() {
  { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return
  set -- $stat
  [ "$3" = Z ] || echo "\${22}"
}

alive() {
  [ -f "$1/pid" ] || return 1
  read -r pid start < "$1/pid"
  [ -n "$start" ] && [ "$(started "$pid")" = "$start" ]
}

stop() {
  if alive "$1"; then kill -9 "-$pid" 2>/dev/null; fi
}

held() {
  [ -z "$HOLDER" ] || [ "$(cat "\${1%/*}.holder" 2>/dev/null)" = "$HOLDER" ]
}

case "$1" in
start)
  held "$2" || { echo "another run holds this phone"; exit 1; }
  mkdir -p "$2" || exit 1
  setsid sh "$0" run "$@" </dev/null >/dev/null 2>&1 &
  ;;
run)
  shift 2
  folder=$1
  shift
  echo "$$ $(started $$)" > "$folder/pid.part" && mv "$folder/pid.part" "$folder/pid"
  held "$folder" || { rm -rf "$folder"; exit 1; }
  export LD_LIBRARY_PATH="$PWD:/vendor/lib64"
  export ADSP_LIBRARY_PATH="$PWD;/vendor/dsp/cdsp;/vendor/lib/rfsa/adsp;/system/lib/rfsa/adsp;/dsp"
  "$@" > "$folder/log" 2>&1
  code=$?
  times > "$folder/times"
  echo $code > "$folder/code.part" && mv "$folder/code.part" "$folder/code"
  ;;
state)
  if [ -f "$2/code" ]; then echo "ended $(cat "$2/code")"
  elif alive "$2"; then echo running
  elif [ -f "$2/code" ]; then echo "ended $(cat "$2/code")"
  elif [ -f "$2/pid" ]; then echo gone
  else echo starting
  fi
  ;;
stop) stop "$2" ;;
sweep)
  if [ -n "$3" ]; then mkdir -p "$2" && echo "$3" > "$2.holder.part" && mv "$2.holder.part" "$2.holder"; fi
  for folder in "$2"/*/; do
    [ -d "$folder" ] || continue
    if alive "$folder" && [ ! -f "$folder/code" ]; then echo stopped; fi
    stop "$folder"
    rm -rf "$folder"
  done
  ;;
esac
`;
