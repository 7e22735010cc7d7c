import type { Style } from '../../ui/style.ts';
import type { Line, Tone } from '../../ui/screen/line.ts';

/** A line as the terminal takes it: with colours where there are any. */
export function paintLine(line: Line, style: Style): string {
  return line.map(({ text, tone }) => paintText(text, tone, style)).join('');
}

function paintText(text: string, tone: Tone, style: Style): string {
  if (text.trim() === '') return text;
  switch (tone) {
    case 'plain':
      return text;
    case 'dim':
      return style.dim(text);
    case 'good':
      return style.green(text);
    case 'bad':
      return style.red(text);
    case 'warn':
      return style.yellow(text);
    case 'accent':
      return style.cyan(text);
    case 'strong':
      return style.bold(text);
  }
}
