const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export function spinner(frame: number): string {
  return FRAMES[frame % FRAMES.length] as string;
}
