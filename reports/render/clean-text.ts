const ESCAPE = '\u001b';
const BELL = '\u0007';

/** Control sequences (`ESC [ … letter`) and operating system commands (`ESC ] … BEL`) of terminals. */
const SEQUENCES = new RegExp(`${ESCAPE}\\[[0-9;?]*[ -/]*[@-~]|${ESCAPE}\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?`, 'g');

/** Whatever is no character of XML 1.0, lone surrogates among them. */
const FORBIDDEN = /[^\P{Cc}\t\n\r]|[\ud800-\udfff\ufffe\uffff]/gu;

/** Text without terminal escape sequences and without characters that XML 1.0 forbids: names in models may hold anything. */
export function cleanText(text: string): string {
  return replaceForbidden(stripSequences(text));
}

/** One line: line breaks and runs of blanks become one blank. */
export function oneLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim();
}

/** Text with a replacement character for every character that XML 1.0 and HTML forbid. */
export function replaceForbidden(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd');
}

/** Text without terminal escape sequences. */
export function stripSequences(text: string): string {
  return text.replace(SEQUENCES, '');
}
