/** A command as a shell takes it: words in quotes where they need them. `flags` are by the names of parsed options; true stands for a flag alone. */
export function commandLine(command: string, args: readonly string[], flags: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, String(value)];
  });
  return ['dyno', command, ...args, ...given].map(quote).join(' ');
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
