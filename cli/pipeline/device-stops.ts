/** A person stopped the last device of a step: nothing is left of it. */
export class StoppedByHand extends Error {
  constructor() {
    super('Stopped by hand.');
    this.name = 'StoppedByHand';
  }
}

/** A signal for each device of a step, by which it alone is taken out. */
export class DeviceStops {
  readonly #controllers = new Map<string, AbortController>();

  /** Aborts when the device is taken out. Only devices that were asked for here can be. */
  signalOf(device: string): AbortSignal {
    const controller = this.#controllers.get(device) ?? new AbortController();
    this.#controllers.set(device, controller);
    return controller.signal;
  }

  /** Whether the device is one of these, and was not taken out before. `tell` is called before its work notices. */
  stop(device: string, tell: () => void): boolean {
    const controller = this.#controllers.get(device);
    if (!controller || controller.signal.aborted) return false;
    tell();
    controller.abort(new StoppedByHand());
    return true;
  }
}
