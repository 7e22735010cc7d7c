export { readNpy } from '../../models/run/npy.ts';
