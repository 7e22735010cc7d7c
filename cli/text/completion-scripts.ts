/** Shells that completion is written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/**
 * What a shell evaluates once. The words come from `dyno complete`, so that they are those of the dyno that is installed. bash takes a word apart
 * at `:` and `=`, therefore it is given the whole line, and the part before the last of them is cut off the answers. No answer means file names.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_dyno() {
  local line="\${COMP_LINE:0:COMP_POINT}" current head
  local -a words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=('')
  local IFS=$'\\n'
  COMPREPLY=($(dyno complete -- "\${words[@]:1}" 2>/dev/null))
  current="\${words[\${#words[@]}-1]}"
  head="\${current%"\${current##*[:=]}"}"
  if [[ -n "$head" && "$COMP_WORDBREAKS" == *:* ]]; then COMPREPLY=("\${COMPREPLY[@]#"$head"}"); fi
  if [[ "\${#COMPREPLY[@]}" -eq 0 ]]; then compopt -o default; elif [[ "\${COMPREPLY[0]}" == *, ]]; then compopt -o nospace; fi
}
complete -F _dyno dyno
`,
  zsh: `#compdef dyno
_dyno() {
  local -a found
  found=("\${(@f)$(dyno complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z "\${found[1]}" ]]; then _files; else compadd -- $found; fi
}
if [[ "\${funcstack[1]}" == _dyno ]]; then _dyno "$@"; else compdef _dyno dyno; fi
`,
  fish: `function __dyno_complete
  set -l words (commandline -opc) (commandline -ct)
  dyno complete -- $words[2..-1] 2>/dev/null
end
complete -c dyno -f -a '(__dyno_complete; or true)'
complete -c dyno -F -n 'test -z "$(__dyno_complete)"'
`,
};
